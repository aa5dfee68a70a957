package import Access
package import TenantStore

/// Registers and ends OAuth clients in the appliance file; a running server sees it within a second.
///
/// As with API keys no route registers one: whoever may open the folder's files may. Each change is one transaction
/// with its row in the box's audit chain.
package struct ClientRoll: Sendable {
    /// How long a client is good unless somebody says otherwise.
    package static let defaultLife = Duration.seconds(365 * 86_400)
    /// How long one of its tokens is good unless somebody says otherwise.
    package static let defaultTokenLife = Duration.seconds(3_600)
    /// The longest a token may be good: a client can always ask for the next.
    package static let longestTokenLife = Duration.seconds(86_400)

    private let database: ApplianceDatabase

    package init(_ database: ApplianceDatabase) {
        self.database = database
    }

    /// Registers a client that stands for a user of a tenant.
    /// - Parameters:
    ///   - scopes: The most its tokens may do; never the operator's, who belongs to no tenant.
    ///   - life: Whole seconds count; taken as at least one.
    ///   - tokenLife: The same for each token, at most ``longestTokenLife``.
    /// - Returns: Id and secret, which is nowhere else, and what is kept of them.
    /// - Throws: `AccessError` for a user name or scopes that no credential may have; `StoreError`.
    package func create(
        tenant: TenantRecord, user: String, scopes: ScopeSet, life: Duration = defaultLife,
        tokenLife: Duration = defaultTokenLife
    ) throws -> (secret: ClientSecret, record: ClientRecord) {
        try KeptCredential.check(user: user, scopes: scopes)
        let secret = ClientSecret()
        let now = Timestamp.now
        let record = ClientRecord(
            id: secret.id, tenantUID: tenant.uid, tenantName: tenant.name, user: user, scopes: scopes.description,
            secretHash: secret.secretHash,
            tokenSeconds: max(1, min(tokenLife, Self.longestTokenLife).components.seconds),
            createdAt: now.milliseconds,
            expiresAt: KeptCredential.end(of: life, from: now))
        try database.createClient(
            record, audit: .ofCommand("client.create", target: "\(secret.id) \(tenant.name)/\(user) \(scopes)"))
        return (secret, record)
    }

    /// Every client that was not forgotten yet, by tenant and age.
    package func all() throws -> [ClientRecord] {
        try database.clients()
    }

    /// Ends a client and every token it has.
    /// - Parameter text: Its id, with or without `crc_`.
    /// - Returns: The client as it was before: one with a time of revocation had ended already.
    /// - Throws: `StoreError.notFound`.
    package func revoke(_ text: String) throws -> ClientRecord {
        let id = text.hasPrefix(ClientSecret.idPrefix) ? text : ClientSecret.idPrefix + text
        // What is no id may be a secret: it must not come back in a message.
        guard ClientSecret.isID(id) else { throw StoreError.notFound(.client(id: "of this name")) }
        return try database.revokeClient(
            id, at: Timestamp.now.milliseconds, audit: .ofCommand("client.revoke", target: id))
    }
}

package import Access
package import TenantStore

/// Makes and ends API keys in the appliance file; a running server sees it within a second.
///
/// Like tokens, keys are made on the folder's files by whoever may open them: no route hands out credentials. Each
/// change is one transaction with its row in the box's audit chain.
package struct APIKeyRoll: Sendable {
    /// How long a key lives unless somebody says otherwise.
    package static let defaultLife = Duration.seconds(90 * 86_400)

    private let database: ApplianceDatabase

    package init(_ database: ApplianceDatabase) {
        self.database = database
    }

    /// Makes a key for a user of a tenant.
    /// - Parameters:
    ///   - scopes: Never the operator's, who belongs to no tenant.
    ///   - life: Whole seconds count; taken as at least one.
    /// - Returns: The key, whose secret is nowhere else, and what is kept of it.
    /// - Throws: `AccessError` for a user name or scopes that no credential may have; `StoreError`.
    package func create(
        tenant: TenantRecord, user: String, scopes: ScopeSet, life: Duration = defaultLife
    ) throws -> (key: APIKey, record: APIKeyRecord) {
        try KeptCredential.check(user: user, scopes: scopes)
        let key = APIKey()
        let now = Timestamp.now
        let record = APIKeyRecord(
            id: key.id, tenantUID: tenant.uid, tenantName: tenant.name, user: user, scopes: scopes.description,
            secretHash: key.secretHash, createdAt: now.milliseconds,
            expiresAt: KeptCredential.end(of: life, from: now))
        try database.createAPIKey(
            record, audit: .ofCommand("apikey.create", target: "\(key.id) \(tenant.name)/\(user) \(scopes)"))
        return (key, record)
    }

    /// Every key that was not forgotten yet, by tenant and age.
    package func all() throws -> [APIKeyRecord] {
        try database.apiKeys()
    }

    /// Ends a key.
    /// - Parameter text: Its id, with or without `crl_`; or the key itself, whose secret is not looked at.
    /// - Returns: The key as it was before: one with a time of revocation had ended already.
    /// - Throws: `StoreError.notFound`.
    package func revoke(_ text: String) throws -> APIKeyRecord {
        let id = APIKey(text)?.id ?? (text.hasPrefix(APIKey.prefix) ? text : APIKey.prefix + text)
        // What is no id may be a broken key: it must not come back in a message.
        guard APIKey.isID(id) else { throw StoreError.notFound(.apiKey(id: "of this name")) }
        return try database.revokeAPIKey(
            id, at: Timestamp.now.milliseconds, audit: .ofCommand("apikey.revoke", target: id))
    }
}

extension AuditRow {
    /// The row of a command that changes who may come in, for the box's chain: whoever runs it owns the folder.
    package static func ofCommand(_ operation: String, target: String) -> AuditRow {
        AuditRow(
            time: Timestamp.now.milliseconds, requestID: "", user: "cli", credentialID: "", operation: operation,
            target: target, outcome: "ok")
    }
}

import Access
import TenantStore

/// Gives tokens to the box's registered clients.
final class ClientGrant: Sendable {
    /// A token as its client receives it.
    struct Token: Sendable {
        let text: String
        let scopes: ScopeSet
        /// Seconds.
        let lifetime: Int64
    }

    private let keys: KeyRing
    private let directory: TenantDirectory
    private let rates: RateLimits
    private let database: ApplianceDatabase
    private let threads: ThreadPool

    /// - Parameter threads: Where tokens are signed and the box's file is written.
    init(
        keys: KeyRing, directory: TenantDirectory, rates: RateLimits, database: ApplianceDatabase, threads: ThreadPool
    ) {
        self.keys = keys
        self.directory = directory
        self.rates = rates
        self.database = database
        self.threads = threads
    }

    /// Checks client, target and scope in this order and makes a token, together with its row in the box's audit chain.
    /// - Parameter resource: The URI that a token of this box is good for, beside the box id.
    /// - Throws: ``OAuthError``; ``ApplianceError/rateLimited(retryAfter:)``; `StoreError` and `AccessError` for what the operator must mend.
    /// - Complexity: One RSA signature and one fsync, on ``threads``.
    func token(for request: TokenRequest, resource: String, requestID: String) async throws -> Token {
        guard let shown = request.client, let (client, tenant) = try await directory.client(shown) else {
            throw OAuthError.invalidClient
        }
        guard tenant.state == .active else {
            throw OAuthError(.unauthorizedClient, "the tenant of this client is suspended by the operator")
        }
        // A token costs a row on the disk, so it counts as one of the tenant's requests.
        try rates.take(tenant: tenant, user: client.user)
        guard request.resources.allSatisfy({ $0.utf8.elementsEqual(resource.utf8) }) else {
            throw OAuthError(.invalidTarget, "tokens are given for \(resource) alone")
        }
        let registered = try ScopeSet(parsing: client.scopes).subtracting(.operator)
        let scopes = request.scopes ?? registered
        guard scopes.scopes.allSatisfy(registered.grants) else {
            throw OAuthError(.invalidScope, "this client is registered for: \(registered)")
        }
        let now = Timestamp.now.seconds
        let lifetime = min(client.tokenSeconds, client.expiresAt - now)
        let claims = keys.makeClaims(
            tenant: TenantIdentity(name: try TenantName(tenant.name), uid: tenant.uid), userID: client.user,
            scopes: scopes, ttl: .seconds(lifetime), now: now, extraAudiences: [resource], clientID: client.id)
        let row = AuditRow(
            time: Timestamp.now.milliseconds, requestID: requestID, user: client.user, credentialID: client.id,
            operation: "oauth.token", target: "\(claims.id) \(tenant.name)/\(client.user) \(scopes)", outcome: "ok")
        let text = try await threads.run { [keys, database] in
            let text = try keys.issue(claims)
            try database.appendAudit([row])
            return text
        }
        return Token(text: text, scopes: scopes, lifetime: claims.expiresAt - now)
    }
}

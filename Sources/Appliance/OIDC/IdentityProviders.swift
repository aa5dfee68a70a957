package import Access
import Synchronization

/// The identity providers whose tokens this box takes.
package final class IdentityProviders: Sendable {
    private let rules: ForeignTokenRules
    private let issuers: [IssuerKeys]
    private let threads: ThreadPool
    /// The box's own resource URI; what was bound is known only once the server listens.
    private let resource = Mutex("")

    /// Nil unless the configuration names issuers as its mode.
    convenience init?(_ settings: AuthorizationSettings, log: Log) {
        guard settings.mode == .oidc else { return nil }
        let fetch = KeyFetch(authorities: settings.authorities, allowsLoopback: settings.allowsLoopbackHTTP)
        self.init(settings.rules, log: log) { url in try fetch.document(at: url) }
    }

    package init(
        _ rules: ForeignTokenRules, log: Log, fetch: @escaping @Sendable (String) throws -> [UInt8]
    ) {
        self.rules = rules
        // One issuer that does not answer keeps no other waiting for long: a fetch has its time limit.
        let threads = ThreadPool(threads: 2, queueLimit: 16)
        self.threads = threads
        issuers = rules.issuers.map { IssuerKeys(issuer: $0, threads: threads, log: log, fetch: fetch) }
    }

    /// Names the resource that tokens may be for.
    package func serve(resource uri: String) {
        resource.withLock { $0 = uri }
    }

    /// Fetches the keys without being asked for one.
    func begin() {
        for issuer in issuers { issuer.begin() }
    }

    /// Judges a token, waiting for the issuer's keys where they are needed.
    /// - Throws: ``ApplianceError/credentialRefused(reason:)``, ``ApplianceError/identityProviderUnavailable(issuer:)``.
    package func claims(of token: String) async throws(ApplianceError) -> ForeignClaims {
        let parsed: ForeignToken
        do {
            parsed = try ForeignToken(token, rules: rules)
        } catch {
            throw .credentialRefused(reason: error.description)
        }
        guard let issuer = issuers.first(where: { $0.issuer.utf8.elementsEqual(parsed.claimedIssuer.utf8) }) else {
            throw .credentialRefused(reason: CredentialRejection.issuer.description)
        }
        let keys = try await issuer.keys(for: parsed.keyID)
        do {
            return try parsed.claims(
                keys: keys, rules: rules, resource: resource.withLock { $0 }, now: Timestamp.now.seconds)
        } catch {
            throw .credentialRefused(reason: error.description)
        }
    }

    func close() {
        threads.close()
    }
}

package import Access
import HTTPServer

/// Who gives the credentials that this box takes.
package struct AuthorizationSettings: Sendable, Equatable {
    package enum Mode: String, Sendable, CaseIterable {
        /// The box itself: tokens, API keys, registered clients.
        case token
        /// External identity providers; what the box itself made is taken too.
        case oidc
    }

    package var mode = Mode.token
    /// Whom to trust and what their claims mean.
    package var rules = ForeignTokenRules()
    /// What clients are told to ask their identity provider for; nil: the scope `search` with its prefix.
    package var askFor: [String]?
    /// PEM certificates to trust instead of the system's when keys are fetched.
    package var authorities: String?
    /// Whether an identity provider on this machine may be asked without TLS: for tests.
    package var allowsLoopbackHTTP = false

    /// The scopes that the metadata and a 401 name.
    package var advertisedScopes: [String] {
        mode == .token ? ["search"] : askFor ?? [rules.scopePrefix + "search"]
    }

    /// A scope of ours as clients must ask for it.
    package func spelling(of scope: Scope) -> String {
        (mode == .token ? "" : rules.scopePrefix) + scope.rawValue
    }

    /// Where an identity provider gives the tokens, the box offers none: its own doors for them are not there.
    /// - Throws: ``ApplianceError/routeNotFound``.
    func requireOwnTokens() throws(ApplianceError) {
        if mode == .oidc { throw .routeNotFound }
    }

    /// Checks what one key alone cannot show, and the file of certificates.
    /// - Throws: ``ApplianceError/configuration(source:key:reason:)``.
    package func check() throws(ApplianceError) {
        guard mode == .oidc else { return }
        func refuse(_ key: String, _ reason: String) throws(ApplianceError) {
            throw .configuration(source: "auth.mode oidc", key: key, reason: reason)
        }
        guard !rules.issuers.isEmpty else {
            return try refuse("auth.oidc.issuers", "must name the identity provider, such as https://idp.example.com")
        }
        for issuer in rules.issuers {
            guard let address = WebAddress(issuer), address.isTrustworthy(allowingLoopback: allowsLoopbackHTTP),
                !issuer.contains("?")
            else {
                return try refuse("auth.oidc.issuers", "must hold https:// addresses without query and fragment")
            }
        }
        guard Set(rules.issuers).count == rules.issuers.count else {
            return try refuse("auth.oidc.issuers", "names an issuer twice")
        }
        guard let authorities else { return }
        do {
            try TLSAuthorities.check(authorities)
        } catch {
            try refuse("auth.oidc.cacert", "names no file of certificates: \(error)")
        }
    }
}

package import Access

/// A credential that has the form of one of ours.
package enum Credential: Sendable {
    /// The claims of a token whose signature and age are good.
    case token(TokenClaims)
    /// An API key as it was sent; whether there is such a key the ``TenantDirectory`` knows.
    case apiKey(APIKey)
    /// The claims of a token of an external identity provider, whose signature and age are good.
    case foreign(ForeignClaims)
}

/// Reads the bearer credential of a call and checks all that it alone can show.
package struct CredentialVerifier: Sendable {
    private let keys: KeyRing
    /// What `aud` may hold: this box, and its public resource if it has one.
    private let acceptedAudiences: Set<String>
    /// Nil where the box trusts nobody but itself.
    private let identityProviders: IdentityProviders?

    package init(keys: KeyRing, acceptedAudiences: Set<String>, identityProviders: IdentityProviders? = nil) {
        self.keys = keys
        self.acceptedAudiences = acceptedAudiences
        self.identityProviders = identityProviders
    }

    /// Checks the values of the `Authorization` header.
    /// - Throws: ``ApplianceError/credentialMissing``, ``ApplianceError/credentialRefused(reason:)``,
    ///   ``ApplianceError/identityProviderUnavailable(issuer:)``.
    func verify(_ headers: [String]) async throws(ApplianceError) -> Credential {
        let text = try BearerToken.parse(headers)
        // No token begins so: those begin with base64url of `{"`.
        if text.hasPrefix(APIKey.prefix) {
            guard let key = APIKey(text) else { throw .credentialRefused(reason: "The API key is malformed") }
            return .apiKey(key)
        }
        switch keys.verify(text, acceptedAudiences: acceptedAudiences, now: Timestamp.now.seconds) {
        case .success(let claims): return .token(claims)
        case .failure(let rejection):
            // No key of ours, so perhaps another's.
            guard rejection == .unknownKey || rejection == .algorithm, let identityProviders else {
                throw .credentialRefused(reason: rejection.description)
            }
            return .foreign(try await identityProviders.claims(of: text))
        }
    }
}

package import Access

/// Reads the bearer token of a call and checks all that the token alone can show.
package struct CredentialVerifier: Sendable {
    private let keys: KeyRing
    /// What `aud` may hold: this box, and its public resource if it has one.
    private let acceptedAudiences: Set<String>

    package init(keys: KeyRing, acceptedAudiences: Set<String>) {
        self.keys = keys
        self.acceptedAudiences = acceptedAudiences
    }

    /// Checks the values of the `Authorization` header.
    /// - Throws: ``ApplianceError/credentialMissing``, ``ApplianceError/credentialRefused(reason:)``.
    func verify(_ headers: [String]) throws(ApplianceError) -> TokenClaims {
        let token = try BearerToken.parse(headers)
        switch keys.verify(token, acceptedAudiences: acceptedAudiences, now: Timestamp.now.seconds) {
        case .success(let claims): return claims
        case .failure(let rejection): throw .credentialRefused(reason: rejection.description)
        }
    }
}

import Access

/// What holds for every credential that the appliance file keeps: API keys and OAuth clients.
enum KeptCredential {
    /// As for tokens: 3,650 days.
    private static let longestLife: Int64 = 3_650 * 86_400

    /// Checks whom it stands for and what it may do.
    /// - Throws: `AccessError.invalidClaims` for a user name or scopes that no credential may have; the operator's is never
    ///   kept, who belongs to no tenant.
    static func check(user: String, scopes: ScopeSet) throws(AccessError) {
        guard TokenClaims.isUserID(user) else { throw .invalidClaims("user") }
        guard !scopes.isEmpty, !scopes.contains(.operator) else { throw .invalidClaims("scope") }
    }

    /// When it ends, in Unix seconds: whole seconds count, one at least.
    static func end(of life: Duration, from now: Timestamp) -> Int64 {
        now.seconds + min(max(1, life.components.seconds), longestLife)
    }
}

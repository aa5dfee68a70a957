package import Access
package import TenantStore

/// Who calls, once their credential was found good.
package struct Caller: Sendable {
    /// The tenant of the credential as the box knows it now; nil for the operator and for nobody.
    package let tenant: TenantRecord?
    package let userID: String
    package let credentialID: String
    package let credentialKind: CredentialKind
    package let scopes: ScopeSet
    /// When the credential ends, in seconds since 1970; nil when it does not.
    package let expiresAt: Int64?
    /// The OAuth client that a token was issued to, with whose registration it ends.
    package var clientID: String? = nil

    /// A caller without a credential, for open operations.
    package static let nobody = Caller(
        tenant: nil, userID: "", credentialID: "", credentialKind: .none, scopes: ScopeSet(), expiresAt: nil)
}

extension Authority {
    /// Whether a credential with these scopes opens the door.
    ///
    /// The operator's scope counts only without a tenant, all others only with one, so the operator can open no document and no tenant
    /// can run the box.
    package func isGranted(to scopes: ScopeSet, ofTenant hasTenant: Bool) -> Bool {
        switch self {
        case .open, .anyCredential: true
        case .scope(.operator): !hasTenant && scopes.grants(.operator)
        case .scope(let scope): hasTenant && scopes.grants(scope)
        }
    }
}

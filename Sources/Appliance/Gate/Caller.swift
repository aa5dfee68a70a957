package import Access
package import TenantStore

/// Who calls, once their credential was found good.
package final class Caller: Sendable {
    /// The tenant of the credential as the box knows it now; nil for the operator and for nobody.
    package let tenant: TenantRecord?
    package let userID: String
    package let credentialID: String
    package let credentialKind: CredentialKind
    package let scopes: ScopeSet
    /// When the credential ends, in seconds since 1970; nil when it does not.
    package let expiresAt: Int64?
    /// The OAuth client that a token was issued to, with whose registration it ends.
    package let clientID: String?

    package init(
        tenant: TenantRecord?, userID: String, credentialID: String, credentialKind: CredentialKind, scopes: ScopeSet,
        expiresAt: Int64?, clientID: String? = nil
    ) {
        self.tenant = tenant
        self.userID = userID
        self.credentialID = credentialID
        self.credentialKind = credentialKind
        self.scopes = scopes
        self.expiresAt = expiresAt
        self.clientID = clientID
    }

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

package import Access
package import IndexCore

/// How the caller proved who they are.
package enum CredentialKind: String, Sendable {
    /// None was needed.
    case none
    /// A token signed by this box.
    case token
    /// Whoever opened the data folder on this machine.
    case local
}

/// What one operation knows about its caller and its limits; made by the gate, passed down, never stored.
package struct RequestContext: Sendable {
    package let operation: Operation
    /// Nil for open operations and for the operator, who belongs to no tenant.
    package let tenant: TenantContext?
    package let userID: String
    /// The token's `jti`; empty without a credential.
    package let credentialID: String
    package let credentialKind: CredentialKind
    package let scopes: ScopeSet
    package let requestID: String
    package let trace: TraceContext
    package let clientAddress: String
    /// When the operation must have ended; nil for streams, whose parts have their own.
    package let deadline: ContinuousClock.Instant?
    /// The caller's name for what the call is to be booked on.
    package let costLabel: String?

    /// The deadline in the form that the engines check, ending early when the caller's task is cancelled.
    package var searchDeadline: SearchDeadline {
        SearchDeadline(instant: deadline, isCancelled: nil)
    }

    /// The tenant of an operation that has one.
    ///
    /// The gate lets no tenant operation pass without; asking in another is a fault of ours.
    package func requireTenant() throws -> TenantContext {
        guard let tenant else { throw ApplianceError.internalFault("\(operation.name) has no tenant") }
        return tenant
    }
}

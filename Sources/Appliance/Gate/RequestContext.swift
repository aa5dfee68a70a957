package import Access
package import IndexCore
import Synchronization

/// How the caller proved who they are.
package enum CredentialKind: String, Sendable {
    /// None was needed.
    case none
    /// A token signed by this box.
    case token
    /// A key kept by this box as a hash.
    case apiKey = "api_key"
    /// A token signed by an external identity provider.
    case foreign
}

/// What one operation knows about its caller and its limits; made by the gate, passed down, never stored.
package struct RequestContext: Sendable {
    package let operation: Operation
    /// The tenant of the credential; nil without one and for the operator, who belongs to none.
    package internal(set) var tenant: TenantContext?
    package internal(set) var userID = ""
    /// The token's `jti`, a name for one without, or the API key's id; empty without a credential.
    package internal(set) var credentialID = ""
    package internal(set) var credentialKind = CredentialKind.none
    package internal(set) var scopes = ScopeSet()
    package let requestID: String
    package let trace: TraceContext
    /// The OAuth client that the token was issued to.
    package internal(set) var clientID: String?
    package internal(set) var clientAddress = ""
    package internal(set) var startedAt = Timestamp.now
    /// When the operation must have ended; nil for streams, whose parts are bounded one by one.
    package internal(set) var deadline: ContinuousClock.Instant?
    /// Set when the caller is gone.
    package let cancellation = Cancellation()
    /// Looks at credential and tenant again, for work that outlives its call.
    /// - Throws: What refuses them.
    package internal(set) var checkStillAllowed: @Sendable () async throws -> Void = {}
    /// The caller's name for what the call is booked on.
    package internal(set) var costLabel: String?
    /// What the operation counts about itself, for its outcome.
    package let tally: Tally

    init(operation: Operation, requestID: String, trace: TraceContext, tally: Tally) {
        self.operation = operation
        self.requestID = requestID
        self.trace = trace
        self.tally = tally
    }

    /// Deadline and cancellation in the form that engine loops check.
    package var searchDeadline: SearchDeadline {
        SearchDeadline(instant: deadline, isCancelled: { [cancellation] in cancellation.isCancelled })
    }

    /// Whether the time of the operation is used up.
    package var isPastDeadline: Bool {
        deadline.map { ContinuousClock.now >= $0 } ?? false
    }

    /// The tenant of an operation that has one.
    ///
    /// The gate lets no tenant's operation pass without; asking in another is a fault of ours.
    package func requireTenant() throws -> TenantContext {
        guard let tenant else { throw ApplianceError.internalFault("\(operation.name) has no tenant") }
        return tenant
    }
}

/// A flag that can be raised once, from any thread.
package final class Cancellation: Sendable {
    private let flag = Atomic(false)

    package init() {}

    /// Raises the flag.
    package func cancel() { flag.store(true, ordering: .relaxed) }

    /// Whether the flag was raised.
    package var isCancelled: Bool { flag.load(ordering: .relaxed) }
}

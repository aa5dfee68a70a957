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
    private var call: Call
    /// Whom the gate has let in, and who looks at them again; nobody before that.
    private var caller = Caller.nobody
    private var directory: TenantDirectory?
    /// The tenant of the credential; nil without one and for the operator, who belongs to none.
    package private(set) var tenant: TenantContext?
    package internal(set) var startedAt: Timestamp
    /// When the operation must have ended; nil for streams, whose parts are bounded one by one.
    package internal(set) var deadline: ContinuousClock.Instant?
    /// Set when the caller is gone.
    package let cancellation = Cancellation()
    /// The caller's name for what the call is booked on.
    package internal(set) var costLabel: String?
    /// What the operation counts about itself, for its outcome.
    package let tally: Tally

    init(operation: Operation, call: Call, startedAt: Timestamp, tally: Tally) {
        self.operation = operation
        self.call = call
        self.startedAt = startedAt
        self.tally = tally
    }

    package var userID: String { caller.userID }
    /// The token's `jti`, a name for one without, or the API key's id; empty without a credential.
    package var credentialID: String { caller.credentialID }
    package var credentialKind: CredentialKind { caller.credentialKind }
    package var scopes: ScopeSet { caller.scopes }
    /// The OAuth client that the token was issued to.
    package var clientID: String? { caller.clientID }
    package var requestID: String { call.requestID }
    package var trace: TraceContext { call.trace }
    package var clientAddress: String { call.clientAddress }

    /// Says who has come in.
    mutating func enter(_ caller: Caller, of tenant: TenantContext?, knownBy directory: TenantDirectory) {
        self.caller = caller
        self.tenant = tenant
        self.directory = directory
    }

    /// Keeps no longer what the caller showed to come in; `call` is the same call without it.
    mutating func forgetCredential(_ call: Call) { self.call = call }

    /// Looks at credential and tenant again, for work that outlives its call.
    /// - Throws: What refuses them.
    package func checkStillAllowed() async throws { try await directory?.checkStillAllowed(caller) }

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

package import Access
import Synchronization
package import TenantStore

/// The proof that a tenant's data may be opened; only this file can make one.
///
/// `TenantRegistry.engine(for:)` takes nothing else, so no code path reaches a tenant's documents without passing the gate.
package struct TenantContext: Sendable, Hashable {
    /// The name, as in paths, logs, metrics and hits.
    package let name: TenantName
    /// The random identity that outlives no deletion: a later tenant of the same name has another.
    package let uid: String

    fileprivate init(_ record: TenantRecord) throws {
        name = try TenantName(record.name)
        uid = record.uid
    }

    /// The context of a command run by whoever opened the data folder on this machine: holding the folder is the
    /// credential.
    package static func local(record: TenantRecord) throws -> TenantContext {
        try TenantContext(record)
    }

    /// The context of work that a user of the tenant handed over in a call that is long over, maybe before a restart: the
    /// call was let in by the gate; that the tenant still is the same one and may work is seen here, at every run.
    /// - Parameter uid: The tenant whose file holds the work.
    /// - Throws: ``ApplianceError/tenantNotFound(name:)`` when the name is another tenant's by now,
    ///   ``ApplianceError/tenantSuspended(name:)``.
    package static func handedOver(record: TenantRecord, uid: String) throws -> TenantContext {
        guard record.uid == uid else { throw ApplianceError.tenantNotFound(name: record.name) }
        guard record.state == .active else { throw ApplianceError.tenantSuspended(name: record.name) }
        return try TenantContext(record)
    }
}

/// The one way into the appliance: every door runs through `perform`, and that runs the ten layers in their order.
package final class Gate: Sendable {
    private let credentials: CredentialVerifier
    private let directory: TenantDirectory
    private let refusals: RefusalLimiter
    private let rates: RateLimits
    private let breaker: RecordBreaker
    private let sinks: [any OutcomeSink]
    /// Whether calls that are broken off are so because the box stops.
    private let isEnding = Atomic(false)

    package init(
        credentials: CredentialVerifier, directory: TenantDirectory, refusals: RefusalLimiter, rates: RateLimits,
        breaker: RecordBreaker, sinks: [any OutcomeSink]
    ) {
        self.credentials = credentials
        self.directory = directory
        self.refusals = refusals
        self.rates = rates
        self.breaker = breaker
        self.sinks = sinks
    }

    /// Layers 1 to 8: from a claim to the right to run, with its input and its context.
    private func enter<Input>(_ passage: inout Passage, _ validate: () async throws -> Input) async throws -> Input {
        for sink in sinks { sink.begin(passage.operation) }
        try await authenticate(&passage)  //   1 who calls: signature, age, revocation, tenant alive and not suspended
        try authorise(passage)  //             2 the operation's scope
        try limitRate(passage)  //             3 the rate of tenant and user
        let input = try await validate()  //   4 the input: read and checked only for those who may
        enterTenant(&passage)  //              5 the tenant comes from the credential, from nowhere else
        trace(&passage)  //                    6 request id, trace, deadline, cancellation
        bookCost(&passage)  //                 7 what the call is booked on: cost class and the caller's label
        try checkBreaker(passage)  //          8 no change while its records cannot be kept
        return input
    }

    /// Layers 9 and 10: the work, repeated if that may help, and exactly one outcome.
    private func leave<Answer>(_ passage: Passage, _ work: (RequestContext) async throws -> Answer) async throws
        -> Answer
    {
        do {
            let answer = try await retry(passage, work)  // 9
            await audit(passage, nil)  //                  10 metrics, log, usage, audit
            return answer
        } catch {
            // What a stopping box breaks off nobody has taken back: its caller still listens, and is told.
            let isBrokenOff = isEnding.load(ordering: .relaxed) && Problem(error).code == "cancelled"
            let error = isBrokenOff ? ApplianceError.shuttingDown : error
            await audit(passage, error)
            throw error
        }
    }

    /// From now on calls are cancelled because the box stops.
    func end() {
        isEnding.store(true, ordering: .relaxed)
    }

    /// Runs one operation.
    /// - Parameters:
    ///   - validate: Reads and checks the input; runs only for a caller who may run the operation.
    ///   - work: The operation itself, with everything it may know about its caller.
    /// - Throws: Whatever a layer or the work throws; its outcome is recorded by then.
    package func perform<Input, Answer>(
        _ operation: Operation, _ call: Call, validate: () async throws -> Input,
        work: (RequestContext, Input) async throws -> Answer
    ) async throws -> Answer {
        var passage = Passage(operation, call)
        let input: Input
        do {
            input = try await enter(&passage, validate)
        } catch {
            await audit(passage, error)
            throw error
        }
        return try await leave(passage) { try await work($0, input) }
    }

    /// Runs one operation that needs no input beyond its call.
    package func perform<Answer>(
        _ operation: Operation, _ call: Call, work: (RequestContext) async throws -> Answer
    ) async throws -> Answer {
        try await perform(operation, call, validate: {}, work: { context, _ in try await work(context) })
    }

    /// Lets in an operation whose answer is a stream: refusals happen here, while there is still a status to tell them by.
    package func open<Input>(
        _ operation: Operation, _ call: Call, validate: () async throws -> Input
    ) async throws -> (stream: OpenOperation, input: Input) {
        var passage = Passage(operation, call)
        do {
            let input = try await enter(&passage, validate)
            passage.forgetCredential()
            return (OpenOperation(gate: self, passage: passage), input)
        } catch {
            await audit(passage, error)
            throw error
        }
    }

    /// Runs work that a caller handed over earlier, with the rights they had then, if tenant and credential are still good.
    ///
    /// There is no input to validate, and the rate was taken from by the call that handed it over.
    package func perform<Answer>(
        _ operation: Operation, for stored: StoredCaller, of tenant: TenantContext,
        work: (RequestContext) async throws -> Answer
    ) async throws -> Answer {
        var passage = Passage(operation, Call(of: stored))
        for sink in sinks { sink.begin(operation) }
        do {
            passage.caller = try await directory.caller(stored, of: tenant)  //  1
            guard let record = passage.caller.tenant else { throw ApplianceError.internalFault("work without tenant") }
            passage.tenant = try TenantContext.handedOver(record: record, uid: tenant.uid)
            try authorise(passage)  //                                            2
            enterTenant(&passage)  //                                             5
            trace(&passage)  //                                                   6
            bookCost(&passage)  //                                                7
            try checkBreaker(passage)  //                                         8
        } catch {
            await audit(passage, error)
            throw error
        }
        return try await leave(passage, work)
    }

    /// An operation that was let in and works piece by piece.
    package struct OpenOperation: Sendable {
        fileprivate let gate: Gate
        fileprivate let passage: Passage

        /// Runs what comes before the answer begins; if it fails, that is how the operation ended.
        package func begin<Value>(_ work: (RequestContext) async throws -> Value) async throws -> Value {
            do {
                return try await work(passage.context)
            } catch {
                await gate.audit(passage, error)
                throw error
            }
        }

        /// Runs the work to its end and records how it ended.
        package func run(_ work: (RequestContext) async throws -> Void) async throws {
            try await gate.leave(passage, work)
        }

        /// Checks between pieces that credential and tenant are still good.
        /// - Parameter includingAge: Whether an expired credential ends it; an upload under way may outlast its token.
        package func checkStillAllowed(includingAge: Bool = false) async throws {
            if includingAge, let expiresAt = passage.caller.expiresAt, Timestamp.now.seconds >= expiresAt {
                throw ApplianceError.credentialRefused(reason: "The credential has expired")
            }
            try await gate.directory.checkStillAllowed(passage.caller)
        }
    }

    /// What a credential said when it was looked at for this very call; only the gate makes one.
    package final class Admission: Sendable {
        fileprivate let credential: Credential
        fileprivate let at: ContinuousClock.Instant

        fileprivate init(credential: Credential, at: ContinuousClock.Instant) {
            self.credential = credential
            self.at = at
        }

        /// The credential, unless the body took its time: then it is looked at again.
        fileprivate var currentCredential: Credential? {
            at.duration(to: .now) < .milliseconds(200) ? credential : nil
        }
    }

    /// Checks a credential before the operation is known, so that strangers' bodies are not read.
    ///
    /// The operation's own `perform` asks again for all that can change meanwhile; the token is not taken apart twice.
    /// - Returns: The call to perform with.
    package func admit(_ operation: Operation, _ call: Call) async throws -> Call {
        var passage = Passage(operation, call)
        do {
            try await authenticate(&passage)
            return passage.call
        } catch {
            for sink in sinks { sink.begin(operation) }
            await audit(passage, error)
            throw error
        }
    }

    /// Records a request that ended before it came to an operation.
    package func note(_ error: any Error, of operation: Operation, _ call: Call) async {
        for sink in sinks { sink.begin(operation) }
        await audit(Passage(operation, call), error)
    }
}

/// The way of one call through the layers: what is known so far.
private struct Passage: Sendable {
    let operation: Operation
    var call: Call
    let start = ContinuousClock.now
    let startedAt: Timestamp
    let tally: Tally
    var caller = Caller.nobody
    /// Known from the first layer on, so that a refusal by a later one is booked on its tenant.
    var tenant: TenantContext?
    var context: RequestContext

    init(_ operation: Operation, _ call: Call) {
        self.operation = operation
        self.call = call
        startedAt = .now
        tally = Tally()
        context = RequestContext(operation: operation, call: call, startedAt: startedAt, tally: tally)
    }

    /// Lets go of what the caller showed, which a stream would hold as long as it lasts.
    mutating func forgetCredential() {
        call = Call(letIn: call)
        context.forgetCredential(call)
    }
}

// MARK: - The layers

extension Gate {
    private func authenticate(_ passage: inout Passage) async throws {
        guard passage.operation.authority != .open else { return }
        do {
            let credential: Credential
            if let known = passage.call.admission?.currentCredential {
                credential = known
            } else {
                credential = try await credentials.verify(passage.call.credential)
                passage.call = Call(passage.call, admission: Admission(credential: credential, at: passage.start))
            }
            if let known = directory.callerAtOnce(credential) {
                passage.caller = known
            } else {
                passage.caller = try await directory.caller(credential)
            }
        } catch ApplianceError.credentialRefused(let reason) {
            throw refusal(reason, of: passage.call)
        }
        passage.tenant = try passage.caller.tenant.map(TenantContext.init)
        if let tenant = passage.caller.tenant, tenant.state == .suspended {
            throw ApplianceError.tenantSuspended(name: tenant.name)
        }
    }

    /// A refused credential counts against its address; a missing one does not, a valid one is served whatever was counted.
    private func refusal(_ reason: String, of call: Call) -> ApplianceError {
        switch refusals.refuse(call.clientAddress, now: .now) {
        case .allowed: .credentialRefused(reason: reason)
        case .limited(let wait): .tooManyRefusals(retryAfter: wait)
        }
    }

    /// Counts a refused credential that came in a request's body, where the layers do not look.
    /// - Returns: How long its address has to wait, if it has sent too many.
    func countRefusal(from address: String) -> Duration? {
        guard case .limited(let wait) = refusals.refuse(address, now: .now) else { return nil }
        return wait
    }

    private func authorise(_ passage: Passage) throws {
        let authority = passage.operation.authority
        guard case .scope(let scope) = authority,
            !authority.isGranted(to: passage.caller.scopes, ofTenant: passage.tenant != nil)
        else { return }
        throw ApplianceError.scopeMissing(scope)
    }

    private func limitRate(_ passage: Passage) throws {
        // Rates are for the tenant's users; an import or eval by the owner of the box is none of them.
        guard passage.operation.isLimited, !passage.call.isFromFolder, passage.caller.credentialKind != .none,
            let tenant = passage.caller.tenant
        else { return }
        try rates.take(tenant: tenant, user: passage.caller.userID)
    }

    private func enterTenant(_ passage: inout Passage) {
        passage.context.enter(passage.caller, of: passage.tenant, knownBy: directory)
    }

    private func trace(_ passage: inout Passage) {
        passage.context.startedAt = passage.startedAt
        passage.context.deadline = passage.operation.timeout.map { passage.start.advanced(by: $0) }
    }

    private func bookCost(_ passage: inout Passage) {
        passage.context.costLabel = passage.call.costLabel
    }

    private func checkBreaker(_ passage: Passage) throws {
        try breaker.check(passage.operation, of: passage.tenant)
    }

    /// Stays on its caller's thread: without the isolation in hand, the handler's closure would run on the shared pool.
    private func retry<Answer>(
        _ passage: Passage, _ work: (RequestContext) async throws -> Answer,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> Answer {
        let context = passage.context
        return try await withTaskCancellationHandler {
            _ = isolation
            var retriesLeft = passage.operation.retries
            while true {
                do {
                    return try await work(context)
                } catch let error as ApplianceError {
                    // A tenant closed under a call was suspended or deleted, unless the whole box stops: say which.
                    if error == .shuttingDown { try await directory.checkStillAllowed(passage.caller) }
                    guard error.isTransient, retriesLeft > 0, !context.isPastDeadline else { throw error }
                    retriesLeft -= 1
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
        } onCancel: {
            context.cancellation.cancel()
        }
    }

    private func audit(_ passage: Passage, _ error: (any Error)?) async {
        let problem = error.map(Problem.init)
        let tally = passage.tally.current
        let outcome = Outcome(
            operation: passage.operation, call: passage.call, tenant: passage.tenant, userID: passage.caller.userID,
            credentialID: passage.caller.credentialID, status: problem?.status ?? tally.status ?? 200,
            code: problem?.code, fault: problem?.fault, startedAt: passage.startedAt,
            duration: passage.start.duration(to: .now), tally: tally)
        for sink in sinks { await sink.record(outcome) }
    }
}

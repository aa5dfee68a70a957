import JSONRPC
import Synchronization

/// Calls of handshake clients that run now, so that `notifications/cancelled` finds them.
///
/// On that wire a lost connection takes nothing back. There are no sessions either: a call is known by who makes it and by
/// its id, and where two clients of one user happen to use the same id, neither can be taken back.
final class LegacyCalls: Sendable {
    /// One running call.
    struct Name: Hashable, Sendable {
        let tenant: String
        let user: String
        let credential: String
        let id: RequestID

        init(_ id: RequestID, _ context: RequestContext) {
            tenant = context.tenant?.uid ?? ""
            user = context.userID
            credential = context.credentialID
            self.id = id
        }
    }

    /// A running call's own place: what stops it, once it is known who makes it.
    final class Handle: Sendable {
        private struct State {
            var stop: (@Sendable () -> Void)?
            var name: Name?
            var isCancelled = false
        }
        private let state = Mutex(State())

        fileprivate func bind(_ stop: @escaping @Sendable () -> Void) {
            let isLate = state.withLock { state in
                state.stop = stop
                return state.isCancelled
            }
            if isLate { stop() }
        }

        fileprivate func cancel() {
            let stop = state.withLock { state in
                state.isCancelled = true
                return state.stop
            }
            stop?()
        }

        /// Stops the work without taking the call back.
        fileprivate func breakOff() {
            state.withLock { $0.stop }?()
        }

        fileprivate var isCancelled: Bool { state.withLock { $0.isCancelled } }
        fileprivate var name: Name? {
            get { state.withLock { $0.name } }
            set { state.withLock { $0.name = newValue } }
        }
    }

    private let running = Mutex<[Name: [ObjectIdentifier: Handle]]>([:])

    /// Runs a call that goes on when its connection is lost.
    /// - Returns: Nil when it was taken back: then nothing is to be answered.
    func run<Answer: Sendable>(_ body: @escaping @Sendable (Handle) async -> Answer) async -> Answer? {
        let handle = Handle()
        let task = Task { await body(handle) }
        handle.bind { task.cancel() }
        let answer = await task.value
        leave(handle)
        return handle.isCancelled ? nil : answer
    }

    /// Says who makes the call, once the gate has let it in.
    func enter(_ handle: Handle, _ name: Name) {
        handle.name = name
        running.withLock { $0[name, default: [:]][ObjectIdentifier(handle)] = handle }
    }

    private func leave(_ handle: Handle) {
        guard let name = handle.name else { return }
        running.withLock { running in
            running[name]?[ObjectIdentifier(handle)] = nil
            if running[name]?.isEmpty == true { running[name] = nil }
        }
    }

    /// Breaks every call off: the server goes down, and each is answered by that.
    func end() {
        let handles = running.withLock { $0.values.flatMap(\.values) }
        for handle in handles { handle.breakOff() }
    }

    /// Takes a call back, if it runs and is the only one of that name.
    func cancel(_ name: Name) {
        let handles = running.withLock { Array(($0[name] ?? [:]).values) }
        if handles.count == 1 { handles[0].cancel() }
    }
}

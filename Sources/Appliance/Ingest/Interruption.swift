import Synchronization

/// The wish of a person to end a command, noticed between two steps of it.
final class Interruption: Sendable {
    private struct State {
        var isRaised = false
        var handler: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    init() {}

    /// Raised by SIGINT and SIGTERM; a second one ends the process at once.
    static func bySignal() -> Interruption {
        let interruption = Interruption()
        let watch = SignalWatch(reloads: false)
        Task {
            await watch.wait(reload: {})
            interruption.raise()
        }
        return interruption
    }

    var isRaised: Bool { state.withLock { $0.isRaised } }

    func raise() {
        let handler = state.withLock { state in
            state.isRaised = true
            return state.handler.take()
        }
        handler?()
    }

    /// Calls `handler` once, when it is raised or at once if it has been.
    func onRaise(_ handler: @escaping @Sendable () -> Void) {
        let isRaised = state.withLock { state in
            if !state.isRaised { state.handler = handler }
            return state.isRaised
        }
        if isRaised { handler() }
    }

    /// Sleeps, but no longer than until it is raised.
    func sleep(_ duration: Duration) async {
        let end = ContinuousClock.now + duration
        while !isRaised, ContinuousClock.now < end {
            try? await Task.sleep(for: min(end - .now, .milliseconds(50)))
        }
    }
}

import Synchronization

/// Wakes the one task that sends a stream.
///
/// A publisher only raises the signal; what there is to send the stream reads from where it is kept. So a reader that
/// stalls holds back nothing and makes nobody's queue grow.
final class StreamSignal: Sendable {
    /// Why a wait ended.
    enum Reason: Sendable { case raised, tick, ending }

    private struct State {
        var isRaised = false
        var isTicked = false
        var isEnding = false
        var isCancelled = false
        var waiter: CheckedContinuation<Reason, any Error>?
    }
    private let state = Mutex(State())

    /// There is something to send; from any thread, as often as wanted.
    func raise() { wake(.raised) }

    /// Time has passed; of ``StreamPulse``.
    func tick() { wake(.tick) }

    /// The server goes down: once nothing is left to send, every wait ends at once.
    func end() { wake(.ending) }

    private func wake(_ reason: Reason) {
        let waiter = state.withLock { state -> CheckedContinuation<Reason, any Error>? in
            if reason == .ending { state.isEnding = true }
            if let waiter = state.waiter.take() { return waiter }
            switch reason {
            case .raised: state.isRaised = true
            case .tick: state.isTicked = true
            case .ending: break
            }
            return nil
        }
        waiter?.resume(returning: reason)
    }

    /// Waits for the next raise, tick or end; one that came since the last wait counts.
    /// - Throws: `CancellationError` in a cancelled task.
    func wait() async throws -> Reason {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let now = state.withLock { state -> Result<Reason, any Error>? in
                    if state.isCancelled { return .failure(CancellationError()) }
                    if state.isRaised {
                        state.isRaised = false
                        return .success(.raised)
                    }
                    if state.isEnding { return .success(.ending) }
                    if state.isTicked {
                        state.isTicked = false
                        return .success(.tick)
                    }
                    state.waiter = continuation
                    return nil
                }
                if let now { continuation.resume(with: now) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.isCancelled = true
                return state.waiter.take()
            }
            waiter?.resume(throwing: CancellationError())
        }
    }
}

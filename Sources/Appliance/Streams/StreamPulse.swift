import Synchronization

/// Ticks every open stream: one timer for all of them, running only while there are any.
final class StreamPulse: Sendable {
    /// Below the 5 s after which official clients give up on a silent stream, and within which a revoked credential must end
    /// its streams.
    static let interval = Duration.seconds(4)

    private struct State {
        var signals: [Int: StreamSignal] = [:]
        var nextID = 0
        var timer: Task<Void, Never>?
    }
    private let state = Mutex(State())

    /// Streams open now.
    var count: Int { state.withLock { $0.signals.count } }

    /// Ticks `signal` until ``remove(_:)``.
    func add(_ signal: StreamSignal) -> Int {
        state.withLock { state in
            state.nextID += 1
            state.signals[state.nextID] = signal
            if state.timer == nil { state.timer = Task { await self.run() } }
            return state.nextID
        }
    }

    /// Ticks it no more.
    func remove(_ id: Int) {
        state.withLock { state in
            state.signals[id] = nil
            if state.signals.isEmpty { state.timer.take()?.cancel() }
        }
    }

    @concurrent private func run() async {
        while true {
            do { try await Task.sleep(for: Self.interval) } catch { return }
            for signal in state.withLock({ Array($0.signals.values) }) { signal.tick() }
        }
    }
}

import Synchronization

/// Ticks every open stream: one timer for all of them, running only while there are any.
final class StreamPulse: Sendable {
    /// Below the 5 s after which official clients give up on a silent stream, and within which a revoked credential must end
    /// its streams.
    static let interval = Duration.seconds(4)

    private struct State {
        var signals: [Int: StreamSignal] = [:]
        /// Those that a stopping server ends.
        var ending: Set<Int> = []
        var nextID = 0
        var timer: Task<Void, Never>?
        var isClosed = false
    }
    private let state = Mutex(State())

    /// Streams open now.
    var count: Int { state.withLock { $0.signals.count } }

    /// Those of them that a stopping server ends.
    var endingCount: Int { state.withLock { $0.ending.count } }

    /// Ticks `signal` until ``remove(_:)``, and ends it with the server.
    func add(_ signal: StreamSignal, endsWithServer: Bool = true) -> Int {
        state.withLock { state in
            state.nextID += 1
            if endsWithServer { state.ending.insert(state.nextID) }
            if endsWithServer, state.isClosed { signal.end() }
            state.signals[state.nextID] = signal
            if state.timer == nil { state.timer = Task { await self.run() } }
            return state.nextID
        }
    }

    /// Ticks it no more.
    func remove(_ id: Int) {
        state.withLock { state in
            state.signals[id] = nil
            state.ending.remove(id)
            if state.signals.isEmpty { state.timer.take()?.cancel() }
        }
    }

    /// Ends every stream, and those that come later: the server goes down.
    func close() {
        let signals = state.withLock { state in
            state.isClosed = true
            return state.ending.compactMap { state.signals[$0] }
        }
        for signal in signals { signal.end() }
    }

    @concurrent private func run() async {
        while true {
            do { try await Task.sleep(for: Self.interval) } catch { return }
            for signal in state.withLock({ Array($0.signals.values) }) { signal.tick() }
        }
    }
}

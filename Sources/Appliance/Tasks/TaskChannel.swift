import Synchronization

/// Where a task's new events pass by: the last few in memory, and the signals of those who follow.
///
/// There is no queue per follower. Everybody reads what lies behind their own place, from here or, further back, from
/// the log; so all see the same events in the same order, and one who stalls costs nobody anything.
final class TaskChannel: Sendable {
    /// What lies behind a place.
    enum Recent {
        /// These events, without a gap; none if there is nothing new.
        case events([LoggedEvent])
        /// Something that is no longer here, or never was: ask the log.
        case inLog
    }

    private struct State {
        var tail: [LoggedEvent] = []
        var tailBytes = 0
        /// The last event that passed by; 0 before the first.
        var last: Int64 = 0
        var signals: [Int: StreamSignal] = [:]
        var nextID = 0
    }
    /// What is kept in memory at most, the newest event always.
    static let tailCount = 64
    static let tailByteCount = 256 << 10
    /// What is given out at once.
    static let batchCount = 32

    private let state = Mutex(State())

    /// Lets events pass by; they are committed, and come in the order of their commits.
    func publish(_ events: [LoggedEvent]) {
        let signals = state.withLock { state -> [StreamSignal] in
            for event in events where event.sequence > state.last {
                // A gap can only be at the beginning, before the first event that passed by.
                state.tail.append(event)
                state.tailBytes += event.payload.count
                state.last = event.sequence
            }
            while state.tail.count > 1, state.tail.count > Self.tailCount || state.tailBytes > Self.tailByteCount {
                state.tailBytes -= state.tail.removeFirst().payload.count
            }
            return Array(state.signals.values)
        }
        for signal in signals { signal.raise() }
    }

    /// What lies behind `sequence`.
    func events(after sequence: Int64) -> Recent {
        state.withLock { state in
            guard state.last > 0 else { return .inLog }
            guard sequence < state.last else { return .events([]) }
            guard let first = state.tail.first, first.sequence <= sequence + 1 else { return .inLog }
            return .events(Array(state.tail.dropFirst(Int(sequence + 1 - first.sequence)).prefix(Self.batchCount)))
        }
    }

    /// Raises `signal` at each event until ``remove(_:)``.
    func add(_ signal: StreamSignal) -> Int {
        state.withLock { state in
            state.nextID += 1
            state.signals[state.nextID] = signal
            return state.nextID
        }
    }

    /// Raises it no more.
    /// - Returns: Whether nobody is left.
    func remove(_ id: Int) -> Bool {
        state.withLock { state in
            state.signals[id] = nil
            return state.signals.isEmpty
        }
    }

    var hasFollowers: Bool { state.withLock { !$0.signals.isEmpty } }
}

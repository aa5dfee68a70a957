import Synchronization

/// One follower's place in a task's log.
///
/// Read with ``next()`` until it gives nothing, then wait for the signal. Not for use by several at once.
package final class TaskFeed: Sendable {
    private struct Place {
        var sequence: Int64
        var isEnded: Bool
        var isClosed = false
    }

    /// The task as it was when the feed began, its events all above; nil where the follower goes on behind an event they
    /// have seen.
    package var snapshot: TaskSnapshot? { began.withLock { $0 }?.snapshot }
    /// A box, since a snapshot's place would be as large without one in it.
    private let began: Mutex<Beginning?>
    private final class Beginning: Sendable {
        let snapshot: TaskSnapshot
        init(_ snapshot: TaskSnapshot) { self.snapshot = snapshot }
    }
    /// Raised when there may be something to read.
    let signal: StreamSignal
    private let place: Mutex<Place>
    private let key: TaskKey
    private let number: Int64
    private let tasks: TenantTasks
    private let channel: TaskChannel
    private let id: Int

    /// - Parameters:
    ///   - id: The signal's registration at `channel`, which was made before anything was read.
    ///   - isEnded: Whether nothing can follow behind `sequence`.
    init(
        snapshot: TaskSnapshot?, after sequence: Int64, isEnded: Bool, number: Int64, key: TaskKey, tasks: TenantTasks,
        channel: TaskChannel, signal: StreamSignal, id: Int
    ) {
        began = Mutex(snapshot.map(Beginning.init))
        self.signal = signal
        self.number = number
        self.key = key
        self.tasks = tasks
        self.channel = channel
        self.id = id
        place = Mutex(Place(sequence: sequence, isEnded: isEnded))
    }

    deinit { close() }

    /// Lets go of the snapshot once its follower has it.
    package func forgetSnapshot() { began.withLock { $0 = nil } }

    /// Whether everything was read and nothing will follow.
    package var isEnded: Bool { place.withLock { $0.isEnded } }

    /// The events behind the place, some of them if there are many; none when there are none yet or no more.
    /// - Throws: What reading the log throws.
    package func next() async throws -> [LoggedEvent] {
        let sequence = place.withLock { $0.isEnded || $0.isClosed ? nil : $0.sequence }
        guard let sequence else { return [] }
        let events: [LoggedEvent] =
            switch channel.events(after: sequence) {
            case .events(let recent): recent
            case .inLog: try await tasks.events(of: number, after: sequence)
            }
        guard let last = events.last else { return [] }
        place.withLock { place in
            place.sequence = last.sequence
            place.isEnded = last.isLast
        }
        return events
    }

    /// Waits until there may be something to read.
    /// - Throws: `CancellationError` in a cancelled task.
    package func wait() async throws { while try await signal.wait() == .tick {} }

    /// Ends the feed; what follows passes it by.
    package func close() {
        let closes = place.withLock { place in
            defer { place.isClosed = true }
            return !place.isClosed
        }
        if closes { tasks.desk.leave(channel, of: key, id) }
    }
}

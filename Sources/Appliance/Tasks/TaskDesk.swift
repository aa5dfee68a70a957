import Synchronization

/// Names a task on the whole box.
struct TaskKey: Hashable, Sendable {
    /// The tenant's uid.
    let tenant: String
    let task: String
}

/// What the tasks of all tenants share while the process lives: who follows, who works, which tenants were looked at.
final class TaskDesk: Sendable {
    private struct State {
        var channels: [TaskKey: TaskChannel] = [:]
        var runs: [TaskKey: TaskRun] = [:]
        /// Tenants whose unfinished tasks were taken up, or are just being.
        var takenUp: [String: Task<Void, any Error>] = [:]
        /// Tasks somebody wants to be told of.
        var pushed: Set<TaskKey> = []
        /// When each tenant's old tasks were last looked for.
        var purged: [String: ContinuousClock.Instant] = [:]
        var isClosing = false
        var idleWaiters: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())
    /// Tenants with a mark on the disk that says they may have unfinished tasks.
    private let marked = Mutex<Set<String>>([])
    /// Tasks worked on at once; more wait, SUBMITTED.
    let slots = WorkSlots(count: 128)

    // MARK: Followers

    /// Registers a signal; from now on no event of the task passes it by.
    func follow(_ key: TaskKey, _ signal: StreamSignal) -> (channel: TaskChannel, id: Int) {
        state.withLock { state in
            let channel = state.channels[key] ?? TaskChannel()
            state.channels[key] = channel
            return (channel, channel.add(signal))
        }
    }

    func leave(_ channel: TaskChannel, of key: TaskKey, _ id: Int) {
        state.withLock { state in
            if channel.remove(id), state.channels[key] === channel { state.channels[key] = nil }
        }
    }

    /// Lets committed events pass by, in the order of the commits.
    func publish(_ events: [LoggedEvent], of key: TaskKey) {
        state.withLock { $0.channels[key] }?.publish(events)
    }

    /// Takes note that a task has receivers, or did have.
    func setPushed(_ key: TaskKey) { state.withLock { _ = $0.pushed.insert(key) } }

    func isPushed(_ key: TaskKey) -> Bool { state.withLock { $0.pushed.contains(key) } }

    /// Forgets it, the task being over and all told.
    func endPushed(_ key: TaskKey) { state.withLock { _ = $0.pushed.remove(key) } }

    // MARK: Work

    /// Takes note of a run.
    /// - Returns: false when the box is stopping: the task stays for the next start.
    func begin(_ run: TaskRun) -> Bool {
        state.withLock { state in
            guard !state.isClosing else { return false }
            state.runs[run.key] = run
            return true
        }
    }

    func end(_ run: TaskRun) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            if state.runs[run.key] === run { state.runs[run.key] = nil }
            guard state.runs.isEmpty else { return [] }
            defer { state.idleWaiters = [] }
            return state.idleWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Stops the work on a task that is over.
    func stop(_ key: TaskKey) { state.withLock { $0.runs[key] }?.cancel() }

    /// Whether work is being broken off to go on at the next start.
    var isClosing: Bool { state.withLock { $0.isClosing } }

    /// Tasks under work or waiting for it.
    var runCount: Int { state.withLock { $0.runs.count } }

    /// Breaks off all work, which goes on at the next start, and returns once it has ended.
    func close() async {
        let runs = state.withLock { state in
            state.isClosing = true
            return Array(state.runs.values)
        }
        for run in runs { run.cancel() }
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if !state.runs.isEmpty { state.idleWaiters.append(continuation) }
                return state.runs.isEmpty
            }
            if isIdle { continuation.resume() }
        }
    }

    // MARK: Purging

    private static let purgePause = Duration.seconds(3_600)

    /// Whether a tenant's old tasks are to be looked for: at the first call and then once an hour.
    func isPurgeDue(_ tenant: String) -> Bool {
        state.withLock { state in
            let now = ContinuousClock.now
            if let last = state.purged[tenant], last.duration(to: now) < Self.purgePause { return false }
            state.purged[tenant] = now
            return true
        }
    }

    // MARK: Taking up

    /// Takes up a tenant's unfinished tasks, once in the life of the process; who comes meanwhile waits.
    func takeUp(_ tenant: String, _ body: @escaping @Sendable () async throws -> Void) async throws {
        let work = state.withLock { state in
            if let known = state.takenUp[tenant] { return known }
            let work = Task { try await body() }
            state.takenUp[tenant] = work
            return work
        }
        do {
            try await work.value
        } catch {
            forget(tenant)
            throw error
        }
    }

    /// Leaves a tenant's mark, unless this process has done so; under a lock, so that it cannot go meanwhile.
    func mark(_ tenant: String, _ body: () throws -> Void) throws {
        try marked.withLock { marked in
            guard !marked.contains(tenant) else { return }
            try body()
            marked.insert(tenant)
        }
    }

    /// Takes a mark away that an earlier process left; one that this process left stays.
    func unmark(_ tenant: String, _ body: () -> Void) {
        marked.withLock { marked in
            if !marked.contains(tenant) { body() }
        }
    }

    /// Has a tenant's tasks taken up anew by the next call: its work was broken off.
    func forget(_ tenant: String) { state.withLock { $0.takenUp[tenant] = nil } }
}

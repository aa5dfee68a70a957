import Synchronization

/// One stretch of work on a task: from its beginning, its restart or its owner's answer to the next time it settles.
final class TaskRun: Sendable {
    private struct State {
        var work: Task<Void, Never>?
        var isCancelled = false
    }
    let key: TaskKey
    /// The task's number in its tenant's file.
    let number: Int64
    /// Which stretch; only the last one of a task can write.
    let run: Int64
    private let state = Mutex(State())

    init(key: TaskKey, number: Int64, run: Int64) {
        self.key = key
        self.number = number
        self.run = run
    }

    func start(_ body: @escaping @Sendable () async -> Void) {
        let work = Task { @concurrent in await body() }
        let isCancelled = state.withLock { state in
            state.work = work
            return state.isCancelled
        }
        if isCancelled { work.cancel() }
    }

    /// Has the work stop at its next check.
    func cancel() {
        let work = state.withLock { state in
            state.isCancelled = true
            return state.work
        }
        work?.cancel()
    }
}

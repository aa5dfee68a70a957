package import A2A
import TenantStore

extension TaskService {
    /// Follows the caller's task: a snapshot and every event behind it, none lost and none twice.
    /// - Parameter after: The last event the follower has seen (`Last-Event-ID`): what came behind it is read from the log, and
    ///   there is no snapshot. One that the task has not come to yet counts as none.
    /// - Throws: `A2AError.taskNotFound`; `A2AError.unsupportedOperation` for a task that is over, unless `after` is given.
    package func follow(_ id: String, after: Int64?, _ context: RequestContext) async throws -> TaskFeed {
        context.tally.update { $0.target = id }
        let feed = try await feed(of: id, after: after, in: tasks(context), owner: context.userID)
        if after == nil, feed.isEnded {
            throw A2AError.unsupportedOperation("the task is over: nothing follows; get it instead")
        }
        return feed
    }

    private func feed(of id: String, after: Int64?, in tasks: TenantTasks, owner: String) async throws -> TaskFeed {
        let (key, signal) = (tasks.key(id), StreamSignal())
        // First the signal, then the snapshot: what is committed in between is seen by both, and the feed skips it.
        let (channel, registration) = desk.follow(key, signal)
        do {
            let (record, snapshot) = try await tasks.snapshot(id, of: owner)
            let place = after.flatMap { $0 >= 0 && $0 <= record.sequence ? $0 : nil }
            return TaskFeed(
                snapshot: place == nil ? snapshot : nil, after: place ?? record.sequence,
                isEnded: record.phase == .over && (place ?? record.sequence) == record.sequence, number: record.number,
                key: key, tasks: tasks, channel: channel, signal: signal, id: registration)
        } catch {
            desk.leave(channel, of: key, registration)
            throw error
        }
    }

    /// The caller's task once it is over or waits for its owner.
    ///
    /// Whoever waits may go away: the work goes on.
    /// - Parameter historyLength: As in ``get(_:historyLength:_:)``.
    /// - Throws: `A2AError.taskNotFound`; `CancellationError` in a cancelled task.
    package func settled(_ id: String, historyLength: Int? = nil, _ context: RequestContext) async throws -> AgentTask {
        let tasks = try await tasks(context)
        let feed = try await feed(of: id, after: nil, in: tasks, owner: context.userID)
        defer { feed.close() }
        var isSettled = feed.snapshot?.task.status.state.isSettled ?? false
        while !isSettled {
            let events = try await feed.next()
            isSettled = events.contains { $0.state?.isSettled ?? false }
            if events.isEmpty { try await feed.wait() }
        }
        return try await get(id, historyLength: historyLength, context)
    }
}

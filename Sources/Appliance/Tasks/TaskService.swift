package import A2A
import Access
package import JSON
import TenantStore

/// Tasks of A2A: made, worked on, followed, ended.
///
/// Every call names its caller by the gate's context: the tenant decides which file is looked into, the user whose tasks are
/// seen there. An unknown task and another user's are one answer after the same work. What a call has answered is on the
/// disk; the work itself goes on whether or not anybody waits for it, and after a restart too.
package struct TaskService: Sendable {
    let appliance: SearchAppliance
    var desk: TaskDesk { appliance.taskDesk }
    var composition: Composition { appliance.composition }
    var limits: TaskLimits { composition.taskLimits }
    /// Tasks under work or waiting for it, of all tenants.
    package var runCount: Int { desk.runCount }

    /// The tenant's tasks; the first call after a start has its unfinished ones taken up.
    func tasks(_ context: RequestContext) async throws -> TenantTasks {
        let tenant = try context.requireTenant()
        return try await tasks(of: tenant)
    }

    func tasks(of tenant: TenantContext) async throws -> TenantTasks {
        let engine = try await appliance.registry.engine(for: tenant)
        let tasks = TenantTasks(
            tenant: tenant, engine: engine, desk: desk, limits: limits, courier: appliance.courier)
        try await desk.takeUp(tenant.uid) { try await takeUp(tasks) }
        if desk.isPurgeDue(tenant.uid) { try await purge(tasks) }
        return tasks
    }

    /// Deletes tasks that have been over for longer than they are kept, with all that belongs to them.
    private func purge(_ tasks: TenantTasks) async throws {
        let horizon = Timestamp.now.milliseconds - Int64(appliance.configuration.taskRetentionDays) * 86_400_000
        let page = 500
        // A few at a time, so that nobody's change waits long.
        while try await tasks.change({ try $0.writer.purgeTasks(overBefore: horizon, limit: page) }) == page {}
    }

    // MARK: Reading

    /// The caller's task as it is now.
    /// - Parameter historyLength: The last messages only; nil = all, 0 = none.
    /// - Throws: `A2AError.taskNotFound`.
    package func get(_ id: String, historyLength: Int?, _ context: RequestContext) async throws -> AgentTask {
        try await snapshot(id, historyLength: historyLength, context).task
    }

    /// The same with its place in the log.
    func snapshot(_ id: String, historyLength: Int? = nil, _ context: RequestContext) async throws -> TaskSnapshot {
        context.tally.update { $0.target = id }
        return try await tasks(context).snapshot(id, of: context.userID, historyLength: historyLength).snapshot
    }

    /// One page of the caller's tasks, newest status first.
    /// - Throws: `A2AError.invalidParams` for a page size or token that is none.
    package func list(_ request: ListTasksRequest, _ context: RequestContext) async throws -> TaskPage {
        let page = try await page(request, context)
        context.tally.update { $0.resultCount = page.snapshots.count }
        return TaskPage(
            tasks: page.snapshots.map(\.task), nextPageToken: page.nextToken ?? "", pageSize: request.pageSize,
            totalSize: page.total)
    }

    /// The same with all that a snapshot knows; without a next token it is the last page.
    func page(_ request: ListTasksRequest, _ context: RequestContext) async throws
        -> (snapshots: [TaskSnapshot], nextToken: String?, total: Int)
    {
        guard (1...100).contains(request.pageSize) else {
            throw A2AError.invalidParams(field: "pageSize", reason: "must be a whole number from 1 to 100")
        }
        let tasks = try await tasks(context)
        let purpose = "a2a tasks \(tasks.tenant.uid) \(Digest.hexadecimal(Digest.sha256(Array(context.userID.utf8))))"
        let place = try request.pageToken.flatMap { token in try position(token, purpose) }
        let filter = TaskFilter(
            context: request.contextID, state: request.state?.rawValue, statusSince: request.statusSince)
        let (owner, limits) = (context.userID, limits)
        let (page, next, total) = try await tasks.read { rows in
            let (records, isMore) = try Self.page(filter, of: owner, after: place, request.pageSize, limits, rows)
            let page = try records.map { record in
                try rows.snapshot(
                    of: record, historyLength: request.historyLength, includesArtifacts: request.includesArtifacts
                )
            }
            let last = isMore ? records.last : nil
            return (
                page, last.map { TaskPosition(statusAt: $0.statusAt, id: $0.id) }, try rows.count(filter, of: owner)
            )
        }
        return (page, next.map { token($0, purpose) }, total)
    }

    /// The tasks of one page, and whether there are more; a page of many large tasks ends early.
    private static func page(
        _ filter: TaskFilter, of owner: String, after position: TaskPosition?, _ size: Int, _ limits: TaskLimits,
        _ rows: TaskRows
    ) throws -> (records: [TaskRecord], isMore: Bool) {
        let found = try rows.page(filter, of: owner, after: position, limit: size + 1)
        var bytes: Int64 = 0
        let fitting = found.prefix { record in
            bytes += record.byteCount
            return bytes <= limits.bytesPerPage
        }
        let count = min(size, max(1, fitting.count))
        return (Array(found.prefix(count)), found.count > count)
    }

    private func token(_ position: TaskPosition, _ purpose: String) -> String {
        appliance.seal.seal(Array("\(position.statusAt) \(position.id)".utf8), for: purpose)
    }

    /// The place a token stands for; an empty one is the beginning, as in the protocol's own JSON.
    private func position(_ token: String, _ purpose: String) throws -> TaskPosition? {
        if token.isEmpty { return nil }
        let parts = appliance.seal.open(token, for: purpose).map { String(decoding: $0, as: UTF8.self) }?
            .split(separator: " ", maxSplits: 1)
        guard let parts, parts.count == 2, let time = Int64(parts[0]) else {
            throw A2AError.invalidParams(
                field: "pageToken", reason: "must be the nextPageToken of a page of the same user's tasks")
        }
        return TaskPosition(statusAt: time, id: String(parts[1]))
    }

    // MARK: Ending

    /// Ends the caller's task and the work on it.
    /// - Returns: The task, canceled.
    /// - Throws: `A2AError.taskNotFound`, `A2AError.taskNotCancelable`.
    package func cancel(_ id: String, metadata: JSONObject?, _ context: RequestContext) async throws -> AgentTask {
        context.tally.update { $0.target = id }
        let tasks = try await tasks(context)
        let owner = context.userID
        let task = try await tasks.change { change in
            var record = try change.task(id, of: owner)
            guard record.phase != .over else { throw A2AError.taskNotCancelable(id: id) }
            try change.keepQuestion(of: &record)
            try change.set(.canceled, metadata: metadata, of: &record)
            return try change.rows.snapshot(of: record).task
        }
        desk.stop(tasks.key(id))
        return task
    }
}

extension SearchAppliance {
    /// Tasks of A2A.
    package var tasks: TaskService { TaskService(appliance: self) }
}

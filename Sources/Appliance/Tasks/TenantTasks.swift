import A2A
import Synchronization
import TenantStore

/// The tasks of one tenant: its rows, and the desk that all tenants share.
struct TenantTasks: Sendable {
    let tenant: TenantContext
    /// Held as long as this value is, so that the tenant stays open under its work.
    let engine: TenantEngine
    let desk: TaskDesk
    let limits: TaskLimits
    /// Tells receivers; nil where none is allowed.
    let courier: PushCourier?

    func key(_ task: String) -> TaskKey { TaskKey(tenant: tenant.uid, task: task) }

    /// Changes tasks; several changes share a commit, and when this returns it is on the disk.
    /// - Throws: What `body` throws, which then has changed nothing; what the file throws.
    func change<Value: Sendable>(_ body: @escaping @Sendable (inout TaskChange) throws -> Value) async throws -> Value {
        let result = Mutex<(value: Value, events: [(task: TaskRecord, event: LoggedEvent)])?>(nil)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            engine.lane.enqueue(
                .tasks(
                    { [limits] writer in
                        var change = TaskChange(writer: writer, limits: limits)
                        let value = try body(&change)
                        result.withLock { $0 = (value, change.events) }
                    },
                    answer: { outcome in
                        // On the lane's thread, so events pass by in the order of their commits.
                        if case .success = outcome, let events = result.withLock({ $0?.events }) { publish(events) }
                        continuation.resume(with: outcome)
                    }))
        }
        guard let value = result.withLock({ $0?.value }) else {
            throw ApplianceError.internalFault("a change of tasks without result")
        }
        return value
    }

    private func publish(_ events: [(task: TaskRecord, event: LoggedEvent)]) {
        for (task, event) in events {
            let key = key(task.id)
            desk.publish([event], of: key)
            if let courier, desk.isPushed(key) { courier.wake(task.number, key, self) }
        }
    }

    /// Reads rows of one moment.
    func read<Value: Sendable>(_ body: @escaping @Sendable (TaskRows) throws -> Value) async throws -> Value {
        try await engine.read { reader, _ in try body(reader.tasks) }
    }

    /// The owner's task as it is now.
    /// - Throws: `A2AError.taskNotFound`.
    func snapshot(_ id: String, of owner: String, historyLength: Int? = nil) async throws
        -> (record: TaskRecord, snapshot: TaskSnapshot)
    {
        try await read { rows in
            guard let record = try rows.task(id, of: owner) else { throw A2AError.taskNotFound(id: id) }
            return (record, try rows.snapshot(of: record, historyLength: historyLength))
        }
    }

    /// Events behind `sequence`, some of them if there are many.
    func events(of task: Int64, after sequence: Int64) async throws -> [LoggedEvent] {
        for _ in 0..<50 {
            do {
                return try await read { rows in
                    try rows.events(of: task, after: sequence, limit: 256).map { try LoggedEvent($0) }
                }
            } catch ApplianceError.busy {
                // A follower has its place and no reason to lose it.
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        throw ApplianceError.busy(retryAfter: .seconds(1))
    }
}

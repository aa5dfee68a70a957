import A2A
import JSON
import TenantStore

/// A change of tasks within one commit, and the events that pass by once it is committed.
///
/// A body that refuses must do so before its first change: what was written by then would be committed.
struct TaskChange {
    let writer: TenantWriter
    let limits: TaskLimits
    let now: Int64
    fileprivate(set) var events: [(task: TaskRecord, event: LoggedEvent)] = []

    init(writer: TenantWriter, limits: TaskLimits) {
        self.writer = writer
        self.limits = limits
        now = Timestamp.now.milliseconds
    }

    var rows: TaskRows { writer.tasks }

    /// The caller's task.
    /// - Throws: `A2AError.taskNotFound` for unknown ones and for those of others, after the same work.
    func task(_ id: String, of owner: String) throws -> TaskRecord {
        guard let record = try rows.task(id, of: owner) else { throw A2AError.taskNotFound(id: id) }
        return record
    }

    /// Makes a task whose history begins with `message`.
    mutating func create(_ record: TaskRecord, message: Message) throws -> TaskRecord {
        let task = AgentTask(
            id: record.id, contextID: record.context, status: try StoredForm.status(record.status), history: [message])
        let item = StreamItem.task(task)
        let payload = item.encoded()
        var record = try writer.createTask(record, event: payload)
        try writer.addMessage(message.encoded(), to: &record)
        events.append((record, LoggedEvent(sequence: record.sequence, payload: payload, item: item)))
        return record
    }

    /// Sets the status and says so.
    mutating func set(
        _ state: TaskState, message: Message? = nil, metadata: JSONObject? = nil, of record: inout TaskRecord
    ) throws {
        // Never older than what it follows, whatever the clock does: lists are in this order.
        let status = TaskStatus(state, message: message, timestamp: max(now, record.statusAt))
        let item = StreamItem.statusUpdate(
            TaskStatusUpdate(taskID: record.id, contextID: record.context, status: status, metadata: metadata))
        let payload = item.encoded()
        if !state.isTerminal { try checkRoom(payload, in: record) }
        record.state = state.rawValue
        record.phase = state.isTerminal ? .over : state.isInterrupted ? .waiting : .running
        record.statusAt = status.timestamp
        record.status = status.encoded()
        try writer.append(payload, to: &record)
        events.append((record, LoggedEvent(sequence: record.sequence, payload: payload, item: item)))
    }

    /// Brings an artifact or a piece of one; the caller has checked that a piece has something to go behind.
    mutating func put(_ update: TaskArtifactUpdate, of record: inout TaskRecord) throws {
        let item = StreamItem.artifactUpdate(update)
        let payload = item.encoded()
        try checkRoom(payload, in: record)
        try writer.append(payload, artifact: update.artifact.artifactID, appends: update.append, to: &record)
        events.append((record, LoggedEvent(sequence: record.sequence, payload: payload, item: item)))
    }

    /// - Throws: `A2AError.unsupportedOperation`, before anything was changed.
    private func checkRoom(_ payload: [UInt8], in record: TaskRecord) throws {
        guard payload.count <= limits.bytesPerEvent else {
            throw A2AError.unsupportedOperation("one event of a task has at most \(limits.bytesPerEvent) bytes")
        }
        guard record.sequence < Int64(limits.eventsPerTask) else {
            throw A2AError.unsupportedOperation("a task has at most \(limits.eventsPerTask) events")
        }
        guard record.byteCount + Int64(payload.count) <= limits.bytesPerTask else {
            throw A2AError.unsupportedOperation(
                "a task has at most \(limits.bytesPerTask) bytes of events and messages")
        }
    }
}

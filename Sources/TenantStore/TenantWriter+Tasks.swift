/// Changes of tasks. None of them counts in ``TenantWriter/sequence``: no search depends on them.
extension TenantWriter {
    /// Makes a task with its first event.
    /// - Returns: The task with its number.
    public func createTask(_ task: TaskRecord, event: [UInt8]) throws(StoreError) -> TaskRecord {
        guard connection.isInTransaction else { throw .notInTransaction }
        var task = task
        task.number = try Tasks(connection: connection).insert(task)
        try append(event, to: &task)
        return task
    }

    /// Appends an event and stores the task's row as it is after it.
    public func append(_ event: [UInt8], to task: inout TaskRecord) throws(StoreError) {
        guard connection.isInTransaction else { throw .notInTransaction }
        task.sequence += 1
        task.byteCount += Int64(event.count)
        try TaskLog(connection: connection).append(event, sequence: task.sequence, to: task.number)
        try Tasks(connection: connection).update(task)
    }

    /// Appends an event that brings an artifact or a piece of one.
    /// - Parameter appends: Whether it goes behind what a known artifact holds; else it takes its place.
    /// - Throws: ``StoreError/misuse(_:)`` when it appends to an artifact that is not there.
    public func append(_ event: [UInt8], artifact id: String, appends: Bool, to task: inout TaskRecord)
        throws(StoreError)
    {
        try append(event, to: &task)
        let log = TaskLog(connection: connection)
        if appends {
            guard try log.appendToArtifact(id, sequence: task.sequence, of: task.number) else {
                throw .misuse("append: there is no such artifact")
            }
        } else {
            try log.setArtifact(id, sequence: task.sequence, of: task.number)
        }
    }

    /// Whether an artifact of this id can be appended to.
    public func hasArtifact(_ id: String, of task: Int64) throws(StoreError) -> Bool {
        try connection.first("SELECT 1 FROM task_artifact WHERE task = ? AND id = ?", .integer(task), .text(id)) { _ in
            true
        } ?? false
    }

    /// Adds a message behind the others and stores the task's row.
    public func addMessage(_ body: [UInt8], to task: inout TaskRecord) throws(StoreError) {
        guard connection.isInTransaction else { throw .notInTransaction }
        task.byteCount += Int64(body.count)
        try TaskLog(connection: connection).addMessage(body, to: task.number)
        try Tasks(connection: connection).update(task)
    }

    /// Stores a task's row where no event says so.
    public func updateTask(_ task: TaskRecord) throws(StoreError) {
        guard connection.isInTransaction else { throw .notInTransaction }
        try Tasks(connection: connection).update(task)
    }

    /// Deletes tasks that were over before `time`, with all that belongs to them.
    /// - Returns: How many, at most `limit`.
    public func purgeTasks(overBefore time: Int64, limit: Int) throws(StoreError) -> Int {
        guard connection.isInTransaction else { throw .notInTransaction }
        return try Tasks(connection: connection).purge(overBefore: time, limit: limit)
    }

    /// Adds a receiver, or replaces the one of its id.
    public func putPush(_ push: TaskPushRecord, of task: Int64) throws(StoreError) {
        guard connection.isInTransaction else { throw .notInTransaction }
        try TaskPushes(connection: connection).put(push, of: task)
    }

    /// Removes a receiver, if it is there.
    public func deletePush(_ id: String, of task: Int64) throws(StoreError) {
        guard connection.isInTransaction else { throw .notInTransaction }
        try TaskPushes(connection: connection).delete(id, of: task)
    }

    /// Notes that a receiver was told of all events up to this one, or that it was given up.
    ///
    /// One that was replaced meanwhile is another receiver, known by its secrets, and stays as it is.
    public func setDelivered(_ sequence: Int64, _ push: TaskPushRecord, of task: Int64) throws(StoreError) {
        guard connection.isInTransaction else { throw .notInTransaction }
        try TaskPushes(connection: connection).setDelivered(sequence, push, of: task)
    }

    /// Remembers a request under its key, and forgets those made before `horizon`.
    public func rememberRequest(_ request: TaskRequestRecord, forgettingBefore horizon: Int64) throws(StoreError) {
        guard connection.isInTransaction else { throw .notInTransaction }
        let table = TaskRequests(connection: connection)
        try table.purge(before: horizon)
        try table.insert(request)
    }
}

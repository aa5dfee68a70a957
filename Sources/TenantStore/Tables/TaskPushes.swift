/// Receivers of tasks' events, and requests that may be repeated.
struct TaskPushes {
    let connection: Connection

    private static let columns = "id, url, scheme, secrets, form, created_at, delivered"

    func put(_ push: TaskPushRecord, of task: Int64) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO task_push VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET url = excluded.url,
                scheme = excluded.scheme, secrets = excluded.secrets, form = excluded.form,
                delivered = excluded.delivered
            """,
            .integer(task), .text(push.id), .text(push.url), .optional(push.scheme), .blob(push.secrets),
            .text(push.form), .integer(push.createdAt), .integer(push.delivered))
    }

    func all(of task: Int64) throws(StoreError) -> [TaskPushRecord] {
        try connection.all(
            "SELECT \(Self.columns) FROM task_push WHERE task = ? ORDER BY created_at, id", .integer(task)
        ) { Self.record($0) }
    }

    func push(_ id: String, of task: Int64) throws(StoreError) -> TaskPushRecord? {
        try connection.first(
            "SELECT \(Self.columns) FROM task_push WHERE task = ? AND id = ?", .integer(task), .text(id)
        ) { Self.record($0) }
    }

    func delete(_ id: String, of task: Int64) throws(StoreError) {
        try connection.run("DELETE FROM task_push WHERE task = ? AND id = ?", .integer(task), .text(id))
    }

    func setDelivered(_ sequence: Int64, _ push: TaskPushRecord, of task: Int64) throws(StoreError) {
        try connection.run(
            "UPDATE task_push SET delivered = max(delivered, ?) WHERE task = ? AND id = ? AND secrets = ?",
            .integer(sequence), .integer(task), .text(push.id), .blob(push.secrets))
    }

    /// Numbers of tasks whose receivers have not been told of all events, or of which more can come.
    func due() throws(StoreError) -> [Int64] {
        try connection.all(
            """
            SELECT DISTINCT p.task FROM task_push p JOIN task t ON t.number = p.task WHERE p.delivered < t.sequence OR t.phase > 0
            ORDER BY p.task
            """
        ) { $0.integer(0) }
    }

    private static func record(_ row: Row) -> TaskPushRecord {
        TaskPushRecord(
            id: row.text(0), url: row.text(1), scheme: row.isNull(2) ? nil : row.text(2), secrets: row.blob(3),
            form: row.text(4), createdAt: row.integer(5), delivered: row.integer(6))
    }
}

/// Keys under which requests may be repeated.
struct TaskRequests {
    let connection: Connection

    func request(_ key: String, of owner: String, since time: Int64) throws(StoreError) -> TaskRequestRecord? {
        try connection.first(
            "SELECT owner, key, digest, task, created_at FROM task_request WHERE owner = ? AND key = ? AND created_at >= ?",
            .text(owner), .text(key), .integer(time)
        ) { row in
            TaskRequestRecord(
                owner: row.text(0), key: row.text(1), digest: row.blob(2), task: row.text(3), createdAt: row.integer(4))
        }
    }

    /// Remembers a request in the place of one that has been forgotten.
    func insert(_ request: TaskRequestRecord) throws(StoreError) {
        try connection.run(
            "INSERT OR REPLACE INTO task_request VALUES (?, ?, ?, ?, ?)", .text(request.owner), .text(request.key),
            .blob(request.digest), .text(request.task), .integer(request.createdAt))
    }

    func purge(before time: Int64) throws(StoreError) {
        try connection.run("DELETE FROM task_request WHERE created_at < ?", .integer(time))
    }
}

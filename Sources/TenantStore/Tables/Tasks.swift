/// The rows of tasks themselves.
struct Tasks {
    let connection: Connection

    private static let columns = """
        number, id, owner, context, state, phase, created_at, status_at, sequence, run, restarts, byte_count, status,
        setup, metadata
        """
    private static let ofOwner = """
        owner = ?1 AND (?2 IS NULL OR context = ?2) AND (?3 IS NULL OR state = ?3) AND status_at >= ?4
        """

    /// The owner's task of this id; another owner's is looked up in the same way and not found.
    func task(_ id: String, of owner: String) throws(StoreError) -> TaskRecord? {
        try connection.first(
            "SELECT \(Self.columns) FROM task WHERE id = ? AND owner = ?", .text(id), .text(owner)
        ) { row throws(StoreError) in try Self.record(row) }
    }

    func task(number: Int64) throws(StoreError) -> TaskRecord? {
        try connection.first("SELECT \(Self.columns) FROM task WHERE number = ?", .integer(number)) {
            row throws(StoreError) in try Self.record(row)
        }
    }

    func insert(_ task: TaskRecord) throws(StoreError) -> Int64 {
        try connection.run(
            """
            INSERT INTO task (id, owner, context, state, phase, created_at, status_at, sequence, run, restarts,
                byte_count, status, setup, metadata)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .text(task.id), .text(task.owner), .text(task.context), .text(task.state), .integer(task.phase.rawValue),
            .integer(task.createdAt), .integer(task.statusAt), .integer(task.sequence), .integer(task.run),
            .int(task.restarts), .integer(task.byteCount), .blob(task.status), .blob(task.setup),
            task.metadata.map { .blob($0) } ?? .null)
        return try connection.first("SELECT number FROM task WHERE id = ?", .text(task.id)) { $0.integer(0) } ?? 0
    }

    func update(_ task: TaskRecord) throws(StoreError) {
        try connection.run(
            """
            UPDATE task SET state = ?, phase = ?, status_at = ?, sequence = ?, run = ?, restarts = ?, byte_count = ?,
                status = ?, setup = ?
            WHERE number = ?
            """,
            .text(task.state), .integer(task.phase.rawValue), .integer(task.statusAt), .integer(task.sequence),
            .integer(task.run), .int(task.restarts), .integer(task.byteCount), .blob(task.status), .blob(task.setup),
            .integer(task.number))
    }

    /// An owner's tasks, newest status first.
    func page(_ filter: TaskFilter, of owner: String, after position: TaskPosition?, limit: Int)
        throws(StoreError) -> [TaskRecord]
    {
        try connection.all(
            """
            SELECT \(Self.columns) FROM task WHERE \(Self.ofOwner) AND (?5 IS NULL OR (status_at, id) < (?5, ?6))
            ORDER BY status_at DESC, id DESC LIMIT ?7
            """,
            .text(owner), .optional(filter.context), .optional(filter.state), .integer(filter.statusSince ?? .min),
            .optional(position?.statusAt), .text(position?.id ?? ""), .int(limit)
        ) { row throws(StoreError) in try Self.record(row) }
    }

    func count(_ filter: TaskFilter, of owner: String) throws(StoreError) -> Int {
        try connection.first(
            "SELECT count(*) FROM task WHERE \(Self.ofOwner)",
            .text(owner), .optional(filter.context), .optional(filter.state), .integer(filter.statusSince ?? .min)
        ) { Int($0.integer(0)) } ?? 0
    }

    /// How many of an owner's tasks are not over.
    func openCount(of owner: String) throws(StoreError) -> Int {
        try connection.first("SELECT count(*) FROM task WHERE phase > 0 AND owner = ?", .text(owner)) {
            Int($0.integer(0))
        } ?? 0
    }

    /// Whoever's tasks it is the server's turn with, oldest first.
    func running() throws(StoreError) -> [TaskRecord] {
        try connection.all("SELECT \(Self.columns) FROM task WHERE phase > 0 AND phase = 2 ORDER BY number") {
            row throws(StoreError) in try Self.record(row)
        }
    }

    /// Deletes tasks that were over before `time`, with all that belongs to them.
    func purge(overBefore time: Int64, limit: Int) throws(StoreError) -> Int {
        try connection.run(
            """
            DELETE FROM task WHERE number IN
                (SELECT number FROM task WHERE phase = 0 AND status_at < ? ORDER BY status_at LIMIT ?)
            """, .integer(time), .int(limit))
    }

    private static func record(_ row: Row) throws(StoreError) -> TaskRecord {
        guard let phase = TaskRecord.Phase(rawValue: row.integer(5)) else { throw row.corrupt("an unknown phase") }
        var task = TaskRecord(
            id: row.text(1), owner: row.text(2), context: row.text(3), state: row.text(4), phase: phase,
            createdAt: row.integer(6), statusAt: row.integer(7), run: row.integer(9), restarts: Int(row.integer(10)),
            status: row.blob(12), setup: row.blob(13), metadata: row.isNull(14) ? nil : row.blob(14))
        task.number = row.integer(0)
        task.sequence = row.integer(8)
        task.byteCount = row.integer(11)
        return task
    }
}

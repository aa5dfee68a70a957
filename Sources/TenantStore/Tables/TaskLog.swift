/// Events, messages and artifacts of tasks.
struct TaskLog {
    let connection: Connection

    func append(_ body: [UInt8], sequence: Int64, to task: Int64) throws(StoreError) {
        try connection.run(
            "INSERT INTO task_event VALUES (?, ?, ?)", .integer(task), .integer(sequence), .blob(body))
    }

    /// Events above `sequence`, in order, until their bodies have `byteLimit` bytes; at least one if there is one.
    func events(of task: Int64, after sequence: Int64, limit: Int, byteLimit: Int) throws(StoreError)
        -> [TaskEventRecord]
    {
        var byteCount = 0
        var result: [TaskEventRecord] = []
        try StoreError.only {
            try connection.forEachRow(
                "SELECT sequence, body FROM task_event WHERE task = ? AND sequence > ? ORDER BY sequence LIMIT ?",
                .integer(task), .integer(sequence), .int(limit)
            ) { row in
                let event = TaskEventRecord(sequence: row.integer(0), body: row.blob(1))
                byteCount += event.body.count
                guard result.isEmpty || byteCount <= byteLimit else { return false }
                result.append(event)
                return true
            }
        }
        return result
    }

    // MARK: Messages

    func addMessage(_ body: [UInt8], to task: Int64) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO task_message
            VALUES (?1, (SELECT ifnull(max(position), 0) + 1 FROM task_message WHERE task = ?1), ?2)
            """, .integer(task), .blob(body))
    }

    func messageCount(of task: Int64) throws(StoreError) -> Int {
        try connection.first("SELECT count(*) FROM task_message WHERE task = ?", .integer(task)) {
            Int($0.integer(0))
        } ?? 0
    }

    /// The last `limit` messages, in order.
    func messages(of task: Int64, limit: Int) throws(StoreError) -> [[UInt8]] {
        try connection.all(
            "SELECT body FROM task_message WHERE task = ? ORDER BY position DESC LIMIT ?", .integer(task), .int(limit)
        ) { $0.blob(0) }.reversed()
    }

    // MARK: Artifacts

    /// Makes an event the whole of an artifact, in the place of what it was before.
    func setArtifact(_ id: String, sequence: Int64, of task: Int64) throws(StoreError) {
        let known = try position(of: id, task: task)
        if let known {
            try connection.run(
                "DELETE FROM task_artifact WHERE task = ? AND position = ?", .integer(task), .integer(known))
        }
        let next = try connection.first(
            "SELECT ifnull(max(position), 0) + 1 FROM task_artifact WHERE task = ?", .integer(task)
        ) { $0.integer(0) }
        try connection.run(
            "INSERT INTO task_artifact VALUES (?, ?, 0, ?, ?)", .integer(task), .integer(known ?? next ?? 1), .text(id),
            .integer(sequence))
    }

    /// Makes an event the next piece of a known artifact.
    /// - Returns: Whether there is such an artifact.
    func appendToArtifact(_ id: String, sequence: Int64, of task: Int64) throws(StoreError) -> Bool {
        try connection.run(
            """
            INSERT INTO task_artifact
            SELECT task, position, max(piece) + 1, id, ?3 FROM task_artifact WHERE task = ?1 AND id = ?2
            GROUP BY task, position, id
            """, .integer(task), .text(id), .integer(sequence)) == 1
    }

    func artifacts(of task: Int64) throws(StoreError) -> [TaskArtifactRecord] {
        let pieces = try connection.all(
            """
            SELECT a.id, a.piece, a.sequence, e.body FROM task_artifact a JOIN task_event e ON e.task = a.task
                AND e.sequence = a.sequence WHERE a.task = ? ORDER BY a.position, a.piece
            """, .integer(task)
        ) { (id: $0.text(0), piece: $0.integer(1), sequence: $0.integer(2), body: $0.blob(3)) }
        var result: [TaskArtifactRecord] = []
        for (id, piece, sequence, body) in pieces {
            if piece == 0 {
                result.append(TaskArtifactRecord(id: id, sequence: sequence, pieces: [body]))
            } else if let last = result.indices.last {
                result[last].pieces.append(body)
                result[last].sequence = sequence
            }
        }
        return result
    }

    private func position(of artifact: String, task: Int64) throws(StoreError) -> Int64? {
        try connection.first(
            "SELECT position FROM task_artifact WHERE task = ? AND id = ?", .integer(task), .text(artifact)
        ) { $0.integer(0) }
    }
}

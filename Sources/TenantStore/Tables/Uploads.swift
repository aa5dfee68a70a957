/// Bulk uploads by user and name.
struct Uploads {
    let connection: Connection

    private static let columns = """
        user, name, run, collection, committed_lines, is_complete, added, updated, unchanged, failed, started_at,
        updated_at
        """

    func upload(_ name: String, of user: String) throws(StoreError) -> UploadRecord? {
        try connection.first(
            "SELECT \(Self.columns) FROM upload WHERE user = ? AND name = ?", .text(user), .text(name)
        ) { Self.record($0) }
    }

    /// A user's uploads, the latest first.
    /// - Parameter position: Only those behind it.
    func all(of user: String, after position: UploadPosition? = nil, limit: Int) throws(StoreError) -> [UploadRecord] {
        let last = position ?? UploadPosition(updatedAt: .max, name: "")
        return try connection.all(
            """
            SELECT \(Self.columns) FROM upload
            WHERE user = ?1 AND (updated_at < ?2 OR (updated_at = ?2 AND name > ?3))
            ORDER BY updated_at DESC, name LIMIT ?4
            """, .text(user), .integer(last.updatedAt), .text(last.name), .int(limit)
        ) { Self.record($0) }
    }

    /// Begins a run: from line one anew, from a later line with what was counted so far.
    func begin(_ name: String, of user: String, collection: String, after line: Int, at time: Int64)
        throws(StoreError)
    {
        try connection.run(
            """
            INSERT INTO upload VALUES (?1, ?2, 1, ?3, ?4, 0, 0, 0, 0, 0, ?5, ?5)
            ON CONFLICT DO UPDATE SET run = run + 1, collection = ?3, committed_lines = ?4, is_complete = 0,
                added = iif(?4 = 0, 0, added), updated = iif(?4 = 0, 0, updated),
                unchanged = iif(?4 = 0, 0, unchanged), failed = iif(?4 = 0, 0, failed),
                started_at = iif(?4 = 0, ?5, started_at), updated_at = ?5
            """,
            .text(user), .text(name), .text(collection), .int(line), .integer(time))
    }

    /// - Returns: Whether the run is still the newest.
    func record(_ progress: UploadProgress, at time: Int64) throws(StoreError) -> Bool {
        try connection.run(
            """
            UPDATE upload SET committed_lines = ?, is_complete = ?, added = added + ?, updated = updated + ?,
                unchanged = unchanged + ?, failed = failed + ?, updated_at = ?
            WHERE user = ? AND name = ? AND run = ?
            """,
            .int(progress.committedLines), .int(progress.isComplete ? 1 : 0), .int(progress.counts.added),
            .int(progress.counts.updated), .int(progress.counts.unchanged), .int(progress.counts.failed),
            .integer(time), .text(progress.user), .text(progress.name), .integer(progress.run)) == 1
    }

    /// Forgets uploads not touched since `time`, and the oldest of more than `limit`.
    func purge(untouchedSince time: Int64, keeping limit: Int) throws(StoreError) {
        try connection.run("DELETE FROM upload WHERE updated_at < ?", .integer(time))
        let count = try connection.first("SELECT count(*) FROM upload") { $0.integer(0) } ?? 0
        guard count > Int64(limit) else { return }
        try connection.run(
            """
            DELETE FROM upload WHERE (user, name) IN
                (SELECT user, name FROM upload ORDER BY updated_at, user, name LIMIT ?)
            """, .integer(count - Int64(limit)))
    }

    private static func record(_ row: Row) -> UploadRecord {
        UploadRecord(
            user: row.text(0), name: row.text(1), run: row.integer(2), collection: row.text(3),
            committedLines: Int(row.integer(4)), isComplete: row.integer(5) != 0,
            counts: UploadCounts(
                added: Int(row.integer(6)), updated: Int(row.integer(7)), unchanged: Int(row.integer(8)),
                failed: Int(row.integer(9))),
            startedAt: row.integer(10), updatedAt: row.integer(11))
    }
}

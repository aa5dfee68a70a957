/// Queries of collections and the judgments of their documents.
struct Judgments {
    let connection: Connection

    // MARK: Reading

    /// Queries by the bytes of their ids, each with its judgments.
    /// - Parameters:
    ///   - id: Only those behind it.
    ///   - judgmentLimit: The page ends behind the query that brings so many judgments.
    func page(
        in collection: UInt32, after id: String?, limit: Int, judgmentLimit: Int
    ) throws(StoreError) -> [JudgedQueryRecord] {
        var found: [JudgedQueryRecord] = []
        var count = 0
        // No id is empty.
        let queries = try connection.all(
            "SELECT id, text FROM judged_query WHERE collection = ? AND id > ? ORDER BY id LIMIT ?",
            .int(collection), .text(id ?? ""), .int(limit)
        ) { JudgedQueryRecord(id: $0.text(0), text: $0.text(1)) }
        for var query in queries {
            query.judgments = try judgments(of: query.id, in: collection)
            count += query.judgments.count
            found.append(query)
            if count >= judgmentLimit { break }
        }
        return found
    }

    func query(_ id: String, in collection: UInt32) throws(StoreError) -> JudgedQueryRecord? {
        let text = try connection.first(
            "SELECT text FROM judged_query WHERE collection = ? AND id = ?", .int(collection), .text(id)
        ) { $0.text(0) }
        guard let text else { return nil }
        return JudgedQueryRecord(id: id, text: text, judgments: try judgments(of: id, in: collection))
    }

    private func judgments(of query: String, in collection: UInt32) throws(StoreError) -> [JudgmentRecord] {
        try connection.all(
            """
            SELECT document, grade, user, judged_at FROM judgment WHERE collection = ? AND query = ? ORDER BY document
            """, .int(collection), .text(query)
        ) {
            JudgmentRecord(
                document: $0.text(0), grade: Int($0.integer(1)), user: $0.text(2), judgedAt: $0.integer(3))
        }
    }

    /// - Complexity: O(judgments of the collection).
    func count(in collection: UInt32) throws(StoreError) -> JudgmentCount {
        JudgmentCount(
            queries: try count("SELECT count(*) FROM judged_query WHERE collection = ?", collection),
            judgments: try count("SELECT count(*) FROM judgment WHERE collection = ?", collection))
    }

    private func count(_ sql: String, _ collection: UInt32) throws(StoreError) -> Int {
        try connection.first(sql, .int(collection)) { Int($0.integer(0)) } ?? 0
    }

    /// The latest time of a judgment; 0 for none.
    func lastTime(in collection: UInt32) throws(StoreError) -> Int64 {
        try connection.first("SELECT max(judged_at) FROM judgment WHERE collection = ?", .int(collection)) {
            $0.integer(0)
        } ?? 0
    }

    // MARK: Writing

    /// - Returns: Whether the query is known then; one without a text must be known before.
    func apply(_ change: JudgmentChange, in collection: UInt32, by user: String, at time: Int64)
        throws(StoreError) -> Bool
    {
        if let text = change.text {
            try connection.run(
                "INSERT INTO judged_query VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET text = ?3",
                .int(collection), .text(change.query), .text(text))
        } else {
            let known = try connection.first(
                "SELECT 1 FROM judged_query WHERE collection = ? AND id = ?", .int(collection), .text(change.query)
            ) { $0.integer(0) }
            guard known != nil else { return false }
        }
        for (document, grade) in change.grades {
            if let grade {
                try connection.run(
                    """
                    INSERT INTO judgment VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                    ON CONFLICT DO UPDATE SET grade = ?4, user = ?5, judged_at = ?6
                    """, .int(collection), .text(change.query), .text(document), .int(grade), .text(user),
                    .integer(time))
            } else {
                try connection.run(
                    "DELETE FROM judgment WHERE collection = ? AND query = ? AND document = ?", .int(collection),
                    .text(change.query), .text(document))
            }
        }
        return true
    }

    /// Forgets one query with its judgments, or all of a collection.
    /// - Returns: How many queries there were.
    func delete(_ query: String?, in collection: UInt32) throws(StoreError) -> Int {
        guard let query else {
            return try connection.run("DELETE FROM judged_query WHERE collection = ?", .int(collection))
        }
        return try connection.run(
            "DELETE FROM judged_query WHERE collection = ? AND id = ?", .int(collection), .text(query))
    }
}

import IndexCore

/// How far each collection is embedded in each space.
///
/// The embedder's queue is a query over passages without a vector. Two facts keep it cheap: counts say at once that
/// nothing waits, and since ids only grow and a live passage never loses its vector, a mark below which everything is
/// embedded or parked stays true. The query starts there.
struct EmbeddingProgress {
    let connection: Connection

    struct Record {
        var vectors: Int
        var parked: Int
        /// Every live passage with a smaller id has a vector or is parked; up to 2^32.
        var completeBefore: Int64
    }

    func record(_ collection: UInt32, _ space: VectorSpace) throws(StoreError) -> Record? {
        try connection.first(
            "SELECT vectors, parked, complete_before FROM embedding_progress WHERE collection = ? AND space = ?",
            .int(collection), .integer(space.id)
        ) { Record(vectors: Int($0.integer(0)), parked: Int($0.integer(1)), completeBefore: max(0, $0.integer(2))) }
    }

    func count(vectors: Int, parked: Int, _ collection: UInt32, _ space: VectorSpace) throws(StoreError) {
        if vectors == 0, parked == 0 { return }
        let update =
            "UPDATE embedding_progress SET vectors = vectors + ?, parked = parked + ? WHERE collection = ? AND space = ?"
        for _ in 0..<2 {
            let changed = try connection.run(
                update, .int(vectors), .int(parked), .int(collection), .integer(space.id))
            if changed == 1 { return }
            try register(collection, space)
        }
    }

    /// Makes the collection known in the space, so that its failures are found again.
    func register(_ collection: UInt32, _ space: VectorSpace) throws(StoreError) {
        try connection.run(
            "INSERT INTO embedding_progress (collection, space) VALUES (?, ?) ON CONFLICT DO NOTHING",
            .int(collection), .integer(space.id))
    }

    /// Makes the collection unknown in the space.
    func forget(_ collection: UInt32, _ space: VectorSpace) throws(StoreError) {
        try connection.run(
            "DELETE FROM embedding_progress WHERE collection = ? AND space = ?", .int(collection), .integer(space.id))
    }

    /// Moves the mark over at most `limit` passages that need nothing any more.
    func advance(_ collection: UInt32, _ space: VectorSpace, limit: Int) throws(StoreError) {
        guard let record = try record(collection, space) else { return }
        let keys = PassageKey.all(of: collection)
        var next = record.completeBefore
        let seen = try connection.all(
            """
            SELECT p.key, EXISTS (SELECT 1 FROM vector v WHERE v.key = ?1 + p.key)
                OR EXISTS (SELECT 1 FROM embedding_failure f WHERE f.key = ?1 + p.key AND f.attempts >= ?2)
            FROM passage p WHERE p.key BETWEEN ?3 AND ?4 ORDER BY p.key LIMIT ?5
            """,
            .integer(space.id << 56), .int(TenantWriter.parkingAttempts), .integer(keys.lowerBound + next),
            .integer(keys.upperBound), .int(limit)
        ) { (id: Int64(PassageKey(rawValue: $0.integer(0)).id.rawValue), isDone: $0.integer(1) != 0) }
        for passage in seen {
            guard passage.isDone else { break }
            next = passage.id + 1
        }
        guard next != record.completeBefore else { return }
        try connection.run(
            "UPDATE embedding_progress SET complete_before = ? WHERE collection = ? AND space = ?",
            .integer(next), .int(collection), .integer(space.id))
    }

    /// Passages of `collection` from `first` on that wait for a vector, in id order.
    func pending(
        in collection: UInt32, space: VectorSpace?, from first: Int64, _ body: (PendingPassage) -> Bool
    ) throws(StoreError) {
        try StoreError.only {
            try connection.forEachRow(
                """
                SELECT p.key, p.position, d.title, p.text, p.heading
                FROM passage p CROSS JOIN document d ON d.key = p.key - p.position
                WHERE p.key BETWEEN ?3 AND ?4
                    AND NOT EXISTS (SELECT 1 FROM vector v WHERE v.key = ?1 + p.key)
                    AND NOT EXISTS (SELECT 1 FROM embedding_failure f WHERE f.key = ?1 + p.key AND f.attempts >= ?2)
                ORDER BY p.key
                """,
                // Without a space there are no vectors: no key lies in space 0.
                .integer((space?.id ?? 0) << 56), .int(TenantWriter.parkingAttempts), .integer(first),
                .integer(PassageKey.all(of: collection).upperBound)
            ) { row in
                let id = PassageKey(rawValue: row.integer(0)).id
                let document = try Passages.documentID(of: id, position: try row.uint32(1), row)
                return body(
                    PendingPassage(
                        collection: collection, id: id, document: document, title: row.text(2),
                        heading: row.isNull(4) ? nil : row.text(4), text: row.text(3)))
            }
        }
    }
}

/// Texts the embedder refused, keyed as vectors.
struct EmbeddingFailures {
    let connection: Connection

    /// Counts a refusal; the number of attempts so far.
    func record(_ key: PassageKey, space: VectorSpace, reason: String) throws(StoreError) -> Int {
        let attempts = try connection.first(
            """
            INSERT INTO embedding_failure (key, attempts, reason) VALUES (?1, 1, ?2)
            ON CONFLICT DO UPDATE SET attempts = attempts + 1, reason = ?2 RETURNING attempts
            """, .integer(key.inSpace(space.id)), .text(reason)
        ) { Int($0.integer(0)) }
        return attempts ?? 0
    }

    /// Forgets failures; the number of parked passages among them.
    func delete(_ keys: ClosedRange<Int64>, space: VectorSpace) throws(StoreError) -> Int {
        let keys = keys.inSpace(space.id)
        let parked = try connection.first(
            "SELECT count(*) FROM embedding_failure WHERE key BETWEEN ? AND ? AND attempts >= ?",
            .integer(keys.lowerBound), .integer(keys.upperBound), .int(TenantWriter.parkingAttempts)
        ) { Int($0.integer(0)) }
        try connection.run(
            "DELETE FROM embedding_failure WHERE key BETWEEN ? AND ?", .integer(keys.lowerBound),
            .integer(keys.upperBound))
        return parked ?? 0
    }

    /// The parked ones among these passages.
    func parked(_ keys: ClosedRange<Int64>, space: VectorSpace) throws(StoreError) -> [PassageID] {
        let keys = keys.inSpace(space.id)
        return try connection.all(
            "SELECT key FROM embedding_failure WHERE key BETWEEN ? AND ? AND attempts >= ?",
            .integer(keys.lowerBound), .integer(keys.upperBound), .int(TenantWriter.parkingAttempts)
        ) { PassageID(UInt32(truncatingIfNeeded: $0.integer(0))) }
    }
}

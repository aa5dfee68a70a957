import IndexCore

/// Passages: the only copy of every text.
struct Passages {
    let connection: Connection

    func insert(
        _ passage: NewPassage, key: PassageKey, position: Int, sequence: Int64
    ) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO passage (key, position, sequence, scalar_start, scalar_end, text_hash, text, page, heading)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .integer(key.rawValue), .int(position), .integer(sequence), .int(passage.start), .int(passage.end),
            .blob(passage.textHash), .text(passage.text), .optional(passage.page.map { Int64($0) }),
            passage.heading.map { .text($0) } ?? .null)
    }

    func delete(_ keys: ClosedRange<Int64>) throws(StoreError) -> Int {
        try connection.run(
            "DELETE FROM passage WHERE key BETWEEN ? AND ?", .integer(keys.lowerBound), .integer(keys.upperBound))
    }

    private static let byKey =
        "SELECT key, position, scalar_start, scalar_end, text, page, heading FROM passage WHERE key = ?"

    func passage(_ key: PassageKey) throws(StoreError) -> StoredPassage? {
        try connection.first(Self.byKey, .integer(key.rawValue)) { row throws(StoreError) in try Self.record(row) }
    }

    /// The passages of these keys, in their order; those that are gone are left out.
    func passages(_ keys: [PassageKey]) throws(StoreError) -> [StoredPassage] {
        try connection.first(Self.byKey, forEach: keys, { .integer($0.rawValue) }) { row throws(StoreError) in
            try Self.record(row)
        }
    }

    private static let withDocument =
        """
        SELECT p.key, p.position, p.scalar_start, p.scalar_end, p.text, p.page, p.heading, \(
            Documents.columns.split(separator: ", ").map { "d.\($0)" }.joined(separator: ", "))
        FROM passage p CROSS JOIN document d ON d.key = p.key - p.position WHERE p.key = ?
        """

    /// The passages of these keys with their documents, in their order; those that are gone are left out.
    ///
    /// One statement for both rows costs less than two.
    func passagesWithDocuments(
        _ keys: [PassageKey]
    ) throws(StoreError) -> [(passage: StoredPassage, document: StoredDocument)] {
        try connection.first(Self.withDocument, forEach: keys, { .integer($0.rawValue) }) { row throws(StoreError) in
            (try Self.record(row), try Documents.record(row, from: 7))
        }
    }

    private static let names =
        """
        SELECT p.key, p.scalar_start, p.scalar_end, p.page, p.heading, d.id, d.title
        FROM passage p CROSS JOIN document d ON d.key = p.key - p.position WHERE p.key = ?
        """

    /// What names these passages, in their order; those that are gone are left out.
    func names(_ keys: [PassageKey]) throws(StoreError) -> [PassageName] {
        try connection.first(Self.names, forEach: keys, { .integer($0.rawValue) }) { row throws(StoreError) in
            PassageName(
                id: PassageKey(rawValue: row.integer(0)).id, start: Int(try row.uint32(1)),
                end: Int(try row.uint32(2)), page: row.optionalInteger(3).map { Int(clamping: $0) },
                heading: row.isNull(4) ? nil : row.text(4), documentID: row.text(5), title: row.text(6))
        }
    }

    /// The passage's number in its document, or nil when it is gone.
    func position(_ key: PassageKey) throws(StoreError) -> UInt32? {
        try connection.first("SELECT position FROM passage WHERE key = ?", .integer(key.rawValue)) {
            row throws(StoreError) in try row.uint32(0)
        }
    }

    /// The sequence of the last row before `id`: sequences ascend with ids.
    func lastSequence(in collection: UInt32, before id: PassageID) throws(StoreError) -> Int64 {
        try connection.first(
            "SELECT sequence FROM passage WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT 1",
            .integer(PassageKey.all(of: collection).lowerBound),
            .integer(PassageKey(collection: collection, id: id).rawValue)
        ) { $0.integer(0) } ?? 0
    }

    /// The texts joined in order.
    func text(_ keys: ClosedRange<Int64>) throws(StoreError) -> (text: String, passageCount: Int) {
        let parts = try connection.all(
            "SELECT text FROM passage WHERE key BETWEEN ? AND ? ORDER BY key",
            .integer(keys.lowerBound), .integer(keys.upperBound)
        ) { $0.text(0) }
        return (parts.joined(), parts.count)
    }

    /// Every passage of a collection from `first` on, in id order, with its document's title.
    func forEach(
        in collection: UInt32, from first: Int64, _ body: (StoredPassage, String) throws -> Bool
    ) throws {
        try connection.forEachRow(
            """
            SELECT p.key, p.position, p.scalar_start, p.scalar_end, p.text, p.page, p.heading, d.title
            FROM passage p CROSS JOIN document d ON d.key = p.key - p.position
            WHERE p.key BETWEEN ? AND ? ORDER BY p.key
            """,
            .integer(first), .integer(PassageKey.all(of: collection).upperBound)
        ) { row in try body(try Self.record(row), row.text(7)) }
    }

    static func record(_ row: Row) throws(StoreError) -> StoredPassage {
        let id = PassageKey(rawValue: row.integer(0)).id
        return StoredPassage(
            id: id, document: try documentID(of: id, position: try row.uint32(1), row), start: Int(try row.uint32(2)),
            end: Int(try row.uint32(3)), text: row.text(4), page: row.optionalInteger(5).map { Int(clamping: $0) },
            heading: row.isNull(6) ? nil : row.text(6))
    }

    /// A document is named by its first passage.
    static func documentID(of id: PassageID, position: UInt32, _ row: Row) throws(StoreError) -> PassageID {
        let (first, overflow) = id.rawValue.subtractingReportingOverflow(position)
        guard !overflow else { throw row.corrupt("a passage position is out of range") }
        return PassageID(first)
    }
}

import IndexCore

/// Document versions, without their text.
struct Documents {
    let connection: Connection

    static let columns =
        "key, id, passage_count, title, metadata, content_hash, sequence, updated_at"

    func document(_ id: String, in collection: UInt32) throws(StoreError) -> StoredDocument? {
        try connection.first(
            "SELECT \(Self.columns) FROM document WHERE collection = ? AND id = ?", .int(collection), .text(id)
        ) { row throws(StoreError) in try Self.record(row) }
    }

    private static let byKey = "SELECT \(columns) FROM document WHERE key = ?"

    func document(_ key: PassageKey) throws(StoreError) -> StoredDocument? {
        try connection.first(Self.byKey, .integer(key.rawValue)) { row throws(StoreError) in try Self.record(row) }
    }

    /// The documents of these keys, in their order; those that are gone are left out.
    func documents(_ keys: [PassageKey]) throws(StoreError) -> [StoredDocument] {
        try connection.first(Self.byKey, forEach: keys, { .integer($0.rawValue) }) { row throws(StoreError) in
            try Self.record(row)
        }
    }

    /// Documents of one collection by id, after `id`.
    func page(in collection: UInt32, after id: String?, limit: Int) throws(StoreError) -> [StoredDocument] {
        // No id is empty, so every id is greater than the empty text.
        try connection.all(
            "SELECT \(Self.columns) FROM document WHERE collection = ? AND id > ? ORDER BY id LIMIT ?",
            .int(collection), .text(id ?? ""), .int(limit)
        ) { row throws(StoreError) in try Self.record(row) }
    }

    /// The id of a document.
    func id(_ key: PassageKey) throws(StoreError) -> String? {
        try connection.first("SELECT id FROM document WHERE key = ?", .integer(key.rawValue)) { $0.text(0) }
    }

    /// What columns are made of, for every document of a collection in the order of keys.
    func forEachMetadata(in collection: UInt32, _ body: (DocumentMetadata) throws -> Void) throws {
        let keys = PassageKey.all(of: collection)
        try connection.forEachRow(
            "SELECT key, passage_count, metadata FROM document WHERE key BETWEEN ? AND ? ORDER BY key",
            .integer(keys.lowerBound), .integer(keys.upperBound)
        ) { row in
            try body(
                DocumentMetadata(
                    firstPassage: PassageKey(rawValue: row.integer(0)).id, passageCount: Int(try row.uint32(1)),
                    metadata: row.blob(2)))
            return true
        }
    }

    func insert(_ document: NewDocument, key: PassageKey, sequence: Int64) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO document (key, collection, id, passage_count, sequence, updated_at, content_hash, title, metadata)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .integer(key.rawValue), .int(key.collection), .text(document.id), .int(document.passages.count),
            .integer(sequence), .integer(document.updatedAt), .blob(document.contentHash), .text(document.title),
            .blob(document.metadata))
    }

    func delete(_ key: PassageKey) throws(StoreError) {
        guard try connection.run("DELETE FROM document WHERE key = ?", .integer(key.rawValue)) == 1 else {
            throw .notFound(.document(key))
        }
    }

    func deleteAll(in collection: UInt32) throws(StoreError) {
        let keys = PassageKey.all(of: collection)
        try connection.run(
            "DELETE FROM document WHERE key BETWEEN ? AND ?", .integer(keys.lowerBound), .integer(keys.upperBound))
    }

    /// The document of a row whose columns from `first` on are ``columns``.
    static func record(_ row: Row, from first: Int32 = 0) throws(StoreError) -> StoredDocument {
        let key = PassageKey(rawValue: row.integer(first))
        let passageCount = try row.uint32(first + 2)
        guard passageCount > 0, !key.id.rawValue.addingReportingOverflow(passageCount - 1).overflow else {
            throw row.corrupt("a passage count is out of range")
        }
        return StoredDocument(
            collection: key.collection, id: row.text(first + 1), firstPassage: key.id, passageCount: Int(passageCount),
            title: row.text(first + 3), metadata: row.blob(first + 4), contentHash: row.blob(first + 5),
            sequence: row.integer(first + 6), updatedAt: row.integer(first + 7))
    }
}

extension StoredDocument {
    /// The row keys of its passages.
    var passageKeys: ClosedRange<Int64> {
        let first = key.rawValue
        return first...(first + Int64(max(passageCount, 1) - 1))
    }
}

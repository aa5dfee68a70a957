import CSQLite

/// The collections of a tenant and their counts.
struct Collections {
    let connection: Connection

    private static let selection = """
        SELECT id, name, passage_mode, title_weight, next_passage, document_count, passage_count, wanted, indexed
        FROM collection LEFT JOIN collection_settings ON collection = id
        """

    /// All collections by name.
    func all() throws(StoreError) -> [CollectionRecord] {
        try connection.all("\(Self.selection) ORDER BY name") { row throws(StoreError) in
            try Self.record(row)
        }
    }

    func record(_ id: UInt32) throws(StoreError) -> CollectionRecord? {
        try connection.first("\(Self.selection) WHERE id = ?", .int(id)) {
            row throws(StoreError) in
            try Self.record(row)
        }
    }

    func create(name: String, passageMode: PassageMode, titleWeight: Int) throws(StoreError) -> CollectionRecord {
        let taken = try connection.first("SELECT 1 FROM collection WHERE name = ?", .text(name)) { $0.integer(0) }
        guard taken == nil else { throw .alreadyExists(.collection(name: name)) }
        let last = try connection.first("SELECT max(seq) FROM sqlite_sequence WHERE name = 'collection'") {
            $0.integer(0)
        }
        guard (last ?? 0) < Int64(PassageKey.maximumCollection) else { throw .tooMany(.collection(name: name)) }
        try connection.run(
            "INSERT INTO collection (name, passage_mode, title_weight) VALUES (?, ?, ?)",
            .text(name), .text(passageMode.rawValue), .int(titleWeight))
        guard let record = try record(UInt32(truncatingIfNeeded: sqlite3_last_insert_rowid(connection.handle))) else {
            throw connection.corruptRow("a collection vanished")
        }
        return record
    }

    func drop(_ id: UInt32) throws(StoreError) {
        guard try connection.run("DELETE FROM collection WHERE id = ?", .int(id)) == 1 else {
            throw .notFound(.collectionID(id))
        }
    }

    func count(documents: Int, passages: Int, in id: UInt32) throws(StoreError) {
        let changed = try connection.run(
            """
            UPDATE collection SET document_count = document_count + ?, passage_count = passage_count + ? WHERE id = ?
            """, .int(documents), .int(passages), .int(id))
        guard changed == 1 else { throw .notFound(.collectionID(id)) }
    }

    /// Ids are never given out twice, so the number only grows.
    func setNextPassage(_ next: UInt32, in id: UInt32) throws(StoreError) {
        let changed = try connection.run(
            "UPDATE collection SET next_passage = ?1 WHERE id = ?2 AND next_passage <= ?1", .int(next), .int(id))
        guard changed == 1 else {
            guard try record(id) != nil else { throw .notFound(.collectionID(id)) }
            throw .misuse("setNextPassage: passage ids never go back")
        }
    }

    func save(_ settings: StoredSettings, of id: UInt32) throws(StoreError) {
        guard try record(id) != nil else { throw .notFound(.collectionID(id)) }
        try connection.run(
            """
            INSERT INTO collection_settings VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET wanted = ?2, indexed = ?3
            """, .int(id), .text(settings.wanted), .text(settings.indexed))
    }

    private static func record(_ row: Row) throws(StoreError) -> CollectionRecord {
        guard let mode = PassageMode(rawValue: row.text(2)) else { throw row.corrupt("an unknown passage mode") }
        return CollectionRecord(
            id: try row.uint32(0), name: row.text(1), passageMode: mode, titleWeight: Int(row.integer(3)),
            nextPassage: try row.uint32(4), documentCount: Int(row.integer(5)), passageCount: Int(row.integer(6)),
            settings: row.isNull(7) ? nil : StoredSettings(wanted: row.text(7), indexed: row.text(8)))
    }
}

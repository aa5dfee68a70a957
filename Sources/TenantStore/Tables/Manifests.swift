import IndexCore

/// The manifests of collections, a row each, and a row for each of their files.
struct Manifests {
    let connection: Connection

    func manifest(of collection: UInt32, engine: IndexEngine) throws(StoreError) -> Manifest? {
        let found = try connection.first(
            "SELECT sequence, next_passage, settings FROM manifest WHERE collection = ? AND engine = ? AND space = 0",
            .int(collection), .text(engine.rawValue)
        ) { row throws(StoreError) in
            Manifest(
                sequence: row.integer(0), nextPassage: try row.uint32(1), settings: UInt64(bitPattern: row.integer(2)),
                files: [])
        }
        guard var manifest = found else { return nil }
        manifest.files = try connection.all(
            """
            SELECT name, byte_count, passage_count, first_passage, last_passage FROM manifest_file
            WHERE collection = ? AND engine = ? AND space = 0 ORDER BY first_passage, name
            """, .int(collection), .text(engine.rawValue)
        ) { row throws(StoreError) in
            let (first, last) = (try row.uint32(3), try row.uint32(4))
            guard first <= last else { throw row.corrupt("a manifest file's passages are out of order") }
            return ManifestFile(
                name: row.text(0), byteCount: Int(row.integer(1)), passageCount: Int(row.integer(2)),
                passages: first...last)
        }
        return manifest
    }

    /// Puts a manifest in the place of the one before.
    func save(_ manifest: Manifest, of collection: UInt32, engine: IndexEngine) throws(StoreError) {
        let (id, engine) = (Binding.int(collection), Binding.text(engine.rawValue))
        try connection.run("DELETE FROM manifest WHERE collection = ? AND engine = ? AND space = 0", id, engine)
        try connection.run(
            "INSERT INTO manifest VALUES (?, ?, 0, ?, ?, ?)", id, engine, .integer(manifest.sequence),
            .int(manifest.nextPassage), .integer(Int64(bitPattern: manifest.settings)))
        for file in manifest.files {
            try connection.run(
                "INSERT INTO manifest_file VALUES (?, ?, 0, ?, ?, ?, ?, ?)", id, engine, .text(file.name),
                .int(file.byteCount), .int(file.passageCount), .int(file.passages.lowerBound),
                .int(file.passages.upperBound))
        }
    }
}

extension Manifests {
    /// Forgets the files of every engine of one space.
    func delete(of collection: UInt32, space: VectorSpace) throws(StoreError) {
        try connection.run(
            "DELETE FROM manifest WHERE collection = ? AND space = ?", .int(collection), .integer(space.id))
    }
}

/// Manifests of index files.
extension TenantWriter {
    /// Puts a collection's manifest in the place of the one before; the sequence stays as it is.
    public func saveManifest(_ manifest: Manifest, of collection: UInt32, engine: IndexEngine) throws(StoreError) {
        guard connection.isInTransaction else { throw .notInTransaction }
        try Manifests(connection: connection).save(manifest, of: collection, engine: engine)
    }

    /// What the files of `engine` hold of a collection; nil where it has none.
    public func manifest(of collection: UInt32, engine: IndexEngine) throws(StoreError) -> Manifest? {
        try Manifests(connection: connection).manifest(of: collection, engine: engine)
    }

    /// The change with which the last passage with an id below `id` arrived; 0 where there is none.
    public func sequence(ofPassagesBefore id: UInt32, in collection: UInt32) throws(StoreError) -> Int64 {
        try Passages(connection: connection).lastSequence(in: collection, before: PassageID(id))
    }
}

extension TenantReader {
    /// What the files of `engine` hold of a collection; nil where it has none.
    public func manifest(of collection: UInt32, engine: IndexEngine) throws(StoreError) -> Manifest? {
        try Manifests(connection: connection).manifest(of: collection, engine: engine)
    }
}

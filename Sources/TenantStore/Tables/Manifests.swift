import IndexCore

/// The manifests of collections, a row each, and a row for each of their files.
struct Manifests {
    let connection: Connection

    /// - Parameter space: The number of a vector space, 0 for an engine that has none.
    func manifest(of collection: UInt32, engine: IndexEngine, space: Int64) throws(StoreError) -> Manifest? {
        let found = try connection.first(
            "SELECT sequence, next_passage, settings FROM manifest WHERE collection = ? AND engine = ? AND space = ?",
            .int(collection), .text(engine.rawValue), .integer(space)
        ) { row throws(StoreError) in
            Manifest(
                sequence: row.integer(0), nextPassage: try row.uint32(1), settings: UInt64(bitPattern: row.integer(2)),
                files: [])
        }
        guard var manifest = found else { return nil }
        manifest.files = try connection.all(
            """
            SELECT name, byte_count, passage_count, first_passage, last_passage FROM manifest_file
            WHERE collection = ? AND engine = ? AND space = ? ORDER BY first_passage, name
            """, .int(collection), .text(engine.rawValue), .integer(space)
        ) { row throws(StoreError) in
            let (first, last) = (try row.uint32(3), try row.uint32(4))
            guard first <= last else { throw row.corrupt("a manifest file's passages are out of order") }
            return ManifestFile(
                name: row.text(0), byteCount: Int(row.integer(1)), passageCount: Int(row.integer(2)),
                passages: first...last)
        }
        return manifest
    }

    /// The names of all files of a collection.
    func fileNames(of collection: UInt32) throws(StoreError) -> [String] {
        try connection.all("SELECT name FROM manifest_file WHERE collection = ?", .int(collection)) { $0.text(0) }
    }

    /// Puts a manifest in the place of the one before.
    func save(_ manifest: Manifest, of collection: UInt32, engine: IndexEngine, space: Int64) throws(StoreError) {
        let (id, name, number) = (Binding.int(collection), Binding.text(engine.rawValue), Binding.integer(space))
        try remove(of: collection, engine: engine, space: space)
        try connection.run(
            "INSERT INTO manifest VALUES (?, ?, ?, ?, ?, ?)", id, name, number, .integer(manifest.sequence),
            .int(manifest.nextPassage), .integer(Int64(bitPattern: manifest.settings)))
        for file in manifest.files {
            try connection.run(
                "INSERT INTO manifest_file VALUES (?, ?, ?, ?, ?, ?, ?, ?)", id, name, number, .text(file.name),
                .int(file.byteCount), .int(file.passageCount), .int(file.passages.lowerBound),
                .int(file.passages.upperBound))
        }
    }

    func remove(of collection: UInt32, engine: IndexEngine, space: Int64) throws(StoreError) {
        try connection.run(
            "DELETE FROM manifest WHERE collection = ? AND engine = ? AND space = ?", .int(collection),
            .text(engine.rawValue), .integer(space))
    }

    /// The number a manifest has for a space by name; nil where there is no such space.
    func number(of space: String?) throws(StoreError) -> Int64? {
        guard let space else { return 0 }
        return try VectorSpaces(connection: connection).space(named: space)?.id
    }
}

/// Manifests of index files.
extension TenantWriter {
    /// Puts a collection's manifest in the place of the one before; the sequence stays as it is.
    /// - Parameter space: The vector space, for the engine that has some.
    /// - Throws: ``StoreError/misuse(_:)`` where there is no such space.
    public func saveManifest(
        _ manifest: Manifest, of collection: UInt32, engine: IndexEngine, space: String? = nil
    ) throws(StoreError) {
        guard connection.isInTransaction else { throw .notInTransaction }
        let manifests = Manifests(connection: connection)
        guard let number = try manifests.number(of: space) else { throw .misuse("saveManifest: no such space") }
        try manifests.save(manifest, of: collection, engine: engine, space: number)
    }

    /// Forgets a collection's manifest, and with it its files.
    public func removeManifest(
        of collection: UInt32, engine: IndexEngine, space: String? = nil
    ) throws(StoreError) {
        guard connection.isInTransaction else { throw .notInTransaction }
        let manifests = Manifests(connection: connection)
        guard let number = try manifests.number(of: space) else { return }
        try manifests.remove(of: collection, engine: engine, space: number)
    }

    /// What the files of `engine` hold of a collection; nil where it has none.
    public func manifest(
        of collection: UInt32, engine: IndexEngine, space: String? = nil
    ) throws(StoreError) -> Manifest? {
        let manifests = Manifests(connection: connection)
        guard let number = try manifests.number(of: space) else { return nil }
        return try manifests.manifest(of: collection, engine: engine, space: number)
    }

    /// The change with which the last passage with an id below `id` arrived; 0 where there is none.
    public func sequence(ofPassagesBefore id: UInt32, in collection: UInt32) throws(StoreError) -> Int64 {
        try Passages(connection: connection).lastSequence(in: collection, before: PassageID(id))
    }
}

extension TenantReader {
    /// What the files of `engine` hold of a collection; nil where it has none.
    /// - Parameter space: The vector space, for the engine that has some.
    public func manifest(
        of collection: UInt32, engine: IndexEngine, space: String? = nil
    ) throws(StoreError) -> Manifest? {
        let manifests = Manifests(connection: connection)
        guard let number = try manifests.number(of: space) else { return nil }
        return try manifests.manifest(of: collection, engine: engine, space: number)
    }

    /// The names of all files that a manifest of the collection names.
    public func indexFileNames(of collection: UInt32) throws(StoreError) -> [String] {
        try Manifests(connection: connection).fileNames(of: collection)
    }
}

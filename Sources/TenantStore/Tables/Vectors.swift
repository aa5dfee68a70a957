import IndexCore

/// Vectors as Float32 blobs, little-endian.
struct Vectors {
    let connection: Connection

    /// Adds a vector unless its passage has one; says whether it did.
    func insert(
        _ data: Binding, space: VectorSpace, key: PassageKey, position: UInt32, sequence: Int64
    ) throws(StoreError) -> Bool {
        try connection.run(
            "INSERT INTO vector (key, position, sequence, data) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            .integer(key.inSpace(space.id)), .int(position), .integer(sequence), data) == 1
    }

    /// - Parameter keys: Passage keys, without the space.
    func delete(_ keys: ClosedRange<Int64>, space: VectorSpace) throws(StoreError) -> Int {
        let keys = keys.inSpace(space.id)
        return try connection.run(
            "DELETE FROM vector WHERE key BETWEEN ? AND ?", .integer(keys.lowerBound), .integer(keys.upperBound))
    }

    /// The vectors of one document version by the hash of their texts, each list in passage order.
    func byTextHash(_ document: StoredDocument, space: VectorSpace) throws(StoreError) -> [[UInt8]: [[UInt8]]] {
        var vectors: [[UInt8]: [[UInt8]]] = [:]
        let keys = document.passageKeys
        _ = try connection.all(
            """
            SELECT p.text_hash, v.data FROM passage p CROSS JOIN vector v ON v.key = ?1 + p.key
            WHERE p.key BETWEEN ?2 AND ?3 ORDER BY p.key
            """,
            .integer(space.id << 56), .integer(keys.lowerBound), .integer(keys.upperBound)
        ) { row throws(StoreError) in
            try Self.checkLength(row, column: 1, space: space)
            vectors[row.blob(0), default: []].append(row.blob(1))
        }
        return vectors
    }

    /// Every vector of a collection in id order; the bytes are valid during the call.
    func forEach(
        in collection: UInt32, space: VectorSpace, from first: Int64,
        _ body: (PassageID, PassageID, UnsafeRawBufferPointer) throws -> Bool
    ) throws {
        let keys = PassageKey.all(of: collection).inSpace(space.id)
        try connection.forEachRow(
            "SELECT key, position, data FROM vector WHERE key BETWEEN ? AND ? ORDER BY key",
            .integer(space.id << 56 | first), .integer(keys.upperBound)
        ) { row in
            try Self.checkLength(row, column: 2, space: space)
            let id = PassageKey(rawValue: row.integer(0)).id
            let document = try Passages.documentID(of: id, position: try row.uint32(1), row)
            return try body(id, document, row.borrowedBlob(2))
        }
    }

    /// The vectors that arrived after a change, in the order of their arrival; the bytes are valid during the call.
    func forEach(
        in collection: UInt32, space: VectorSpace, newerThan sequence: Int64,
        _ body: (PassageID, PassageID, UnsafeRawBufferPointer) throws -> Bool
    ) throws {
        try connection.forEachRow(
            """
            SELECT key, position, data FROM vector INDEXED BY vector_arrival WHERE key >> 32 = ? AND sequence > ?
            ORDER BY sequence, key
            """, Self.group(collection, space), .integer(sequence)
        ) { row in
            try Self.checkLength(row, column: 2, space: space)
            let id = PassageKey(rawValue: row.integer(0)).id
            let document = try Passages.documentID(of: id, position: try row.uint32(1), row)
            return try body(id, document, row.borrowedBlob(2))
        }
    }

    /// How many vectors arrived after a change, counted up to `limit`.
    func count(in collection: UInt32, space: VectorSpace, newerThan sequence: Int64, limit: Int) throws(StoreError)
        -> Int
    {
        try connection.first(
            """
            SELECT count(*) FROM (SELECT 1 FROM vector INDEXED BY vector_arrival
            WHERE key >> 32 = ? AND sequence > ? LIMIT ?)
            """, Self.group(collection, space), .integer(sequence), .int(limit)
        ) { Int($0.integer(0)) } ?? 0
    }

    /// The passages that have a vector, in the order of arrival; no vector is read.
    func forEachID(in collection: UInt32, space: VectorSpace, _ body: (PassageID) -> Void) throws {
        try connection.forEachRow(
            "SELECT key FROM vector INDEXED BY vector_arrival WHERE key >> 32 = ? AND sequence >= 0",
            Self.group(collection, space)
        ) { row in
            body(PassageKey(rawValue: row.integer(0)).id)
            return true
        }
    }

    /// What the keys of a collection's vectors in a space begin with.
    private static func group(_ collection: UInt32, _ space: VectorSpace) -> Binding {
        .integer(space.id << 24 | Int64(collection))
    }

    private static func checkLength(_ row: Row, column: Int32, space: VectorSpace) throws(StoreError) {
        guard row.textByteCount(column) == space.dimension * 4 else {
            throw row.corrupt("a vector has the wrong length")
        }
    }
}

extension [Float] {
    /// The vector as stored.
    var littleEndianBytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count * 4) { buffer, initializedCount in
            for (index, value) in enumerated() {
                UnsafeMutableRawBufferPointer(buffer).storeBytes(
                    of: value.bitPattern.littleEndian, toByteOffset: index * 4, as: UInt32.self)
            }
            initializedCount = count * 4
        }
    }
}

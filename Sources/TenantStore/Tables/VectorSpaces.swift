/// A vector space: one embedder's vectors.
struct VectorSpace {
    let id: Int64
    let name: String
    let dimension: Int
}

/// The spaces of a tenant, numbered from 1.
struct VectorSpaces {
    let connection: Connection

    func space(named name: String) throws(StoreError) -> VectorSpace? {
        try connection.first("SELECT id, name, dimension FROM vector_space WHERE name = ?", .text(name)) {
            row throws(StoreError) in try Self.record(row)
        }
    }

    /// The spaces in which `collection` has vectors or failures.
    func spaces(of collection: UInt32) throws(StoreError) -> [VectorSpace] {
        try connection.all(
            """
            SELECT s.id, s.name, s.dimension FROM embedding_progress e JOIN vector_space s ON s.id = e.space
            WHERE e.collection = ? ORDER BY s.id
            """, .int(collection)
        ) { row throws(StoreError) in try Self.record(row) }
    }

    /// The space of this name, made with the lowest free number if there is none.
    func require(_ name: String, dimension: Int) throws(StoreError) -> VectorSpace {
        if let space = try space(named: name) {
            guard space.dimension == dimension else {
                throw .dimensionMismatch(space: name, expected: space.dimension, found: dimension)
            }
            return space
        }
        guard dimension > 0 else { throw .misuse("a vector needs at least one dimension") }
        let taken = try connection.all("SELECT id FROM vector_space ORDER BY id") { $0.integer(0) }
        let id = (1...PassageKey.maximumSpace).first { !taken.contains($0) }
        guard let id else { throw .tooMany(.vectorSpace(name: name)) }
        try connection.run(
            "INSERT INTO vector_space (id, name, dimension) VALUES (?, ?, ?)", .integer(id), .text(name),
            .int(dimension))
        return VectorSpace(id: id, name: name, dimension: dimension)
    }

    /// Forgets the spaces in which no collection has anything; their numbers may be given out again.
    func deleteUnused() throws(StoreError) {
        try connection.run("DELETE FROM vector_space WHERE id NOT IN (SELECT space FROM embedding_progress)")
    }

    private static func record(_ row: Row) throws(StoreError) -> VectorSpace {
        let (id, dimension) = (row.integer(0), Int(try row.uint32(2)))
        guard (1...PassageKey.maximumSpace).contains(id), dimension > 0 else {
            throw row.corrupt("a vector space is out of range")
        }
        return VectorSpace(id: id, name: row.text(1), dimension: dimension)
    }
}

public import IndexCore

/// Vector spaces of collections.
extension TenantWriter {
    /// Makes a space known to a collection before its first vector.
    ///
    /// A collection that has it already is left as it is.
    /// - Throws: ``StoreError/dimensionMismatch(space:expected:found:)`` where the file has a space of this name with other
    ///   vectors, ``StoreError/tooMany(_:)``.
    public func registerSpace(_ space: SpaceRecord, of collection: UInt32) throws(StoreError) {
        guard connection.isInTransaction else { throw .notInTransaction }
        let made = try VectorSpaces(connection: connection).require(space.name, dimension: space.dimension)
        try EmbeddingProgress(connection: connection).register(collection, made)
    }

    /// Deletes all that a collection has in a space; a space that no collection has any more is forgotten.
    ///
    /// Sequence grows by one.
    /// - Returns: How many vectors there were.
    /// - Complexity: O(vectors), in one transaction.
    public func dropSpace(named name: String, of collection: UInt32) throws(StoreError) -> Int {
        guard connection.isInTransaction else { throw .notInTransaction }
        guard let space = try VectorSpaces(connection: connection).space(named: name) else { return 0 }
        let keys = PassageKey.all(of: collection)
        let count = try Vectors(connection: connection).delete(keys, space: space)
        _ = try EmbeddingFailures(connection: connection).delete(keys, space: space)
        try EmbeddingProgress(connection: connection).forget(collection, space)
        try Manifests(connection: connection).remove(of: collection, engine: .hnsw, space: space.id)
        try LegHealth(connection: connection).forget(name, of: collection)
        try VectorSpaces(connection: connection).deleteUnused()
        try countChange()
        return count
    }

    /// Calls `body` with every vector of a collection in one space that arrived after change `sequence`, in the order of
    /// arrival, until it returns false; the reader's, for a turn of the writer.
    public func forEachVector(
        in collection: UInt32, space name: String, newerThan sequence: Int64,
        _ body: (_ id: PassageID, _ document: PassageID, _ bytes: UnsafeRawBufferPointer) throws -> Bool
    ) throws {
        guard let space = try VectorSpaces(connection: connection).space(named: name) else { return }
        try Vectors(connection: connection).forEach(in: collection, space: space, newerThan: sequence, body)
    }
}

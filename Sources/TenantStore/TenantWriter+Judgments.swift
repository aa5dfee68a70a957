/// Judgments of search results, by collection and query.
///
/// No search depends on them: the sequence stays when they change. A collection takes its own along when it is dropped.
extension TenantWriter {
    /// Keeps queries and judgments, over what was kept of them.
    /// - Parameters:
    ///   - user: Who judged.
    ///   - time: Milliseconds since 1970.
    /// - Returns: The first change that has no text and whose query is not known; then nothing should be committed.
    public func apply(
        _ changes: [JudgmentChange], in collection: UInt32, by user: String, at time: Int64
    ) throws(StoreError) -> JudgmentChange? {
        guard connection.isInTransaction else { throw .notInTransaction }
        let table = Judgments(connection: connection)
        for change in changes {
            guard try table.apply(change, in: collection, by: user, at: time) else { return change }
        }
        return nil
    }

    /// Forgets one query with its judgments, or with nil all queries of a collection.
    /// - Returns: How many queries there were.
    public func deleteJudgments(of query: String?, in collection: UInt32) throws(StoreError) -> Int {
        guard connection.isInTransaction else { throw .notInTransaction }
        return try Judgments(connection: connection).delete(query, in: collection)
    }

    /// How much is kept of a collection, this transaction's changes included.
    /// - Complexity: O(judgments).
    public func judgmentCount(in collection: UInt32) throws(StoreError) -> JudgmentCount {
        try Judgments(connection: connection).count(in: collection)
    }

    /// A query with its judgments.
    public func judgedQuery(_ id: String, in collection: UInt32) throws(StoreError) -> JudgedQueryRecord? {
        try Judgments(connection: connection).query(id, in: collection)
    }
}

extension TenantReader {
    /// Queries by the bytes of their ids, each with its judgments.
    /// - Parameters:
    ///   - id: Only those behind it.
    ///   - limit: Queries at most.
    ///   - judgmentLimit: The page ends behind the query that brings so many judgments.
    public func judgedQueries(
        in collection: UInt32, after id: String? = nil, limit: Int, judgmentLimit: Int
    ) throws(StoreError) -> [JudgedQueryRecord] {
        try Judgments(connection: connection)
            .page(in: collection, after: id, limit: limit, judgmentLimit: judgmentLimit)
    }

    /// How much is kept of a collection.
    /// - Complexity: O(judgments).
    public func judgmentCount(in collection: UInt32) throws(StoreError) -> JudgmentCount {
        try Judgments(connection: connection).count(in: collection)
    }

    /// The latest time of a judgment of a collection, in milliseconds since 1970; 0 for none.
    /// - Complexity: O(judgments).
    public func lastJudgmentTime(in collection: UInt32) throws(StoreError) -> Int64 {
        try Judgments(connection: connection).lastTime(in: collection)
    }
}

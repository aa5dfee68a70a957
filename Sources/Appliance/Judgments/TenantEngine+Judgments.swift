import IndexCore
import Synchronization
package import TenantStore

/// Judgments of a collection's documents as answers to queries.
extension TenantEngine {
    /// Queries that one collection keeps, and judgments of all of them.
    package static let judgedQueryLimit = 10_000
    package static let judgmentLimit = 500_000
    /// A page ends behind the query that brings so many judgments.
    private static let pageJudgmentLimit = 10_000

    /// Keeps queries and judgments, over what was kept of them; all of them or none.
    ///
    /// Durable when it returns. No search depends on them.
    /// - Parameter user: Who judges.
    /// - Returns: How much the collection keeps then.
    /// - Throws: ``ApplianceError/unknownCollection(name:existing:)``; ``ApplianceError/invalidArgument(name:reason:)`` for
    ///   an unknown query without a text, and for more than a collection keeps.
    package func keep(
        _ changes: [JudgmentChange], of collection: String, by user: String, options: WriteOptions = WriteOptions()
    ) async throws -> JudgmentCount {
        let kept = Mutex(JudgmentCount(queries: 0, judgments: 0))
        try await step { state in
            let count = try state.keep(changes, of: collection, by: user, options: options)
            kept.withLock { $0 = count }
        }
        return kept.withLock { $0 }
    }

    /// Forgets one query with its judgments, or with nil all of a collection.
    /// - Returns: How many queries there were.
    package func forgetJudgments(
        of query: String?, in collection: String, options: WriteOptions = WriteOptions()
    ) async throws -> Int {
        let forgotten = Mutex(0)
        try await step { state in
            let count = try state.forgetJudgments(of: query, in: collection, options: options)
            forgotten.withLock { $0 = count }
        }
        return forgotten.withLock { $0 }
    }

    /// One page of a collection's queries with their judgments, by the bytes of their ids.
    package func judgedQueries(of collection: String, limit: Int, cursor: String?) async throws -> JudgmentPage {
        let cursors = cursors
        return try await read { reader, snapshot in
            let id = try snapshot.collectionID(collection)
            let count = try reader.judgmentCount(in: id)
            let last = try reader.lastJudgmentTime(in: id)
            let pager = try ListPager(
                cursor, list: "judgments", request: [collection],
                fingerprint: Array("\(id) \(count.queries) \(count.judgments) \(last)".utf8), placeCount: 1,
                cursors: cursors)
            let found = try reader.judgedQueries(
                in: id, after: pager.place?[0], limit: limit + 1, judgmentLimit: Self.pageJudgmentLimit)
            var page = JudgmentPage(
                queries: Array(found.prefix(limit)), count: count, warnings: pager.warnings)
            if let end = page.queries.last,
                try !reader.judgedQueries(in: id, after: end.id, limit: 1, judgmentLimit: 1).isEmpty
            {
                page.nextCursor = pager.cursor(after: [end.id])
            }
            return page
        }
    }

    /// Every query of a collection with its judgments, by the bytes of their ids.
    func allJudgedQueries(of collection: String) async throws -> [JudgedQueryRecord] {
        try await read { reader, snapshot in
            try reader.judgedQueries(
                in: snapshot.collectionID(collection), limit: Self.judgedQueryLimit, judgmentLimit: .max)
        }
    }
}

extension Snapshot {
    /// - Throws: ``ApplianceError/unknownCollection(name:existing:)``.
    fileprivate func collectionID(_ name: String) throws(ApplianceError) -> UInt32 {
        guard let collection = try selection(name).first else {
            throw .unknownCollection(name: name, existing: [])
        }
        return collection.record.id
    }
}

/// One page of a collection's queries.
package struct JudgmentPage: Sendable {
    package var queries: [JudgedQueryRecord]
    /// Of the whole collection.
    package var count: JudgmentCount
    package var nextCursor: String?
    package var warnings: [String]
}

extension WriterState {
    func keep(
        _ changes: [JudgmentChange], of name: String, by user: String, options: WriteOptions
    ) throws -> JudgmentCount {
        let id = try collectionID(name)
        return try writer.transaction {
            if let unknown = try writer.apply(changes, in: id, by: user, at: Timestamp.now.milliseconds) {
                let place = changes.firstIndex { $0.query == unknown.query } ?? 0
                throw ApplianceError.invalidArgument(
                    name: "queries[\(place)].text", reason: "is required: the collection keeps no query of this id yet")
            }
            let count = try writer.judgmentCount(in: id)
            guard count.queries <= TenantEngine.judgedQueryLimit, count.judgments <= TenantEngine.judgmentLimit else {
                throw ApplianceError.invalidArgument(
                    name: "queries",
                    reason: "are more than a collection keeps: it takes \(TenantEngine.judgedQueryLimit) queries and "
                        + "\(TenantEngine.judgmentLimit) judgments")
            }
            try record(options)
            return count
        }
    }

    func forgetJudgments(of query: String?, in name: String, options: WriteOptions) throws -> Int {
        let id = try collectionID(name)
        return try writer.transaction {
            let count = try writer.deleteJudgments(of: query, in: id)
            try record(options)
            return count
        }
    }

    private func record(_ options: WriteOptions) throws {
        try writer.appendUsage(options.usage.map { [$0] } ?? [])
        try writer.appendAudit(options.audit.map { [$0] } ?? [])
    }

    private func collectionID(_ name: String) throws -> UInt32 {
        guard let state = collections[name] else {
            throw ApplianceError.unknownCollection(name: name, existing: collections.keys.sorted())
        }
        return state.record.id
    }
}

import HTTPServer
import JSON
import TenantStore

/// `/v1/collections/{name}/judgments`: queries with judgments, kept with the collection.
enum JudgmentRoutes {
    static let listLimit = 1...500
    /// Of one change.
    static let queryCount = 1...1_000
    static let judgmentCount = 20_000

    // MARK: List

    struct Listing: Sendable {
        var name: String
        var page: PageRequest
    }

    static func readList(_ exchange: Exchange) async throws -> Listing {
        Listing(
            name: exchange.parameters["name"] ?? "",
            page: try PageRequest.read(exchange, limit: listLimit, default: 50))
    }

    static func list(_ appliance: SearchAppliance, _ context: RequestContext, _ listing: Listing) async throws
        -> HTTPResponse
    {
        context.tally.update { $0.target = listing.name }
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let page = try await engine.judgedQueries(
            of: listing.name, limit: listing.page.limit, cursor: listing.page.cursor)
        context.tally.update { $0.resultCount = page.queries.count }
        return .json { writer in
            writer.beginObject()
            writer.member("collection", listing.name)
            writer.key("queries")
            writer.beginArray()
            for query in page.queries { write(query, to: &writer) }
            writer.endArray()
            writer.member("query_count", page.count.queries)
            writer.member("judgment_count", page.count.judgments)
            if let nextCursor = page.nextCursor { writer.member("next_cursor", nextCursor) }
            writer.member("warnings", page.warnings)
            writer.endObject()
        }
    }

    private static func write(_ query: JudgedQueryRecord, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", query.id)
        writer.member("text", query.text)
        writer.key("judgments")
        writer.beginArray()
        for judgment in query.judgments {
            writer.beginObject()
            writer.member("doc_id", judgment.document)
            writer.member("grade", judgment.grade)
            writer.member("user", judgment.user)
            writer.member("judged_at", Timestamp(milliseconds: judgment.judgedAt).description)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }

    // MARK: Changes

    struct Change: Sendable {
        var name: String
        var queries: [JudgmentChange]
        var byteCount: Int
    }

    static func readChange(_ exchange: Exchange) async throws -> Change {
        let name = try exchange.soleParameter("name")
        let object = try await JSONBody.object(of: exchange.request)
        var fields = Fields(object)
        let queries = try JudgmentFields.read(
            &fields, queries: queryCount, judgments: judgmentCount, takesBack: true)
        try fields.finish()
        guard let queries else {
            throw ApplianceError.invalidArgument(
                name: "queries", reason: "is required: a list of objects with `id`, `text` and `judgments`")
        }
        let byteCount = queries.reduce(0) { sum, query in
            sum + (query.text?.utf8.count ?? 0) + query.grades.reduce(0) { $0 + $1.document.utf8.count }
        }
        return Change(name: name, queries: queries, byteCount: byteCount)
    }

    static func change(_ appliance: SearchAppliance, _ context: RequestContext, _ change: Change) async throws
        -> HTTPResponse
    {
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let count = try await engine.keep(
            change.queries, of: change.name, by: context.userID,
            options: context.writeOptions(
                target: "\(change.name) (judgments of \(change.queries.count) queries)", byteCount: change.byteCount))
        context.tally.update { tally in
            tally.isRecorded = true
            tally.resultCount = change.queries.count
        }
        return .json { writer in
            writer.beginObject()
            writer.member("collection", change.name)
            writer.member("query_count", count.queries)
            writer.member("judgment_count", count.judgments)
            writer.endObject()
        }
    }

    // MARK: Deletion

    struct Deletion: Sendable {
        var name: String
        /// Nil is all of them.
        var query: String?
    }

    static func readDeletion(_ exchange: Exchange) async throws -> Deletion {
        let name = exchange.parameters["name"] ?? ""
        var items = try QueryFields(exchange.request)
        let query = items.text("query")
        let confirmed = items.text("confirm")
        try items.finish()
        guard query != nil || confirmed == name else {
            throw ApplianceError.invalidArgument(
                name: "query",
                reason: "names the query to forget; to forget all, repeat the collection's name, as in ?confirm=notes")
        }
        return Deletion(name: name, query: query)
    }

    static func delete(_ appliance: SearchAppliance, _ context: RequestContext, _ deletion: Deletion) async throws
        -> HTTPResponse
    {
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let count = try await engine.forgetJudgments(
            of: deletion.query, in: deletion.name,
            options: context.writeOptions(
                target: deletion.query.map { "\(deletion.name) (query \($0))" } ?? "\(deletion.name) (all judgments)",
                byteCount: deletion.query?.utf8.count ?? 0))
        context.tally.update { tally in
            tally.isRecorded = true
            tally.resultCount = count
        }
        return .json { writer in
            writer.beginObject()
            writer.member("collection", deletion.name)
            writer.member("deleted", count)
            writer.endObject()
        }
    }
}

import Access
import BM25
import HTTPServer
import JSON
import TenantStore

/// `/v1/collections/{name}/settings`, and `/v1/collections/{name}:analyze`, which shows what they do.
enum CollectionSettingsRoutes {
    /// Settings to put in the place of those a collection has.
    struct Change: Sendable {
        var name: String
        var settings: CollectionSettings
        var condition: WriteCondition?
        var byteCount: Int
    }

    static func readName(_ exchange: Exchange) async throws -> String { try exchange.soleParameter("name") }

    static func show(_ appliance: SearchAppliance, _ context: RequestContext, _ name: String) async throws
        -> HTTPResponse
    {
        context.tally.update { $0.target = name }
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let collection = try engine.published.current.named(name)
        context.tally.update { $0.resultCount = 1 }
        return answer(collection)
    }

    static func readChange(_ exchange: Exchange) async throws -> Change {
        let name = try exchange.soleParameter("name")
        let object = try await JSONBody.object(of: exchange.request)
        return Change(
            name: name, settings: try CollectionSettings(object),
            condition: try WriteCondition(exchange.request.headers), byteCount: JSONValue.object(object).encoded().count
        )
    }

    static func change(_ appliance: SearchAppliance, _ context: RequestContext, _ change: Change) async throws
        -> HTTPResponse
    {
        context.tally.update { $0.target = change.name }
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        var options = context.writeOptions(target: change.name, byteCount: change.byteCount)
        options.condition = change.condition
        try await engine.changeSettings(of: change.name, to: change.settings, options: options)
        context.tally.update { $0.isRecorded = true }
        return answer(try engine.published.current.named(change.name))
    }

    private static func answer(_ collection: CollectionSnapshot) -> HTTPResponse {
        var response = HTTPResponse.json { write(collection, to: &$0) }
        response.headers.set("ETag", collection.settings.tag(of: collection.record.id))
        return response
    }

    private static func write(_ collection: CollectionSnapshot, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("collection", collection.record.name)
        writer.member("passages", collection.record.passageMode.rawValue)
        writer.key("settings")
        collection.settings.write(to: &writer)
        writer.member("etag", collection.settings.tag(of: collection.record.id))
        writer.member("is_current", collection.isIndexCurrent && collection.spaces.allSatisfy(\.isCurrent))
        if let reindexing = collection.reindexing {
            writer.key("reindexing")
            reindexing.write(to: &writer)
        }
        writer.endObject()
    }

    // MARK: Analysis

    struct Analysis: Sendable {
        var name: String
        var text: String
        var field: TextField
        var isQuery: Bool
    }

    private enum FieldName: String { case content, title }
    private enum Side: String { case document, query }

    /// Bytes of a text to analyse.
    static let textLimit = 1 << 20
    /// Tokens in an answer.
    static let tokenLimit = 10_000

    static func readAnalysis(_ exchange: Exchange) async throws -> Analysis {
        let name = try exchange.soleParameter("name")
        var fields = Fields(try await JSONBody.object(of: exchange.request))
        let text = try fields.requiredText("text", limit: textLimit)
        let field = try fields.choice("field", of: [FieldName.content, .title]) ?? .content
        let side = try fields.choice("as", of: [Side.document, .query]) ?? .document
        try fields.finish()
        return Analysis(
            name: name, text: text, field: field == .title ? .title : .content, isQuery: side == .query)
    }

    static func analyze(_ appliance: SearchAppliance, _ context: RequestContext, _ analysis: Analysis) async throws
        -> HTTPResponse
    {
        context.tally.update { $0.target = analysis.name }
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let tokens = try await engine.read { _, snapshot in
            try snapshot.named(analysis.name).keywords.parameters.analyzer.tokens(
                of: analysis.text, field: analysis.field, asQuery: analysis.isQuery, limit: tokenLimit + 1)
        }
        context.tally.update { $0.resultCount = min(tokens.count, tokenLimit) }
        return .json { write(tokens, of: analysis, to: &$0) }
    }

    private static func write(_ tokens: [AnalyzedToken], of analysis: Analysis, to writer: inout JSONWriter) {
        let scalars = Array(analysis.text.unicodeScalars)
        writer.beginObject()
        writer.key("tokens")
        writer.beginArray()
        for token in tokens.prefix(tokenLimit) {
            writer.beginObject()
            writer.member("term", token.term)
            writer.member("surface", String(String.UnicodeScalarView(scalars[token.range])))
            writer.member("position", token.position)
            writer.member("start", token.range.lowerBound)
            writer.member("end", token.range.upperBound)
            writer.endObject()
        }
        writer.endArray()
        let isCut = tokens.count > tokenLimit
        writer.member("warnings", isCut ? ["only the first \(tokenLimit) tokens are shown"] : [])
        writer.endObject()
    }
}

extension ReindexProgress {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("done", passageCount)
        writer.member("total", total)
        writer.endObject()
    }
}

extension Snapshot {
    /// The collection of this name.
    /// - Throws: ``ApplianceError/unknownCollection(name:existing:)``.
    fileprivate func named(_ name: String) throws(ApplianceError) -> CollectionSnapshot {
        guard let collection = collection(named: name) else {
            throw .unknownCollection(name: name, existing: collections.map(\.record.name))
        }
        return collection
    }
}

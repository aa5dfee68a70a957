import BM25
import HTTPServer
import JSON

/// `POST /v1/search`: the same request and answer as the tool, with `mode` and `depth` and a limit up to 1,000.
enum SearchRoute {
    static func read(_ exchange: Exchange) async throws -> SearchRequest {
        let body = try await JSONBody.fields(of: exchange)
        var fields = body.fields
        var request = try SearchRequest(&fields)
        request.collection = request.collection ?? body.collection
        return request
    }

    static func answer(
        _ appliance: SearchAppliance, _ context: RequestContext, _ request: SearchRequest
    ) async throws -> HTTPResponse {
        let response = try await appliance.search(request, context)
        return .json { response.write(to: &$0) }
    }
}

extension SearchRequest {
    /// A request with everything that REST takes; nothing else may be left in the fields.
    init(_ fields: inout Fields) throws(ApplianceError) {
        self.init(query: "")
        try takeQuery(&fields)
        if let mode = try fields.choice("mode", of: Mode.allCases) { self.mode = mode }
        if let limit = try fields.integer("limit", in: Self.limitRange) { self.limit = limit }
        if let depth = try fields.integer("depth", in: Self.depthRange) { self.depth = depth }
        try takeShared(&fields)
        receipts = try fields.flag("receipts") ?? false
        try fields.finish()
    }

    /// Takes what is looked for: `query` under a `syntax`, or an `expression`.
    mutating func takeQuery(_ fields: inout Fields) throws(ApplianceError) {
        if let value = fields.value("expression") {
            for name in ["query", "syntax"] where fields.has(name) {
                throw .invalidArgument(name: name, reason: "and expression exclude one another")
            }
            let tree = try QueryTree(json: value, path: "expression")
            expression = tree
            query = tree.plainText
        } else {
            query = try fields.requiredText("query")
        }
        if let syntax = try fields.choice("syntax", of: Syntax.allCases) { self.syntax = syntax }
    }

    /// Takes the fields that every door of a search has.
    mutating func takeShared(_ fields: inout Fields) throws(ApplianceError) {
        keywordWeight = try fields.number("bm25_weight", in: FusionSettings.shareRange)
        vectorWeight = try fields.number("vector_weight", in: FusionSettings.shareRange)
        if let typos = try fields.flag("typos") { self.typos = typos }
        collection = try fields.text("collection")
        minScore = try fields.number("min_score", in: 0...1)
        minVectorScore = try fields.number("min_vector_score", in: -1...1)
        fusion = try fields.choice("fusion", of: Fusion.allCases)
        k = try fields.number("k", in: FusionSettings.kRange)
        ef = try fields.integer("ef", in: Self.efRange)
        if let isExact = try fields.flag("exact") { self.isExact = isExact }
        if let diversity = try fields.number("diversity", in: 0...1) { self.diversity = diversity }
        if let detail = try fields.choice("detail", of: Detail.allCases) { self.detail = detail }
        embedding = try fields.vector("embedding")
        space = try fields.text("space")
        metadata = try MetadataRequest(&fields)
        shaping = try Shaping(&fields)
        cursor = try fields.text("cursor")
    }
}

extension SearchAppliance {
    /// One search for whichever door.
    func search(_ request: SearchRequest, _ context: RequestContext) async throws -> SearchResponse {
        let tenant = try context.requireTenant()
        context.tally.update { tally in
            tally.queryHash = queryHash.hash(request.query, tenant: tenant)
            tally.target = request.collection ?? ""
        }
        let engine = try await registry.engine(for: tenant)
        var response = try await engine.search(request, deadline: context.searchDeadline)
        metrics.observe(response.took, in: .searchDuration, [request.mode.rawValue])
        if response.degraded { metrics.add(to: .degradedAnswers) }
        if breaker.isOpen(tenant: tenant.uid) {
            response.warnings.append("records_blocked: usage and audit of reads are not being recorded now")
        }
        let count = response.hits.count
        context.tally.update { $0.resultCount = count }
        return response
    }
}

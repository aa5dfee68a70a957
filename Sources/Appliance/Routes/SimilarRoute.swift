import Columns
import HTTPServer
import JSON

/// `POST /v1/search:similar`: what is like a document, as the tool `find_similar` says it, with a limit up to 1,000.
enum SimilarRoute {
    static func read(_ exchange: Exchange) async throws -> SimilarRequest {
        let body = try await JSONBody.fields(of: exchange)
        var fields = body.fields
        var request = SimilarRequest(documentID: try fields.requiredText("document_id"))
        if let limit = try fields.integer("limit", in: SearchRequest.limitRange) { request.search.limit = limit }
        try request.takeShared(&fields)
        try fields.finish()
        request.collection = request.collection ?? body.collection
        return request
    }

    static func answer(
        _ appliance: SearchAppliance, _ context: RequestContext, _ request: SimilarRequest
    ) async throws -> HTTPResponse {
        let response = try await appliance.findSimilar(request, context)
        return .json { response.write(to: &$0) }
    }
}

extension SimilarRequest {
    /// Takes the fields that every door has.
    mutating func takeShared(_ fields: inout Fields) throws(ApplianceError) {
        collection = try fields.text("collection")
        search.collection = try fields.text("within")
        search.space = try fields.text("space")
        search.minVectorScore = try fields.number("min_vector_score", in: -1...1)
        if let value = fields.value("filter") { search.metadata.filter = try FilterExpression(value) }
        if let diversity = try fields.number("diversity", in: 0...1) { search.diversity = diversity }
        if let isExact = try fields.flag("exact") { search.isExact = isExact }
        search.ef = try fields.integer("ef", in: SearchRequest.efRange)
        if let detail = try fields.choice("detail", of: SearchRequest.Detail.allCases) { search.detail = detail }
        search.shaping = try Shaping(&fields)
        search.receipts = try fields.flag("receipts") ?? false
        search.cursor = try fields.text("cursor")
        try validate()
    }
}

extension SearchAppliance {
    /// One search for the likes of a document, for whichever door.
    func findSimilar(_ request: SimilarRequest, _ context: RequestContext) async throws -> SearchResponse {
        let engine = try await registry.engine(for: context.requireTenant())
        let search = try await engine.similaritySearch(request, deadline: context.searchDeadline)
        let response = try await self.search(search, context)
        context.tally.update { tally in
            tally.target = DocumentURI.make(collection: request.collection ?? "", id: request.documentID)
        }
        return response
    }
}

import HTTPServer
import JSON

/// `POST /v1/suggest`: how the last word of a text that is being typed may go on.
enum SuggestRoute {
    static func read(_ exchange: Exchange) async throws -> SuggestRequest {
        let body = try await JSONBody.fields(of: exchange)
        var fields = body.fields
        var request = SuggestRequest(
            query: try fields.requiredText("query", limit: SuggestRequest.queryByteLimit))
        request.collection = try fields.text("collection") ?? body.collection
        if let limit = try fields.integer("limit", in: SuggestRequest.limitRange) { request.limit = limit }
        try fields.finish()
        return request
    }

    static func answer(
        _ appliance: SearchAppliance, _ context: RequestContext, _ request: SuggestRequest
    ) async throws -> HTTPResponse {
        let tenant = try context.requireTenant()
        context.tally.update { tally in
            tally.queryHash = appliance.queryHash.hash(request.query, tenant: tenant)
            tally.target = request.collection ?? ""
        }
        let engine = try await appliance.registry.engine(for: tenant)
        let response = try await engine.suggest(request, deadline: context.searchDeadline)
        context.tally.update { $0.resultCount = response.completions.count }
        return .json { response.write(to: &$0) }
    }

    static let about = RouteDescription(
        .search, "How the last word of a text may go on",
        details: "The words of the collection that begin as the text's last word does, the commonest first.",
        parameters: [Described.collection],
        body: .json(
            .inline(
                ToolSchema.object(
                    [
                        "query": ToolSchema.text("What has been typed so far; at most 4 KiB"),
                        "limit": Described.whole(SuggestRequest.limitRange, default: 10),
                        "collection": ToolSchema.collection,
                    ], required: ["query"], closed: true)), [("typing", ["query": "customer rec"])]),
        answers: [
            .json(
                200, "Completions, the commonest first",
                .inline(
                    ToolSchema.object(
                        [
                            "completions": ToolSchema.list(
                                of: ToolSchema.object(
                                    [
                                        "text": ToolSchema.text("The whole text, its last word completed"),
                                        "word": ToolSchema.text("The word, folded as the index has it"),
                                        "passages": ToolSchema.integer("Passages that hold the word"),
                                    ], required: ["text", "word", "passages"]), "None where the text ends behind a word"
                            ),
                            "index_fingerprint": ToolSchema.text("Equal request and equal fingerprint: equal answer"),
                            "took_ms": ToolSchema.number("Milliseconds on the server"),
                        ], required: ["completions", "index_fingerprint", "took_ms"])),
                example: [
                    "completions": [["text": "customer records", "word": "records", "passages": 41]],
                    "index_fingerprint": "6f0c2d7b19a4e853", "took_ms": 0.12,
                ])
        ],
        refusals: [RouteDescription.Refusal(404, "unknown_collection")])
}

import JSON
import MCP

extension MCPTool {
    /// Above this a tool's limit is cut, with a warning: what follows comes by cursor.
    static let hitLimit = 50

    static let hybridSearch = MCPTool(
        Operations.hybridSearch, title: "Hybrid search",
        description: """
            Finds the documents that fit a question best, by its words (BM25) and by its meaning (vectors), both rankings \
            fused. Returns the best passage of each document as a snippet with scores and ranks; retrieve_document gives the \
            full text.
            """,
        input: ToolSchema.object(
            [
                "query": queryArgument, "limit": limitArgument,
                "bm25_weight": FusionSchema.keywordWeight, "vector_weight": FusionSchema.vectorWeight,
                "collection": ToolSchema.collection,
                "min_score": [
                    "type": "number", "minimum": 0, "maximum": 1,
                    "description": "Leaves out hits with a lower score; 1 is first in both rankings",
                ],
                "min_vector_score": [
                    "type": "number", "minimum": -1, "maximum": 1,
                    "description": "Leaves out hits whose cosine is lower: a floor for how close the meaning must be",
                ],
                "fusion": FusionSchema.method, "k": FusionSchema.k,
                "detail": [
                    "type": "string", "enum": ["ids", "snippets", "full"], "default": "snippets",
                    "description": "How much of each hit to return",
                ],
                "typos": QuerySchema.typos, "exact": QuerySchema.exact, "ef": QuerySchema.ef,
                "diversity": QuerySchema.diversity,
                "embedding": [
                    "type": "array", "items": ["type": "number"], "minItems": 1,
                    "description": "The query's vector if you have it, of the space that is searched",
                ],
                "space": ToolSchema.text(
                    "Vector space to search; list_collections names them. Default: each collection's own"),
                "receipts": QuerySchema.receipts, "cursor": ToolSchema.cursor,
            ], adding: MetadataSchema.ofSearch + ShapingSchema.members, required: ["query"], closed: true),
        output: searchOutput, annotations: ToolAnnotations(isReadOnly: true)
    ) { appliance, context, arguments in
        var fields = Fields(arguments)
        var request = SearchRequest(query: try fields.requiredText("query"))
        let warnings = try request.takeLimit(&fields)
        try request.takeShared(&fields)
        request.receipts = try fields.flag("receipts") ?? false
        try fields.finish()
        return try await answer(request, warnings, appliance, context)
    }

    static let searchDocuments = MCPTool(
        Operations.searchDocuments, title: "Keyword search",
        description: """
            Finds documents by their words alone (BM25): for names, codes, numbers and exact terms. Reads operators: \
            "a phrase", "near words"~3, +must, -not, AND, OR, NOT, (groups), title:word, prefix*, fuzzy~1, boost^2. \
            Use hybrid_search for questions.
            """,
        input: ToolSchema.object(
            [
                "query": [
                    "type": "string", "minLength": 1,
                    "description": "Words and operators; what is no operator is taken as words",
                ],
                "syntax": QuerySchema.syntax(default: .query), "typos": QuerySchema.typos, "limit": limitArgument,
                "collection": ToolSchema.collection,
                "receipts": QuerySchema.receipts, "cursor": ToolSchema.cursor,
            ], adding: MetadataSchema.ofSearch, required: ["query"], closed: true),
        output: searchOutput, annotations: ToolAnnotations(isReadOnly: true)
    ) { appliance, context, arguments in
        var fields = Fields(arguments)
        var request = SearchRequest(query: try fields.requiredText("query"))
        request.mode = .bm25
        request.syntax = try fields.choice("syntax", of: SearchRequest.Syntax.allCases) ?? .query
        if let typos = try fields.flag("typos") { request.typos = typos }
        let warnings = try request.takeLimit(&fields)
        request.collection = try fields.text("collection")
        request.cursor = try fields.text("cursor")
        request.receipts = try fields.flag("receipts") ?? false
        request.metadata = try MetadataRequest(&fields)
        try fields.finish()
        return try await answer(request, warnings, appliance, context)
    }

    private static func answer(
        _ request: SearchRequest, _ warnings: [String], _ appliance: SearchAppliance, _ context: RequestContext
    ) async throws -> ToolResult {
        var response = try await appliance.search(request, context)
        response.warnings += warnings
        return ToolResult(structured: response.encoded())
    }

    private static let queryArgument: JSONValue = [
        "type": "string", "minLength": 1, "description": "What to look for, in plain words",
    ]
    private static let limitArgument: JSONValue = [
        "type": "integer", "minimum": 1, "default": 10, "description": "Documents to return; above 50 it is cut to 50",
    ]

    private static let span: JSONValue = ToolSchema.object(
        [
            "start": ToolSchema.integer("First character, counted in Unicode scalars of the document's text"),
            "end": ToolSchema.integer("One past the last"),
        ], required: ["start", "end"])

    private static let passage: JSONValue = ToolSchema.object(
        [
            "start": ToolSchema.integer("First character, counted in Unicode scalars of the document's text"),
            "end": ToolSchema.integer("One past the last"),
            "page": ToolSchema.integer("Page it begins on, from 1, where the document has pages"),
            "heading": ToolSchema.text("Heading it stands under, where there is one"),
        ], required: ["start", "end"])

    static let searchOutput: JSONValue = ToolSchema.object(
        [
            "hits": ToolSchema.list(
                of: ToolSchema.object(
                    [
                        "doc_id": ToolSchema.text("Id for retrieve_document"),
                        "collection": ToolSchema.text("Collection of the document"),
                        "uri": ToolSchema.text("Address of the document"),
                        "title": ToolSchema.text("Title; may be empty"),
                        "snippet": ToolSchema.text("The part of the best passage that fits best"),
                        "snippet_start": ToolSchema.integer("Where the snippet starts in the document's text"),
                        "highlights": ToolSchema.list(of: span, "Words of the query in the snippet"),
                        "text": ToolSchema.text("The whole text, with detail full"),
                        "score": ToolSchema.number("0...1; 1 is first in every ranking that ran"),
                        "fusion_score": ToolSchema.number("The fusion's own sum"),
                        "bm25_score": ToolSchema.number("Score by words; 0 if that ranking does not hold the document"),
                        "bm25_rank": ToolSchema.integer("Rank by words, from 1"),
                        "vector_score": ToolSchema.number("Cosine; 0 if that ranking does not hold the document"),
                        "vector_rank": ToolSchema.integer("Rank by meaning, from 1"),
                        "pinned": ["type": "boolean", "description": "True where the request put it on top"],
                        "rerank_score": ToolSchema.number("What the rerank model said"),
                        "tenant_id": ToolSchema.text("Whose document it is"),
                        "metadata": ToolSchema.metadata,
                        "passage": passage, "receipt": QuerySchema.receipt,
                    ], required: ["doc_id", "collection", "uri", "title", "score", "tenant_id", "passage"]),
                "Best first"),
            "total": ToolSchema.integer("Documents found"),
            "total_relation": [
                "type": "string", "enum": ["exact", "at_least"], "description": "Whether total is exact",
            ],
            "facets": MetadataSchema.counted,
            "degraded": ["type": "boolean", "description": "Whether a ranking that was asked for did not run"],
            "warnings": ToolSchema.warnings,
            "did_you_mean": QuerySchema.didYouMean,
            "next_cursor": ToolSchema.nextCursor,
            "index_fingerprint": ToolSchema.text("Equal request and equal fingerprint: equal answer"),
            "took_ms": ToolSchema.number("Milliseconds on the server"),
        ],
        required: ["hits", "total", "total_relation", "degraded", "warnings", "index_fingerprint", "took_ms"])
}

extension SearchRequest {
    /// Takes `limit`, cut to what a tool returns at once; the cut is the warning returned.
    mutating func takeLimit(_ fields: inout Fields) throws(ApplianceError) -> [String] {
        guard let asked = try fields.integer("limit", in: 1...Int.max) else { return [] }
        limit = min(asked, MCPTool.hitLimit)
        return asked > limit ? ["limit \(asked) was cut to \(limit); next_cursor leads on"] : []
    }
}

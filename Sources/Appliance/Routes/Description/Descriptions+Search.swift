import JSON
import MCP

extension SearchRoute {
    static let about = RouteDescription(
        .search, "Search by words and by meaning",
        details: "The same request as the tool `hybrid_search`, with `mode` and `depth` besides.",
        parameters: [Described.collection],
        body: .json(
            request,
            [
                ("hybrid", ["query": "how long may we keep customer records", "limit": 3]),
                ("words", ["query": "retention", "mode": "bm25", "detail": "ids"]),
                ("operators", ["query": "+retention -draft title:policy^2", "syntax": "query", "mode": "bm25"]),
                (
                    "shaped",
                    [
                        "query": "retention", "mode": "bm25", "boosts": [["filter": "team = hr", "factor": 1.5]],
                        "decay": [["field": "published", "scale": "180d"]],
                    ]
                ),
                (
                    "tree",
                    ["expression": ["must": [["phrase": "customer records", "slop": 2]]], "mode": "bm25"]
                ),
            ]),
        answers: [.json(200, "What was found, best first", found, example: example)],
        refusals: [
            RouteDescription.Refusal(400, "invalid_cursor"),
            RouteDescription.Refusal(404, "unknown_collection", "unknown_space"),
        ])

    static let request = RouteDescription.Schema.named(
        "SearchRequest",
        QuerySchema.withExpression(
            MCPTool.hybridSearch.definition.inputSchema,
            with: [
                "syntax": QuerySchema.syntax(default: .words),
                "mode": [
                    "type": "string", "enum": ["hybrid", "bm25", "vector"], "default": "hybrid",
                    "description": "Which rankings to run",
                ],
                "limit": Described.whole(SearchRequest.limitRange, default: 10),
                "depth": Described.whole(SearchRequest.depthRange, default: 100),
                "embedding": [
                    "type": "array", "items": ["type": "number"], "minItems": 1, "maxItems": 4096,
                    "description": "The query's vector if you have it, of the space that is searched",
                ],
            ]))

    static let found = RouteDescription.Schema.named("SearchAnswer", MCPTool.hybridSearch.answerSchema)

    static let example: JSONValue = [
        "hits": [
            [
                "doc_id": "notes/retention.md", "collection": "default",
                "uri": "search://documents/default/notes%2Fretention.md", "title": "Records retention",
                "snippet": "Customer records are kept for six years after the account is closed.",
                "snippet_start": 412, "highlights": [["start": 412, "end": 420]], "score": 0.984126984126984,
                "fusion_score": 0.016133229247983, "bm25_score": 4.1832, "bm25_rank": 1, "vector_score": 0.6127,
                "vector_rank": 3, "tenant_id": "acme", "metadata": ["path": "notes/retention.md"],
                "passage": ["start": 380, "end": 1204],
            ]
        ],
        "total": 57, "total_relation": "at_least", "degraded": false, "warnings": [],
        "index_fingerprint": "6f0c2d7b19a4e853", "took_ms": 1.84,
    ]
}

extension SimilarRoute {
    static let about = RouteDescription(
        .search, "Find documents that are like one",
        details:
            "The request of the tool `find_similar`. The document is the mean of its passages' vectors in `space`; without a "
            + "vector its most telling words are looked for, and the answer is degraded.",
        parameters: [Described.collection],
        body: .json(
            .named("SimilarRequest", request),
            [
                ("like", ["document_id": "notes/retention.md", "limit": 3]),
                (
                    "shaped",
                    [
                        "document_id": "notes/retention.md", "min_vector_score": 0.4, "hidden": ["notes/old.md"],
                        "decay": [["field": "published", "scale": "180d"]],
                    ]
                ),
            ]),
        answers: [.json(200, "What is like it, nearest first", SearchRoute.found, example: SearchRoute.example)],
        refusals: [
            RouteDescription.Refusal(400, "invalid_cursor"),
            RouteDescription.Refusal(404, "document_not_found", "unknown_collection", "unknown_space"),
            RouteDescription.Refusal(409, "ambiguous_document"),
        ])

    private static let request: JSONValue = {
        var members: JSONObject = ["limit": Described.whole(SearchRequest.limitRange, default: 10)]
        for (name, schema) in MCPTool.similarMembers { members[name] = schema }
        return ToolSchema.object(members, required: ["document_id"], closed: true)
    }()
}

extension ExplainRoute {
    static let about = RouteDescription(
        .search, "Why a document stands where it stands in a search",
        details:
            "The request of a search with `document_id`, or the `receipt` of a hit alone, which is made anew from the "
            + "index and compared; the answer of the tool `explain_hit`.",
        parameters: [Described.collection],
        body: .json(
            .named(
                "ExplainRequest",
                request),
            [
                ("hit", ["query": "how long may we keep customer records", "document_id": "notes/retention.md"]),
                (
                    "with its receipt",
                    ["query": "retention", "document_id": "notes/retention.md", "receipts": true]
                ),
            ]),
        answers: [
            .json(
                200, "The legs, their terms, and how they were joined",
                .named("Explanation", MCPTool.explainHit.answerSchema), example: explained)
        ],
        refusals: [
            RouteDescription.Refusal(400, "invalid_cursor"),
            RouteDescription.Refusal(404, "document_not_found", "receipt_unknown", "unknown_collection"),
            RouteDescription.Refusal(409, "ambiguous_document"),
        ])

    private static var request: JSONValue {
        var object =
            Described.schema(
                SearchRoute.request.value,
                with: [
                    "document_id": ToolSchema.text("The document asked about"),
                    "receipts": QuerySchema.receiptOfExplanation, "receipt": QuerySchema.verifiedReceipt,
                ]
            ).objectValue ?? [:]
        object["anyOf"] = [
            ["required": ["document_id", "query"]], ["required": ["document_id", "expression"]],
            ["required": ["receipt"]],
        ]
        return .object(object)
    }

    private static let explained: JSONValue = [
        "doc_id": "notes/retention.md", "collection": "default",
        "uri": "search://documents/default/notes%2Fretention.md", "title": "Records retention", "found": true,
        "rank": 1, "summary": "It is at place 1 of the answer.",
        "bm25": [
            "ran": true, "score": 2.31, "rank": 1,
            "terms": [["term": "record", "tf": 2, "df": 5, "idf": 1.9, "contribution": 2.31]],
        ],
        "vector": ["ran": true, "score": 0.6127, "rank": 3],
        "fusion": [
            "method": "rrf", "k": 60, "bm25_weight": 0.5, "vector_weight": 0.5, "fusion_score": 0.016133,
            "score": 0.984126,
        ],
        "degraded": false, "warnings": [], "index_fingerprint": "6f0c2d7b19a4e853", "took_ms": 3.2,
    ]
}

extension EmbeddingRoutes {
    static let aboutEmbed = RouteDescription(
        .embeddings, "Vectors of texts, in the shapes of OpenAI's API",
        body: .json(
            .inline(
                ToolSchema.object(
                    [
                        "input": [
                            "description": "One text or several; 4 MiB together",
                            "anyOf": [
                                ["type": "string", "minLength": 1],
                                [
                                    "type": "array", "items": ["type": "string", "minLength": 1], "minItems": 1,
                                    "maxItems": 2048,
                                ],
                            ],
                        ],
                        "model": ToolSchema.text("Name of the model; another is 404"),
                        "encoding_format": ["type": "string", "enum": ["float", "base64"], "default": "float"],
                        "dimensions": ["type": "integer", "enum": [384]],
                        "user": ToolSchema.text("Taken and not used"),
                    ], required: ["input", "model"], closed: true)),
            [("two texts", ["model": "all-MiniLM-L6-v2", "input": ["the first", "the second"]])]),
        answers: [
            .json(
                200, "One vector a text",
                .inline(
                    ToolSchema.object(
                        [
                            "object": ["type": "string", "const": "list"],
                            "data": ToolSchema.list(
                                of: ToolSchema.object(
                                    [
                                        "object": ["type": "string", "const": "embedding"],
                                        "index": Described.count("Place of the text"),
                                        "embedding": [
                                            "description": "Numbers, or base64 of Float32, little-endian",
                                            "type": ["array", "string"],
                                        ],
                                    ], required: ["object", "index", "embedding"]), "In order of the texts"),
                            "model": ToolSchema.text("Name of the model"), "usage": ["type": "object"],
                            "warnings": ToolSchema.warnings,
                        ], required: ["object", "data", "model", "usage"])),
                example: [
                    "object": "list", "model": "all-MiniLM-L6-v2",
                    "data": [["object": "embedding", "index": 0, "embedding": [0.0231, -0.0417]]],
                    "usage": ["prompt_tokens": 4, "total_tokens": 4],
                ])
        ],
        refusals: [
            RouteDescription.Refusal(404, "model_not_found"), RouteDescription.Refusal(503, "no_model"),
        ])

    static let aboutModels = RouteDescription(
        .embeddings, "The embedding model, in the shapes of OpenAI's API",
        answers: [
            .json(
                200, "One model, or none where none is installed",
                .inline(
                    ToolSchema.object(
                        [
                            "object": ["type": "string", "const": "list"],
                            "data": ToolSchema.list(of: model.value, "The models"),
                        ], required: ["object", "data"])), example: ["object": "list", "data": [modelExample]])
        ])

    static let aboutModel = RouteDescription(
        .embeddings, "One model, in the shapes of OpenAI's API",
        parameters: [.path("model", "Name of the model", example: "all-MiniLM-L6-v2")],
        answers: [.json(200, "The model", model, example: modelExample)],
        refusals: [RouteDescription.Refusal(404, "model_not_found"), RouteDescription.Refusal(503, "no_model")])

    private static let model = RouteDescription.Schema.named(
        "Model",
        ToolSchema.object(
            [
                "id": ["type": "string"], "object": ["type": "string", "const": "model"],
                "created": ["type": "integer"], "owned_by": ["type": "string"],
            ], required: ["id", "object", "created", "owned_by"]))
    private static let modelExample: JSONValue = [
        "id": "all-MiniLM-L6-v2", "object": "model", "created": 0, "owned_by": "carrel",
    ]
}

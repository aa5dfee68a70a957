import JSON
import MCP

extension DocumentRoutes {
    static let aboutList = RouteDescription(
        .documents, "List documents",
        details: "In order of collection and id, or of the fields of `sort`, without their texts.",
        parameters: [
            Described.collection, Described.limit(listLimit, default: 50), Described.cursor,
            .query("after", "Begin behind this id; needs `collection`", schema: Described.id),
            .query("filter", "Only documents whose metadata passes it, as text", example: "year >= 2020 AND team = hr"),
            .query("facets", "Fields whose values are counted, with commas between", example: "team,year"),
            .query("sort", "Up to three fields with commas between, each with `:asc` or `:desc`", example: "year:desc"),
            .query("distinct", "Field of whose values each is listed once", example: "team"),
        ],
        answers: [
            .json(
                200, "One page",
                .named(
                    "DocumentList",
                    Described.schema(
                        MCPTool.listDocuments.answerSchema, with: [:])),
                example: [
                    "documents": [
                        [
                            "doc_id": "handbook-7", "collection": "notes", "uri": "search://documents/notes/handbook-7",
                            "title": "Leave", "metadata": ["team": "hr"], "passages": 3,
                            "updated_at": "2026-11-21T09:30:00.000Z",
                        ]
                    ], "warnings": [],
                ])
        ],
        refusals: [
            RouteDescription.Refusal(400, "invalid_cursor"), RouteDescription.Refusal(404, "unknown_collection"),
        ])

    static let aboutAdd = RouteDescription(
        .documents, "Add one document or up to 1,000",
        details: """
            A document with an id that is there already takes its place. Of several, a bad one is an entry of `errors`; a bad \
            one that comes alone is a 400.
            """,
        parameters: [Described.targetCollection, Described.passages],
        body: .json(
            .inline(["type": "object", "anyOf": [document, several]]),
            [
                ("one", ["id": "handbook-7", "title": "Leave", "text": "Parental leave is …"]),
                (
                    "several",
                    [
                        "documents": [["id": "a", "text": "The first."], ["text": "The second."]],
                        "collection": "notes",
                    ]
                ),
            ]),
        answers: [
            .json(
                200, "Several were taken, or one that was there already", Described.writeReport,
                example: Described.written),
            .json(201, "One was added", Described.writeReport, example: Described.written),
        ], refusals: writeRefusals)

    static let aboutPut = RouteDescription(
        .documents, "Add or replace one document",
        parameters: [
            Described.document, Described.targetCollection, Described.passages, Described.ifMatch,
            .header(
                "If-None-Match", "`*`: only if there is no such document yet; or versions that it must not be",
                schema: Described.tags),
        ],
        body: .json(
            .inline(document),
            [("leave", ["title": "Leave", "text": "Parental leave is …", "metadata": ["team": "hr"]])]),
        answers: [
            .json(200, "It was replaced, or is there already", Described.writeReport, example: Described.written),
            .json(201, "It was added", Described.writeReport, example: Described.written),
        ], refusals: writeRefusals + [RouteDescription.Refusal(412, "precondition_failed")])

    static let aboutGet = RouteDescription(
        .documents, "One document, whole",
        parameters: [
            Described.document, Described.collection, .header("If-None-Match", "`ETag` values of what you have"),
        ],
        answers: [
            .json(
                200, "The document", .named("Document", whole),
                example: [
                    "doc_id": "handbook-7", "collection": "notes", "uri": "search://documents/notes/handbook-7",
                    "title": "Leave", "text": "Parental leave is …", "metadata": ["team": "hr"],
                    "updated_at": "2026-11-21T09:30:00.000Z", "warnings": [],
                ], headers: [("ETag", "Names this version, for `If-Match` and `If-None-Match`")]),
            .notModified,
        ],
        refusals: [
            RouteDescription.Refusal(404, "document_not_found", "unknown_collection"),
            RouteDescription.Refusal(409, "ambiguous_document"),
        ])

    static let aboutDelete = RouteDescription(
        .documents, "Delete one document", details: "An id that does not exist is counted, not refused.",
        parameters: [Described.document, Described.collection, Described.ifMatch],
        answers: [.json(200, "It is gone", Described.deleteReport, example: Described.deleted)],
        refusals: [
            RouteDescription.Refusal(404, "unknown_collection"), RouteDescription.Refusal(409, "ambiguous_document"),
            RouteDescription.Refusal(412, "precondition_failed"),
        ])

    static let writeRefusals = [
        RouteDescription.Refusal(400, "no_collection_chosen"),
        RouteDescription.Refusal(409, "collection_settings_conflict", "collection_full", "too_many"),
    ]

    /// One document as it is given; the tool gives its text in parts.
    private static let whole: JSONValue = ToolSchema.object(
        [
            "doc_id": Described.id, "collection": ["type": "string"], "uri": ToolSchema.text("Address for agents"),
            "title": ToolSchema.text("Title; may be empty"), "text": ToolSchema.text("The whole text"),
            "metadata": ToolSchema.metadata, "updated_at": Described.time, "warnings": ToolSchema.warnings,
        ], required: ["doc_id", "collection", "uri", "title", "text", "metadata", "updated_at", "warnings"])

    /// The vectors that a document comes with.
    static let vector: JSONValue = [
        "type": "array", "items": ["type": "number"], "minItems": 1, "maxItems": 4096,
        "description": "A vector for its first passage, of `space`",
    ]
    static let vectorSpace: JSONValue = [
        "type": "string",
        "description": "The space of `embedding`; left out: the collection's default, or the built-in model's",
    ]
    static let moreVectors: JSONValue = [
        "type": "object",
        "additionalProperties": [
            "type": "array", "items": ["type": "number"], "minItems": 1, "maxItems": 4096,
        ],
        "description": "More vectors for its first passage, by the name of their space",
    ]

    /// One document as it is sent.
    static let document: JSONValue = [
        "type": "object",
        "properties": [
            "id": Described.id, "title": ["type": "string", "description": "At most 4,096 bytes"],
            "text": ["type": "string", "description": "Plain or Markdown; may be left out if there is a title"],
            "content": ["type": "string", "description": "Another name of `text`"],
            "metadata": ["type": "object", "description": "Anything to keep beside the text"],
            "embedding": vector, "space": vectorSpace, "embeddings": moreVectors,
        ],
        "additionalProperties": false,
        "anyOf": [["required": ["text"]], ["required": ["content"]], ["required": ["title"]]],
        "not": ["required": ["text", "content"]],
    ]

    private static let several: JSONValue = ToolSchema.object(
        [
            "documents": ["type": "array", "items": document, "minItems": 1, "maxItems": 1000],
            "collection": Described.name, "passages": Described.mode,
        ], required: ["documents"], closed: true)
}

extension DocumentChangeRoutes {
    static let aboutPatch = RouteDescription(
        .documents, "Change parts of one document",
        details:
            "A JSON Merge Patch (RFC 7396); `null` takes a part away. At least one part must be there. `embedding` and "
            + "`embeddings` are vectors of the document as it is then, as where one is added.",
        parameters: [Described.document, Described.collection, Described.ifMatch],
        body: .json(
            .inline([
                "type": "object",
                "properties": [
                    "title": ["type": ["string", "null"]], "text": ["type": ["string", "null"]],
                    "metadata": ["type": ["object", "null"]],
                    "embedding": DocumentRoutes.vector, "space": DocumentRoutes.vectorSpace,
                    "embeddings": DocumentRoutes.moreVectors,
                ], "minProperties": 1, "additionalProperties": false,
            ]),
            [
                ("metadata", ["metadata": ["team": "people", "draft": nil]]),
                ("embedding", ["text": "…", "embedding": [0.1, 0.2], "space": "clip"]),
            ],
            types: ["application/json", "application/merge-patch+json"]),
        answers: [.json(200, "It is changed, or was so already", Described.writeReport, example: Described.written)],
        refusals: [
            RouteDescription.Refusal(404, "document_not_found", "unknown_collection"),
            RouteDescription.Refusal(409, "ambiguous_document", "collection_full"),
            RouteDescription.Refusal(412, "precondition_failed"),
        ])

    static let aboutDelete = RouteDescription(
        .documents, "Delete documents by ids or by metadata",
        details:
            "A filter that names an unknown field is refused. After 120 s it stops with a warning: what was deleted stays deleted, and the same call goes on.",
        parameters: [Described.collection],
        body: .json(
            .inline(
                ToolSchema.object(
                    [
                        "filter": [
                            "anyOf": [
                                [
                                    "type": "string", "minLength": 1,
                                    "description": "A filter as text, as searches take it",
                                ],
                                [
                                    "type": "object", "minProperties": 1,
                                    "description": "A filter as JSON, as searches take it",
                                ],
                                ToolSchema.object(
                                    [
                                        "ids": [
                                            "type": "array", "items": ["type": "string", "minLength": 1], "minItems": 1,
                                            "maxItems": 1000,
                                        ]
                                    ], required: ["ids"], closed: true),
                                ToolSchema.object(
                                    [
                                        "metadata": [
                                            "type": "object", "minProperties": 1,
                                            "description": "Pairs that must all be there, with equal values",
                                        ]
                                    ], required: ["metadata"], closed: true),
                            ]
                        ]
                    ], required: ["filter"], closed: true)),
            [
                ("ids", ["filter": ["ids": ["handbook-7", "handbook-8"]]]),
                ("metadata", ["filter": ["metadata": ["source": "intranet", "year": 2019]]]),
                ("filter", ["filter": "year < 2019 AND source = intranet"]),
            ]),
        answers: [.json(200, "They are gone", Described.deleteReport, example: Described.deleted)],
        refusals: [
            RouteDescription.Refusal(404, "unknown_collection"), RouteDescription.Refusal(409, "ambiguous_document"),
        ])
}

extension BulkRoute {
    static let about = RouteDescription(
        .documents, "Add any number of documents, one a line",
        details: """
            The answer is NDJSON too and runs beside the upload: `committed_lines` after each commit, `line` and `error` for a \
            line that did not go in, at the end `summary`. Once the upload was let in the status is 200; what goes wrong later \
            is in the summary.
            """,
        parameters: [
            Described.targetCollection, Described.passages,
            .query(
                "upload", "Name under which the server remembers how far it came",
                schema: ["type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"], example: "nightly"),
            .query(
                "from_line", "Number of the body's first line; needs `upload`",
                schema: Described.whole(1...Int(Int32.max))),
        ],
        body: RouteDescription.Body(
            description: "One JSON document a line, each at most 16 MiB",
            contents: [
                RouteDescription.Content(
                    "application/x-ndjson",
                    examples: [("two", "{\"id\":\"a\",\"text\":\"The first.\"}\n{\"text\":\"The second.\"}\n")])
            ], isRequired: false),
        answers: [
            RouteDescription.Answer(
                200, "What became of the lines",
                contents: [
                    RouteDescription.Content(
                        "application/x-ndjson", .inline(["type": "string"]),
                        examples: [
                            (
                                "two",
                                "{\"committed_lines\":2}\n{\"summary\":{\"complete\":true,\"lines\":2,\"added\":2,\"updated\":0,\"unchanged\":0,\"failed\":0,\"errors_not_listed\":0,\"warnings\":[]}}\n"
                            )
                        ])
                ])
        ],
        refusals: [
            RouteDescription.Refusal(409, "upload_gap", "upload_conflict"),
            RouteDescription.Refusal(415, "unsupported_media_type"),
        ])
}

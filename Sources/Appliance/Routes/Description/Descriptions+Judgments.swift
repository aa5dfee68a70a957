import JSON
import MCP

extension JudgmentRoutes {
    static let aboutList = RouteDescription(
        .collections, "Queries with judgments that a collection keeps",
        details: "By the bytes of their ids. A page ends early behind a query that brings 10,000 judgments.",
        parameters: [named, Described.limit(listLimit, default: 50), Described.cursor],
        answers: [.json(200, "A page of queries", .named("JudgmentList", list), example: listExample)],
        refusals: [
            RouteDescription.Refusal(400, "invalid_cursor"), RouteDescription.Refusal(404, "unknown_collection"),
        ])

    static let aboutChange = RouteDescription(
        .collections, "Keep queries and judgments",
        details:
            "A text or a grade takes the place of the one before, null takes a grade back, and what is not named stays; all "
            + "of a call or nothing. A query that is kept already needs no `text`. Grades above 0 are relevant. A document need "
            + "not be there. A collection keeps 10,000 queries and 500,000 judgments; deleting it deletes them.",
        parameters: [named],
        body: .json(
            .inline(
                ToolSchema.object(
                    ["queries": queries(queryCount, takesBack: true)], required: ["queries"], closed: true)),
            [
                (
                    "judged",
                    [
                        "queries": [
                            [
                                "id": "q1", "text": "how long may we keep customer records",
                                "judgments": ["notes/retention.md": 2, "notes/lunch.md": 0],
                            ]
                        ]
                    ]
                )
            ]),
        answers: [
            .json(
                200, "They are kept",
                .inline(
                    ToolSchema.object(
                        ["collection": ["type": "string"], "query_count": counted, "judgment_count": counted],
                        required: ["collection", "query_count", "judgment_count"])),
                example: ["collection": "notes", "query_count": 1, "judgment_count": 2])
        ], refusals: [RouteDescription.Refusal(404, "unknown_collection")])

    static let aboutDelete = RouteDescription(
        .collections, "Forget judgments of a collection",
        details: "Either those of one `query`, or all of them. An unknown query is no error.",
        parameters: [
            named, .query("query", "The query to forget with its judgments", example: "q1"),
            .query("confirm", "The collection's name once more, to forget all queries"),
        ],
        answers: [
            .json(
                200, "They are gone",
                .inline(
                    ToolSchema.object(
                        ["collection": ["type": "string"], "deleted": Described.count("Queries that were kept")],
                        required: ["collection", "deleted"])), example: ["collection": "notes", "deleted": 1])
        ], refusals: [RouteDescription.Refusal(404, "unknown_collection")])

    private static let named = RouteDescription.Parameter.path("name", "The collection's name", example: "notes")
    private static let counted = Described.count("Of the whole collection")

    /// Queries with judgments as requests bring them.
    static func queries(_ range: ClosedRange<Int>, takesBack: Bool) -> JSONValue {
        let grade = Described.whole(JudgmentFields.gradeRange)
        let query = ToolSchema.object(
            [
                "id": ["type": "string", "minLength": 1, "maxLength": .integer(Int64(JudgmentFields.queryIDLimit))],
                "text": [
                    "type": "string", "minLength": 1, "maxLength": .integer(Int64(JudgmentFields.textLimit)),
                    "description": "What is asked",
                ],
                "judgments": [
                    "type": "object", "description": "Grades by document id; above 0 is relevant",
                    "additionalProperties": takesBack ? ["oneOf": [grade, ["type": "null"]]] : grade,
                ],
            ], required: takesBack ? ["id"] : ["id", "text"], closed: true)
        return [
            "type": "array", "items": query, "minItems": .integer(Int64(range.lowerBound)),
            "maxItems": .integer(Int64(range.upperBound)),
        ]
    }

    private static let list = ToolSchema.object(
        [
            "collection": ["type": "string"],
            "queries": ToolSchema.list(
                of: ToolSchema.object(
                    [
                        "id": ["type": "string"], "text": ["type": "string"],
                        "judgments": ToolSchema.list(
                            of: ToolSchema.object(
                                [
                                    "doc_id": ["type": "string"], "grade": ["type": "integer"],
                                    "user": ToolSchema.text("Who judged"), "judged_at": Described.time,
                                ], required: ["doc_id", "grade", "user", "judged_at"]), "By document id"),
                    ], required: ["id", "text", "judgments"]), "By id"),
            "query_count": counted, "judgment_count": counted, "next_cursor": ToolSchema.nextCursor,
            "warnings": ToolSchema.warnings,
        ], required: ["collection", "queries", "query_count", "judgment_count", "warnings"])

    private static let listExample: JSONValue = [
        "collection": "notes",
        "queries": [
            [
                "id": "q1", "text": "how long may we keep customer records",
                "judgments": [
                    [
                        "doc_id": "notes/retention.md", "grade": 2, "user": "ann",
                        "judged_at": "2026-11-22T07:12:09.120Z",
                    ]
                ],
            ]
        ], "query_count": 1, "judgment_count": 1, "warnings": [],
    ]
}

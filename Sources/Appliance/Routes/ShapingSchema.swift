import JSON

/// What the doors of a search say of shaping.
enum ShapingSchema {
    /// The members of a request.
    static let members: [(String, JSONValue)] = [
        ("boosts", boosts), ("decay", decay),
        (
            "pinned",
            ids(Shaping.pinnedLimit, "Ids of documents that come first, in this order, also where they do not match")
        ),
        ("hidden", ids(Shaping.hiddenLimit, "Ids of documents that are left out")),
        (
            "rerank",
            [
                "type": "boolean", "default": false,
                "description":
                    "Whether the first hits are put into the order of the server's rerank model, where it has one",
            ]
        ),
    ]

    private static let boosts: JSONValue = [
        "type": "array", "minItems": 0, "maxItems": .integer(Int64(Shaping.boostLimit)),
        "items": ToolSchema.object(
            [
                "filter": MetadataSchema.filter,
                "factor": [
                    "type": "number", "minimum": 0, "maximum": 100,
                    "description": "What the score is multiplied by: above 1 documents rise, below they sink",
                ],
            ], required: ["filter", "factor"], closed: true),
        "description": "Multiplies the score of documents that pass a filter; several factors multiply",
    ]

    private static let decay: JSONValue = [
        "type": "array", "minItems": 0, "maxItems": .integer(Int64(Shaping.decayLimit)),
        "items": ToolSchema.object(
            [
                "field": ["type": "string", "minLength": 1, "description": "A field of dates or of numbers"],
                "scale": [
                    "type": ["string", "number"],
                    "description":
                        "How far from the origin a document counts `decay`: a time such as 30d, 12h, 90s, or a number",
                ],
                "origin": [
                    "type": ["string", "number"],
                    "description": "What counts in full: a date or now (default), or a number",
                ],
                "offset": [
                    "type": ["string", "number"],
                    "description": "Up to this distance documents count in full; default 0",
                ],
                "decay": ["type": "number", "minimum": 0.0001, "maximum": 0.9999, "default": 0.5],
                "curve": ["type": "string", "enum": ["gauss", "exp", "linear"], "default": "gauss"],
                "missing": [
                    "type": "number", "minimum": 0, "maximum": 1, "default": 1,
                    "description": "What documents without the field count",
                ],
            ], required: ["field", "scale"], closed: true),
        "description": "Multiplies scores by how near a date or number lies: recency",
    ]

    private static func ids(_ limit: Int, _ description: String) -> JSONValue {
        [
            "type": "array", "items": ["type": "string", "minLength": 1], "minItems": 0,
            "maxItems": .integer(Int64(limit)), "description": .string(description),
        ]
    }

    /// What an explanation tells.
    static let explained = ToolSchema.object(
        [
            "score_before": ToolSchema.number("What the fusion gave"),
            "boosts": ToolSchema.list(
                of: ToolSchema.object(
                    [
                        "filter": ToolSchema.text("The filter, as read"), "factor": ToolSchema.number("Its factor"),
                        "applies": ["type": "boolean", "description": "Whether the document passes"],
                    ], required: ["filter", "factor", "applies"]), "In the order of the request"),
            "decay": ToolSchema.list(
                of: ToolSchema.object(
                    [
                        "field": ToolSchema.text("The field"), "curve": ToolSchema.text("gauss, exp or linear"),
                        "origin": ["type": ["string", "number"], "description": "Now as it was on the first page"],
                        "value": ["type": ["string", "number"], "description": "The document's nearest value"],
                        "distance": ToolSchema.number("Between the two; seconds for dates"),
                        "factor": ToolSchema.number("What it counts"),
                    ], required: ["field", "curve", "factor"]), "In the order of the request"),
            "factor": ToolSchema.number("All of them multiplied"),
            "score": ToolSchema.number("score_before times factor, as the hit tells it"),
            "rerank": ToolSchema.object(
                [
                    "rank_before": ToolSchema.integer("Place before, among documents that are not pinned"),
                    "score": ToolSchema.number("What the rerank model said"),
                ], required: ["rank_before"]),
            "pinned": ToolSchema.integer("Place among the pinned documents"),
            "hidden": ["type": "boolean", "description": "True where the request hides it"],
        ], required: ["factor"])
}

import JSON
import MCP

extension SpaceRoutes {
    static let aboutList = RouteDescription(
        .collections, "The vector spaces of a collection",
        details:
            "One for each model that has embedded its passages, and those that callers made. `default_space` is the one "
            + "that searches use that name none; where it was not set, it follows the installed model.",
        parameters: [named],
        answers: [.json(200, "By name", .named("SpaceList", list), example: listExample)],
        refusals: [RouteDescription.Refusal(404, "unknown_collection")])

    static let aboutChange = RouteDescription(
        .collections, "Make a vector space, or change its settings",
        details:
            "For vectors that callers bring. `dimension` is needed to make it and stays. What is left out has its default. "
            + "A change of `metric`, `codes`, `m` or `ef_construction` makes the index anew from the stored vectors in the "
            + "background; searches use the old one until `is_current` is true.",
        parameters: [named, space],
        body: .json(
            .inline(
                ToolSchema.object(
                    settings(withMetric: true).merging([
                        "dimension": Described.whole(SpaceSettings.dimensionRange)
                    ]), required: [], closed: true)),
            [
                ("made", ["dimension": 512, "metric": "dot"]),
                ("changed", ["metric": "dot", "codes": "int8", "m": 24, "ef_construction": 128, "ef": 200]),
            ]),
        answers: [
            .json(200, "It was there, and has these settings", described, example: example),
            .json(201, "It was made", described, example: example),
        ], refusals: [RouteDescription.Refusal(404, "unknown_collection")])

    static let aboutDrop = RouteDescription(
        .collections, "Delete a vector space with all its vectors",
        details: "Not that of the installed model, nor the collection's `default_space`.",
        parameters: [
            named, space,
            .query(
                "confirm", "The space's name once more", schema: ["type": "string"], example: "images",
                isRequired: true),
        ],
        answers: [
            .json(
                200, "It is gone",
                .inline(
                    ToolSchema.object(
                        ["deleted": ["type": "string"], "vectors": Described.count("Vectors it held")],
                        required: ["deleted", "vectors"])), example: ["deleted": "images", "vectors": 412])
        ], refusals: [RouteDescription.Refusal(404, "unknown_collection", "unknown_space")])

    private static let named = RouteDescription.Parameter.path("name", "The collection's name", example: "notes")
    private static let space = RouteDescription.Parameter.path("space", "The space's name", example: "images")

    /// Settings of an index of vectors.
    static func settings(withMetric: Bool) -> JSONObject {
        var members: JSONObject = [
            "codes": [
                "type": "string", "enum": .array(SpaceSettings.CodesName.allCases.map { .string($0.rawValue) }),
                "description": "What stands for a vector while the graph is walked; the best are scored by the vectors",
            ],
            "m": Described.whole(SpaceSettings.mRange, default: 16),
            "ef_construction": Described.whole(SpaceSettings.efConstructionRange, default: 64),
            "ef": [
                "oneOf": [Described.whole(SearchRequest.efRange), ["type": "null"]],
                "description": "Passages a walk keeps where the search does not say",
            ],
        ]
        if withMetric {
            members["metric"] = [
                "type": "string", "enum": .array(SpaceSettings.MetricName.allCases.map { .string($0.rawValue) }),
                "default": "cosine", "description": "What makes two vectors near",
            ]
        }
        return members
    }

    private static let entry = ToolSchema.object(
        [
            "name": ["type": "string"],
            "filled_by": ["type": "string", "enum": ["model", "callers"]],
            "is_loaded": ["type": "boolean", "description": "Whether its model is, so that it can be asked by text"],
            "dimension": Described.whole(SpaceSettings.dimensionRange),
            "vectors": Described.count("Passages that have a vector in it"),
            "waiting": Described.count("Passages that wait for the installed model"),
            "parked": Described.count("Passages that it refused"),
            "settings": ToolSchema.object(
                settings(withMetric: true), required: ["metric", "codes", "m", "ef_construction"]),
            "is_current": ["type": "boolean", "description": "Whether the index is made with these settings"],
            "rebuilding": CollectionSettingsRoutes.reindexing,
            "index_bytes": Described.count("Memory and mapped files of its index"),
            "walk_bytes": [
                "type": "object", "additionalProperties": ["type": "integer", "minimum": 0],
                "description": "What searches without a filter keep in memory, for each kind of codes",
            ],
        ],
        required: ["name", "filled_by", "dimension", "vectors", "settings", "is_current", "index_bytes", "walk_bytes"])

    private static let described = RouteDescription.Schema.named("Space", entry)

    private static let list = ToolSchema.object(
        [
            "collection": ["type": "string"], "default_space": ToolSchema.text("Of searches that name none"),
            "is_default_set": ["type": "boolean", "description": "Whether somebody set it"],
            "spaces": ToolSchema.list(of: entry, "By name"),
        ], required: ["collection", "default_space", "is_default_set", "spaces"])

    private static let example: JSONValue = [
        "name": "images", "filled_by": "callers", "dimension": 512, "vectors": 412,
        "settings": ["metric": "dot", "codes": "int8", "m": 24, "ef_construction": 128, "ef": 200], "is_current": true,
        "index_bytes": 1_082_560, "walk_bytes": ["fp32": 922_880, "int8": 290_048, "4bit": 184_576],
    ]
    private static let listExample: JSONValue = [
        "collection": "notes", "default_space": "minilm-l6-v2/q8/0123abcd", "is_default_set": false,
        "spaces": [
            example,
            [
                "name": "minilm-l6-v2/q8/0123abcd", "filled_by": "model", "is_loaded": true, "dimension": 384,
                "vectors": 1_620, "waiting": 0, "parked": 0,
                "settings": ["metric": "cosine", "codes": "4bit", "m": 16, "ef_construction": 64], "is_current": true,
                "index_bytes": 3_265_920, "walk_bytes": ["fp32": 2_695_680, "int8": 829_440, "4bit": 518_400],
            ],
        ],
    ]
}

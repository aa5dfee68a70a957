import BM25
import JSON
import MCP

extension CollectionSettingsRoutes {
    static let aboutShow = RouteDescription(
        .collections, "A collection's settings", parameters: [named],
        answers: [.json(200, "The settings", shown, example: shownExample, headers: tagged)],
        refusals: [RouteDescription.Refusal(404, "unknown_collection")])

    static let aboutChange = RouteDescription(
        .collections, "Replace a collection's settings",
        details:
            "What is left out has its default. A change of `title_weight` or `analysis` makes the keyword index anew in the "
            + "background, one of `codes`, `m` or `ef_construction` the index of vectors; searches use the old one until "
            + "`is_current` is true. `vectors` is about the spaces that models fill. `default_space` is the vector space of "
            + "searches that name none; null leaves it to the installed model. `fusion`, `bm25_weight`, `vector_weight`, `k`, "
            + "`weight` and `feedback` act at once, on searches by words and meaning that do not say it themselves.",
        parameters: [named, Described.ifSettingsMatch],
        body: .json(
            .inline(settings),
            [
                ("german", ["title_weight": 3, "analysis": ["language": "german", "stop_words": "language"]]),
                (
                    "code",
                    [
                        "k1": 0.9,
                        "analysis": [
                            "identifiers": true, "synonyms": ["js, javascript", "db => database, table"],
                            "protected_words": ["kubernetes"],
                        ],
                    ]
                ),
                ("fusion", ["fusion": "calibrated", "weight": 0.6, "feedback": 0.2]),
                ("vectors", ["vectors": ["codes": "int8", "m": 24, "ef": 200], "default_space": .null]),
            ]),
        answers: [.json(200, "They are kept", shown, example: shownExample, headers: tagged)],
        refusals: [
            RouteDescription.Refusal(404, "unknown_collection", "unknown_space"),
            RouteDescription.Refusal(412, "precondition_failed"),
        ])

    private static let tagged = [("ETag", "Names these settings, for `If-Match`")]

    static let aboutAnalyze = RouteDescription(
        .collections, "What a text becomes in a collection's keyword index",
        details: "Under the settings in use. Offsets count Unicode scalars of the text.", parameters: [named],
        body: .json(
            .inline(
                ToolSchema.object(
                    [
                        "text": ToolSchema.text("What to analyse, at most 1 MiB"),
                        "field": ["type": "string", "enum": ["content", "title"], "default": "content"],
                        "as": [
                            "type": "string", "enum": ["document", "query"], "default": "document",
                            "description": "Synonyms are added to documents, never to queries",
                        ],
                    ], required: ["text"], closed: true)), [("text", ["text": "Running shoes"])]),
        answers: [
            .json(
                200, "The tokens, by position",
                .inline(
                    ToolSchema.object(
                        ["tokens": ToolSchema.list(of: token, "By position"), "warnings": ToolSchema.warnings],
                        required: ["tokens", "warnings"])),
                example: [
                    "tokens": [
                        ["term": "run", "surface": "Running", "position": 0, "start": 0, "end": 7],
                        ["term": "shoe", "surface": "shoes", "position": 1, "start": 8, "end": 13],
                    ], "warnings": [],
                ])
        ], refusals: [RouteDescription.Refusal(404, "unknown_collection")])

    private static let named = RouteDescription.Parameter.path("name", "The collection's name", example: "notes")

    private static let token = ToolSchema.object(
        [
            "term": ToolSchema.text("What is indexed and compared"),
            "surface": ToolSchema.text("What stands in the text"),
            "position": Described.count("Counted in words; tokens may share one"),
            "start": Described.count("Offset in scalars"), "end": Described.count("Behind the last scalar"),
        ], required: ["term", "surface", "position", "start", "end"])

    private static let language: JSONValue = [
        "type": "string",
        "enum": .array(AnalyzerOptions.Stemmer.allCases.map { .string($0.rawValue) }),
    ]

    private static func words(_ limit: Int) -> JSONObject {
        [
            "type": "array", "maxItems": .integer(Int64(limit)),
            "items": ["type": "string", "minLength": 1],
        ]
    }

    private static let settings = ToolSchema.object(
        [
            "k1": [
                "type": "number", "minimum": 0, "maximum": 100, "default": 1.2,
                "description": "How soon a repeated word stops counting",
            ],
            "b": [
                "type": "number", "minimum": 0, "maximum": 1, "default": 0.75,
                "description": "How much a long text is held back",
            ],
            "title_weight": Described.whole(CollectionSettings.titleWeightRange, default: 2),
            "analysis": ToolSchema.object(
                [
                    "language": language, "title_language": ["oneOf": [language, ["type": "null"]]],
                    "stop_words": [
                        "oneOf": [
                            ["type": "string", "enum": ["none", "language"]],
                            .object(words(AnalyzerOptions.maximumWordCount)),
                        ]
                    ],
                    "ideographs": [
                        "type": "string",
                        "enum": .array(AnalyzerOptions.IdeographRule.allCases.map { .string($0.rawValue) }),
                    ],
                    "identifiers": ["type": "boolean"],
                    "synonyms": .object(words(AnalyzerOptions.maximumSynonymCount)),
                    "protected_words": .object(words(AnalyzerOptions.maximumWordCount)),
                ], required: [], closed: true),
            "vectors": ToolSchema.object(SpaceRoutes.settings(withMetric: false), required: [], closed: true),
            "default_space": ["type": ["string", "null"], "description": "The space of searches that name none"],
        ], adding: FusionSchema.settings, required: [], closed: true)

    /// How far an index is that is made anew.
    static let reindexing = ToolSchema.object(
        ["done": Described.count("Passages read"), "total": Described.count("Passages to read")],
        required: ["done", "total"])

    private static let shown = RouteDescription.Schema.named(
        "SettingsOfCollection",
        ToolSchema.object(
            [
                "collection": ["type": "string"], "passages": Described.mode, "settings": settings,
                "etag": ToolSchema.text("Names these settings, for `If-Match`"),
                "is_current": ["type": "boolean", "description": "Whether the indexes are made with these settings"],
                "reindexing": reindexing,
            ], required: ["collection", "passages", "settings", "etag", "is_current"]))
    private static let shownExample: JSONValue = [
        "collection": "notes", "passages": "auto",
        "settings": [
            "k1": 1.2, "b": 0.75, "title_weight": 3,
            "analysis": [
                "language": "german", "stop_words": "language", "ideographs": "characters", "identifiers": false,
                "synonyms": [], "protected_words": [],
            ],
            "vectors": ["codes": "4bit", "m": 16, "ef_construction": 64],
        ], "etag": "\"pZ3mJtEnGk0yZJw1V4Xh8Q2L\"", "is_current": false, "reindexing": ["done": 4_096, "total": 52_310],
    ]
}

import JSON
import MCP

extension EvaluateRoute {
    static let about = RouteDescription(
        .collections, "Measure rankings of a collection on judged queries",
        details:
            "Each query is asked by each run for 100 documents, ids alone. The first run is the baseline that the others are "
            + "compared with (paired randomisation test, Holm). A run is `default` (what a search does that says nothing), a "
            + "fusion or a mode by its name, or an object with members of a search, or with rankings made elsewhere. Without "
            + "`queries` those are asked that the collection keeps judgments of. Queries without a grade above 0 are left out. "
            + "Runs times queries are at most 5,000; four evaluations run at a time, more get 503. Means are those of "
            + "trec_eval: `ndcg@k`, `recall@100`, `mrr`, `success@k`, and `unjudged@k`, the share of the first documents that "
            + "nobody judged.",
        parameters: [.path("name", "The collection's name", example: "notes")],
        body: .json(
            .inline(
                ToolSchema.object(
                    [
                        "runs": [
                            "type": "array", "items": run,
                            "minItems": .integer(Int64(EvaluationRun.countRange.lowerBound)),
                            "maxItems": .integer(Int64(EvaluationRun.countRange.upperBound)),
                        ],
                        "queries": JudgmentRoutes.queries(1...EvaluationRequest.rankingLimit, takesBack: false),
                        "cutoff": Described.whole(
                            EvaluationRequest.cutoffRange, default: RankingMeasures.usualCutoff),
                        "detail": [
                            "type": "string",
                            "enum": .array(EvaluationRequest.Detail.allCases.map { .string($0.rawValue) }),
                            "default": "summary",
                            "description": .string(
                                "`queries` adds the measures of each query; `rankings` gives what every run ranked and "
                                    + "measures nothing"),
                        ],
                    ], required: ["runs"], closed: true)),
            [
                ("kept judgments", ["runs": ["default", "rrf", "calibrated"]]),
                (
                    "judgments sent along",
                    [
                        "runs": [
                            "bm25", ["name": "words first", "search": ["bm25_weight": 0.8, "vector_weight": 0.2]],
                            ["name": "elsewhere", "rankings": ["q1": ["notes/retention.md"]]],
                        ],
                        "queries": [
                            [
                                "id": "q1", "text": "how long may we keep customer records",
                                "judgments": ["notes/retention.md": 1],
                            ]
                        ], "cutoff": 5, "detail": "queries",
                    ]
                ),
            ]),
        answers: [.json(200, "The report, or the rankings", .named("Evaluation", answered), example: example)],
        refusals: [RouteDescription.Refusal(404, "unknown_collection", "unknown_space")])

    private static let run: JSONValue = [
        "anyOf": [
            ["type": "string", "enum": .array(EvaluationRun.words.map { .string($0) })],
            ToolSchema.object(
                [
                    "name": ["type": "string", "minLength": 1, "maxLength": .integer(Int64(EvaluationRun.nameLimit))],
                    "search": [
                        "type": "object", "description": "Members of a search, but for what is asked and how many",
                    ],
                    "rankings": [
                        "type": "object", "description": "Document ids, best first, by query",
                        "additionalProperties": [
                            "type": "array", "items": ["type": "string"],
                            "maxItems": .integer(Int64(EvaluationRequest.documentLimit)),
                        ],
                    ],
                ], required: ["name"], closed: true),
        ]
    ]

    private static let interval: JSONValue = [
        "type": "array", "items": ["type": "number"], "minItems": 2, "maxItems": 2,
        "description": "95 % of the bootstrap's means lie in it",
    ]

    private static let answered = ToolSchema.object(
        [
            "queries": Described.count("Queries with a relevant document"), "cutoff": Described.count("As asked"),
            "runs": [
                "type": "array",
                "items": ["type": "object", "properties": ["name": ["type": "string"], "interval": interval]],
            ],
            "comparisons": ToolSchema.list(
                of: ToolSchema.object(
                    [
                        "run": ["type": "string"], "against": ["type": "string"],
                        "difference": ToolSchema.number("Mean of nDCG less that of the first run"),
                        "interval": interval, "p": ["type": "number"],
                        "p_adjusted": ToolSchema.number("Holm's, for several comparisons"),
                        "significant": ["type": "boolean"], "wins": Described.count("Queries better"),
                        "losses": Described.count("Queries worse"), "ties": Described.count("Queries alike"),
                    ],
                    required: [
                        "run", "against", "difference", "interval", "p", "p_adjusted", "significant", "wins", "losses",
                        "ties",
                    ]), "Of each run behind the first"),
            "default": ToolSchema.object(
                [
                    "verdict": [
                        "type": "string",
                        "enum": .array(
                            [DefaultChoice.Verdict.better, .notWorse, .none].map { .string($0.rawValue) }),
                    ],
                    "run": ToolSchema.text("The run chosen"),
                    "settings": ["type": "object", "description": "Members of the collection's settings to set"],
                    "reason": ["type": "string"],
                ], required: ["verdict", "reason"]),
            "by_query": ["type": "array", "items": ["type": "object"]],
            "rankings": ToolSchema.list(
                of: ToolSchema.object(
                    [
                        "name": ["type": "string"],
                        "queries": ToolSchema.list(
                            of: ToolSchema.object(
                                [
                                    "id": ["type": "string"],
                                    "documents": ["type": "array", "items": ["type": "string"]],
                                    "scores": ["type": "array", "items": ["type": "number"]],
                                ], required: ["id", "documents", "scores"]), "In the order of the queries"),
                    ], required: ["name", "queries"]), "In the order of the runs; only with `detail: rankings`"),
            "warnings": ToolSchema.warnings,
        ], required: ["warnings"])

    private static let example: JSONValue = [
        "queries": 300, "cutoff": 10,
        "runs": [
            [
                "name": "default", "ndcg@10": 0.7148, "recall@100": 0.956, "mrr": 0.6778, "success@10": 0.8667,
                "unjudged@10": 0.9047, "interval": [0.6733, 0.7559],
            ],
            [
                "name": "calibrated", "ndcg@10": 0.7436, "recall@100": 0.965, "mrr": 0.7096, "success@10": 0.87,
                "unjudged@10": 0.903, "interval": [0.7023, 0.7841],
            ],
        ],
        "comparisons": [
            [
                "run": "calibrated", "against": "default", "difference": 0.0287, "interval": [0.0129, 0.0457],
                "p": 0.0009, "p_adjusted": 0.0009, "significant": true, "wins": 43, "losses": 29, "ties": 228,
            ]
        ],
        "default": [
            "verdict": "better", "run": "calibrated", "settings": ["fusion": "calibrated"],
            "reason": "calibrated is significantly better than the present default (nDCG@10 +0.0287, p 0.0009)",
        ],
        "warnings": [],
    ]
}

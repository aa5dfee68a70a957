import JSON
import MCP

extension LegRoutes {
    static let aboutShow = RouteDescription(
        .collections, "Whether the rankings of a collection work",
        details:
            "`bm25` is the ranking by words, `vector` the one by meaning, for each vector space. `found` of the `probed` "
            + "documents were among a ranking's own first ten when it was asked with their first twelve words; one that "
            + "finds fewer than a tenth is off: hybrid searches go without it, and say so. `agreement` is how many "
            + "deviations of its noise the documents that the words find first stand out by meaning, on average over the "
            + "last hundred searches; below 0.5 the rankings are probed.",
        parameters: [named], answers: [.json(200, "The rankings", shown, example: example)],
        refusals: [RouteDescription.Refusal(404, "unknown_collection")])

    static let aboutProbe = RouteDescription(
        .collections, "Probe the rankings of a collection",
        details:
            "Asks both rankings for up to 64 documents by their first twelve words, behind searches and writes, and answers "
            + "when it is done. A ranking that fails is switched off for hybrid searches, one that passes is switched on "
            + "again, unless its rule says otherwise. `not_probed` says why a ranking could not be asked: fewer than 200 "
            + "documents, too many that begin alike, or vectors that callers brought and no model can ask for.",
        parameters: [named], answers: [.json(200, "What was found", shown, example: example)],
        refusals: [RouteDescription.Refusal(404, "unknown_collection")])

    static let aboutChange = RouteDescription(
        .collections, "Switch a ranking of a collection by hand",
        details:
            "`auto` is as the last probe says, `on` and `off` whatever it says. Where both are off, or only one can run, "
            + "searches use what there is and say so.",
        parameters: [named],
        body: .json(
            .inline(
                ToolSchema.object(
                    [
                        "leg": ["type": "string", "enum": ["bm25", "vector"]],
                        "space": ["type": "string", "description": "Vector space; left out: the one searches use"],
                        "rule": ["type": "string", "enum": ["auto", "on", "off"]],
                    ], required: ["leg", "rule"], closed: true)),
            [("off", ["leg": "vector", "rule": "off"]), ("as the probe says", ["leg": "bm25", "rule": "auto"])]),
        answers: [.json(200, "The rankings", shown, example: example)],
        refusals: [RouteDescription.Refusal(404, "unknown_collection", "unknown_space")])

    private static let named = RouteDescription.Parameter.path("name", "The collection's name", example: "notes")

    private static let leg = ToolSchema.object(
        [
            "leg": ["type": "string", "enum": ["bm25", "vector"]],
            "space": ToolSchema.text("The vector space"),
            "is_default": ["type": "boolean", "description": "Whether searches that name no space use it"],
            "state": [
                "type": "string", "enum": ["on", "off"], "description": "Whether hybrid searches use it",
            ],
            "rule": ["type": "string", "enum": ["auto", "on", "off"]],
            "probed": Described.count("Documents the last probe asked for"),
            "found": Described.count("Those it found"),
            "probed_at": Described.time,
            "not_probed": ToolSchema.text("Why this probe could not ask it"),
            "agreement": ["type": "number", "description": "With the ranking by words, over the last searches"],
            "agreement_searches": Described.count("Searches that is about; the alarm needs 100"),
        ], required: ["leg", "state", "rule"])

    private static let shown = RouteDescription.Schema.named(
        "Legs",
        ToolSchema.object(
            ["collection": ["type": "string"], "legs": ToolSchema.list(of: leg, "bm25 first, then each vector space")],
            required: ["collection", "legs"]))

    private static let example: JSONValue = [
        "collection": "notes",
        "legs": [
            [
                "leg": "bm25", "state": "on", "rule": "auto", "probed": 64, "found": 62,
                "probed_at": "2026-11-22T07:08:00.000Z",
            ],
            [
                "leg": "vector", "space": "minilm-l6-v2/q8/0123abcd", "is_default": true, "state": "off",
                "rule": "auto",
                "probed": 64, "found": 1, "probed_at": "2026-11-22T07:08:00.000Z", "agreement": 0.04,
                "agreement_searches": 100,
            ],
        ],
    ]
}

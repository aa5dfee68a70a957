import JSON

/// What doors say of how rankings are joined: in a search, and in the settings of a collection.
enum FusionSchema {
    static let method: JSONValue = [
        "type": "string", "enum": ["rrf", "minmax", "calibrated"],
        "description": .string(
            "rrf joins ranks, minmax scores scaled to 0...1, calibrated scores measured by their own noise. Default: the "
                + "collection's setting, else the server's, else rrf"),
    ]

    static let keywordWeight = number(
        0...1_000,
        "Weight of the ranking by words; only the ratio to vector_weight counts. Default: the collection's, else 0.5"
    )

    static let vectorWeight = number(0...1_000, "Weight of the ranking by meaning. Default: the collection's, else 0.5")

    static let k = number(
        1...10_000,
        "Constant of rrf: the higher, the less the very first ranks count. Default: the collection's, else 60")

    /// The members of a collection's settings; null is as good as left out.
    static let settings: [(String, JSONValue)] = [
        (
            "fusion",
            [
                "type": ["string", "null"], "enum": ["rrf", "minmax", "calibrated", .null],
                "description": "How rankings are joined where a search does not say it; without it as the server says",
            ]
        ),
        ("bm25_weight", number(0...1_000, "Weight of the ranking by words; without it 0.5", orNull: true)),
        ("vector_weight", number(0...1_000, "Weight of the ranking by meaning; without it 0.5", orNull: true)),
        ("k", number(1...10_000, "Constant of rrf; without it 60", orNull: true)),
        (
            "weight",
            number(0...10, "With calibrated: how much words count beside meaning; without it 0.6", orNull: true)
        ),
        (
            "feedback",
            number(
                0...1, "With calibrated: how far the query moves towards the two best, 0 is off; without it 0.2",
                orNull: true)
        ),
    ]

    private static func number(_ range: ClosedRange<Int64>, _ description: String, orNull: Bool = false) -> JSONValue {
        [
            "type": orNull ? ["number", "null"] : "number", "minimum": .integer(range.lowerBound),
            "maximum": .integer(range.upperBound), "description": .string(description),
        ]
    }
}

import JSON

/// What the doors of a search say of its query language.
enum QuerySchema {
    static let typos: JSONValue = [
        "type": "boolean", "default": true,
        "description": "Whether a word that does not occur stands for words a letter or two away",
    ]

    static let exact: JSONValue = [
        "type": "boolean", "default": false,
        "description": "Whether every vector is scored instead of searching for the nearest: slower, misses nothing",
    ]

    static let ef: JSONValue = [
        "type": "integer", "minimum": .integer(Int64(SearchRequest.efRange.lowerBound)),
        "maximum": .integer(Int64(SearchRequest.efRange.upperBound)),
        "description": "How wide the search for the nearest vectors is: more misses less and takes longer",
    ]

    static let diversity: JSONValue = [
        "type": "number", "minimum": 0, "maximum": 1, "default": 0,
        "description":
            "How much it counts that hits differ from each other: 0 not at all, 0.3 keeps near copies apart, 1 alone",
    ]

    static let receipts: JSONValue = [
        "type": "boolean", "default": false,
        "description":
            "Whether each hit comes with its receipt: every number behind its place, to be checked by explain_hit later",
    ]

    /// A receipt as answers hold it; docs/formats.md describes it.
    static let receipt: JSONValue = [
        "type": "object",
        "description": "The numbers behind the hit, the request and the index they came from; sealed, kept as it is",
    ]

    static let receiptOfExplanation: JSONValue = [
        "type": "boolean", "default": false,
        "description": "Whether the receipt that a search would give with the hit is given too",
    ]

    static let verifiedReceipt: JSONValue = [
        "type": "object",
        "description": "The receipt of a hit, to be made anew from the index and compared; then nothing else is given",
    ]

    /// What became of a receipt.
    static let verification = ToolSchema.object(
        [
            "equal": ["type": "boolean", "description": "Whether every member is what the index gives now"],
            "seal": [
                "type": "string", "enum": ["intact", "broken", "absent"],
                "description": "intact: this box wrote this text for this tenant",
            ],
            "reasons": ToolSchema.list(
                of: ToolSchema.object(
                    [
                        "cause": ToolSchema.text(
                            "altered, changes, document_changed, document_gone, not_found, settings, model, rerank, "
                                + "vector_index, cpu, software, degraded or not_repeatable"),
                        "detail": ToolSchema.text("The same in a sentence"),
                    ], required: ["cause", "detail"]), "Why members differ"),
            "difference_count": ToolSchema.integer("Members that differ"),
            "differences": ToolSchema.list(
                of: ToolSchema.object(
                    [
                        "member": ToolSchema.text("Its place in the receipt, such as bm25.terms[0].tf"),
                        "receipt": ["description": "What the receipt says; absent where it lacks the member"],
                        "index": ["description": "What the index gives; absent where it gives none"],
                    ], required: ["member"]), "The first of them"),
        ], required: ["equal", "seal", "reasons", "difference_count", "differences"])

    /// What an explanation tells of diversity.
    static let explainedDiversity = ToolSchema.object(
        [
            "diversity": ToolSchema.number("As asked for"),
            "rank_before": ToolSchema.integer("Place by relevance alone"),
            "similarity": ToolSchema.number("Greatest cosine with a document that stands before it"),
            "similar_to_rank": ToolSchema.integer("The place of that one"),
            "value": ToolSchema.number("(1 - diversity) x relevance - diversity x similarity"),
        ], required: ["diversity", "rank_before"])

    /// - Parameter standard: The syntax without this argument.
    static func syntax(default standard: SearchRequest.Syntax) -> JSONValue {
        [
            "type": "string", "enum": ["words", "query"], "default": .string(standard.rawValue),
            "description": """
            query reads operators in the text: "a phrase"~2, +must, -not, AND OR NOT, (groups), title:word, prefix*, \
            fuzzy~1, boost^2; words takes every character as it is
            """,
        ]
    }

    /// A schema of requests that take a `query`, with `expression` in its place.
    static func withExpression(_ base: JSONValue, with members: JSONObject) -> JSONValue {
        var object = Described.schema(base, with: members).objectValue ?? [:]
        var properties = object["properties"]?.objectValue ?? [:]
        properties["expression"] = expression
        object["properties"] = .object(properties)
        object["required"] = nil
        object["anyOf"] = [["required": ["query"]], ["required": ["expression"]]]
        return .object(object)
    }

    private static let expression: JSONValue = [
        "type": "object",
        "description": """
        The query as a tree, instead of query: one of words, term, prefix, fuzzy (distance), phrase (slop), everything; \
        or must, should, must_not with minimum_should_match; field title and boost with any
        """,
    ]

    static let didYouMean: JSONValue = ToolSchema.text(
        "The query with the words that do not occur replaced by those that were searched for in their place")
}

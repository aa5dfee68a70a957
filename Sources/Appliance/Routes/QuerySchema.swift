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

    static let diversity: JSONValue = [
        "type": "number", "minimum": 0, "maximum": 1, "default": 0,
        "description":
            "How much it counts that hits differ from each other: 0 not at all, 0.3 keeps near copies apart, 1 alone",
    ]

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

import JSON
import MCP
import Testing

@Suite struct ArgumentValidatorTests {
    private let schema: JSONValue = [
        "type": "object",
        "properties": [
            "query": ["type": "string", "minLength": 1],
            "limit": ["type": "integer", "minimum": 1, "maximum": 50],
            "weight": ["type": "number", "minimum": 0],
            "detail": ["type": "string", "enum": ["ids", "full"]],
            "ids": ["type": "array", "items": ["type": "string", "minLength": 1], "minItems": 1, "maxItems": 3],
            "embedding": ["type": "array", "items": ["type": "number"]],
            "documents": [
                "type": "array",
                "items": [
                    "type": "object", "properties": ["title": ["type": "string"]], "required": ["title"],
                    "additionalProperties": false,
                ],
            ],
            "metadata": ["type": "object", "additionalProperties": ["type": ["string", "null"]]],
            "exact": ["type": "boolean"],
        ],
        "required": ["query"], "additionalProperties": false,
    ]

    @Test(
        arguments: [
            (["query": "x"], []),
            (
                [
                    "query": "x", "limit": 50, "weight": 0.5, "detail": "ids", "ids": ["a"], "embedding": [1, 0.5],
                    "exact": true,
                ], []
            ),
            (["query": "x", "limit": 5.0, "metadata": ["a": "b", "c": nil]], []),
            ([:], ["`query` is required: a string"]),
            (["query": 5], ["`query` must be a string, not the number 5"]),
            (["query": nil], ["`query` must be a string, not null"]),
            (["query": ""], ["`query` must not be empty"]),
            (["query": "x", "limit": 51], ["`limit` must be from 1 to 50, not 51"]),
            (["query": "x", "limit": 2.5], ["`limit` must be a whole number, not the number 2.5"]),
            (["query": "x", "limit": "5"], ["`limit` must be a whole number, not a string"]),
            (["query": "x", "weight": -1], ["`weight` must be at least 0, not -1"]),
            (["query": "x", "detail": "all"], [#"`detail` must be one of "ids", "full", not "all""#]),
            (["query": "x", "ids": []], ["`ids` must have at least 1 item, not 0"]),
            (["query": "x", "ids": ["a", "b", "c", "d"]], ["`ids` must have at most 3 items, not 4"]),
            (["query": "x", "ids": ["a", ""]], ["`ids[1]` must not be empty"]),
            (["query": "x", "embedding": [1, "2"]], ["`embedding[1]` must be a number, not a string"]),
            (["query": "x", "exact": 1], ["`exact` must be a boolean, not the number 1"]),
            (
                ["query": "x", "documents": [["title": "a"], [:], ["title": "b", "x": 1]]],
                [
                    "`documents[1].title` is required: a string",
                    "`documents[2].x` is not a known argument; known: title",
                ]
            ),
            (["query": "x", "metadata": ["a": 5]], ["`metadata.a` must be a string or null, not the number 5"]),
            (
                ["top_k": 5],
                [
                    "`query` is required: a string",
                    "`top_k` is not a known argument; known: query, limit, weight, detail, ids, embedding, documents, metadata, exact",
                ]
            ),
        ] as [(JSONObject, [String])])
    func problemsNameArgumentProblemAndAllowedValues(_ arguments: JSONObject, _ expected: [String]) {
        #expect(ArgumentValidator().validate(arguments, against: schema) == expected)
    }

    @Test func `problems are bounded in number and length`() {
        let many = JSONObject((0..<1000).map { ("u\($0)\(String(repeating: "x", count: 500))", 1) })
        let problems = ArgumentValidator(maximumProblems: 5).validate(many, against: schema)
        #expect(problems.count == 5)
        #expect(problems.allSatisfy { $0.utf8.count < 250 })
    }

    @Test func `schemas that promise unchecked things are found`() {
        #expect(ArgumentValidator.unsupportedKeywords(in: schema).isEmpty)
        let other: JSONValue = [
            "type": "object", "$schema": "x",
            "properties": ["a": ["pattern": "x"], "b": ["items": ["format": "y"]]],
        ]
        #expect(ArgumentValidator.unsupportedKeywords(in: other) == ["$schema", "a.pattern", "b.[].format"])
    }
}

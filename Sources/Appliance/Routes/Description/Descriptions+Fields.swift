import Columns
import JSON

extension FieldRoutes {
    static let aboutShow = RouteDescription(
        .collections, "The metadata fields of a collection",
        details: """
            With their types, which filters, facets and sorting go by. `unfit` counts documents with a value of another type, or \
            a text of more than 1,024 bytes: it is kept with the document, but filters, facets and sorting do not see it.
            """,
        parameters: [named], answers: [.json(200, "By name", fields, example: example)],
        refusals: [RouteDescription.Refusal(404, "unknown_collection")])

    static let aboutDeclare = RouteDescription(
        .collections, "Say which types metadata fields have",
        details: """
            Else the first value says it. Fields that are not named stay as they are. Values that are there are read anew before \
            the answer.
            """,
        parameters: [named],
        body: .json(
            .inline(
                ToolSchema.object(
                    [
                        "fields": [
                            "type": "object", "minProperties": 1, "maxProperties": 1000,
                            "additionalProperties": type,
                            "description": "Types by the dotted path of the field",
                        ]
                    ], required: ["fields"], closed: true)),
            [("types", ["fields": ["year": "number", "published": "date", "author.name": "keyword"]])]),
        answers: [.json(200, "All fields, as they are now", fields, example: example)],
        refusals: [RouteDescription.Refusal(404, "unknown_collection")])

    private static let named = RouteDescription.Parameter.path("name", "The collection's name", example: "notes")
    private static let type: JSONValue = [
        "type": "string", "enum": .array(FieldType.allCases.map { .string($0.rawValue) }),
    ]

    private static let fields = RouteDescription.Schema.named(
        "FieldList",
        ToolSchema.object(
            [
                "collection": ["type": "string"],
                "fields": ToolSchema.list(
                    of: ToolSchema.object(
                        [
                            "name": ToolSchema.text("Its dotted path"), "type": type,
                            "declared": ["type": "boolean", "description": "Whether it was said, not inferred"],
                            "documents": Described.count("Documents that have it"),
                            "unfit": Described.count("Those with a value that filters do not see"),
                        ], required: ["name", "type", "declared", "documents", "unfit"]), "By name"),
            ], required: ["collection", "fields"]))

    private static let example: JSONValue = [
        "collection": "notes",
        "fields": [["name": "year", "type": "number", "declared": true, "documents": 412, "unfit": 3]],
    ]
}

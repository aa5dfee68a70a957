import JSON

/// What tools and routes say of filters, facets and sorting.
enum MetadataSchema {
    static let filter: JSONValue = [
        "type": ["string", "object"],
        "description": .string(
            """
            Which documents take part, by their metadata. As text: year >= 2020 AND (tag = "a" OR author.name IN [kim, lee]) \
            AND NOT draft = true; also !=, <, <=, >, BETWEEN 1 AND 5, NOT IN, EXISTS, dates such as 2024-05-01. As JSON: \
            {"year": {"$gte": 2020}, "tag": "a"} with $eq $ne $gt $gte $lt $lte $in $nin $between $exists $and $or $not. A field \
            with several values passes if one does
            """),
    ]
    static let facets: JSONValue = [
        "type": "array", "items": ["type": ["string", "object"]], "minItems": 1, "maxItems": 20,
        "description": .string(
            """
            Fields whose values are counted: names, or {"field": "tag", "limit": 20}, or \
            {"field": "year", "ranges": [{"to": 2000}, {"from": 2000, "to": 2010}]} (from is included, to is not)
            """),
    ]
    static let sort: JSONValue = [
        "type": "array", "items": ["type": "string"], "minItems": 1, "maxItems": 3,
        "description": "Order by fields, such as [\"year:desc\", \"title_en\"]; documents without a value come last",
    ]
    static let distinct: JSONValue = [
        "type": "string", "minLength": 1,
        "description": "Field of whose values each is answered once, with the document that comes first",
    ]

    /// The four, with what order means here.
    static func members(_ order: String) -> [(String, JSONValue)] {
        var sort = sort.objectValue ?? [:]
        sort["description"] = .string("\(sort["description"]?.stringValue ?? ""). \(order)")
        return [("filter", filter), ("facets", facets), ("sort", .object(sort)), ("distinct", distinct)]
    }

    static let ofSearch = members(
        "In keyword mode of all that match, else of the candidates of both rankings (depth)")
    static let ofList = members("Without it by collection and id")

    /// What an answer says of the facets that were asked for.
    static let counted = ToolSchema.list(
        of: ToolSchema.object(
            [
                "field": ToolSchema.text("The field"),
                "values": ToolSchema.list(
                    of: ToolSchema.object(
                        [
                            "value": [
                                "type": ["string", "number", "boolean"], "description": "The value; dates in UTC",
                            ],
                            "count": ToolSchema.integer("Documents that have it"),
                        ], required: ["value", "count"]), "The most frequent ones, then by value"),
                "distinct": ToolSchema.integer("Different values in all"),
                "ranges": ToolSchema.list(
                    of: ToolSchema.object(
                        [
                            "from": ["type": ["string", "number", "boolean"]],
                            "to": ["type": ["string", "number", "boolean"]],
                            "count": ToolSchema.integer("Documents with a value in it"),
                        ], required: ["count"]), "In the order of the request"),
                "documents": ToolSchema.integer("Documents counted"),
                "missing": ToolSchema.integer("Those of them without a value"),
            ], required: ["field", "documents", "missing"]), "In the order of the request")
}

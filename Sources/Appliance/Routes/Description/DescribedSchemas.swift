import JSON
import MCP

/// Pieces that the descriptions of several routes share; what a tool has too is taken from the tool.
enum Described {
    typealias Parameter = RouteDescription.Parameter
    typealias Schema = RouteDescription.Schema

    // MARK: Parameters

    static let collection = Parameter.query(
        "collection", "Name of a collection. Left out: the only one, else all", example: "notes")
    static let targetCollection = Parameter.query(
        "collection",
        "Collection to write to; made if it does not exist. Left out: the only one, or `default` if there is none",
        schema: name, example: "notes")
    static let passages = Parameter.query(
        "passages", "How a collection that this call makes cuts its documents",
        schema: ["type": "string", "enum": ["auto", "whole"]])
    static let document = Parameter.path(
        "id", "The document's id; a slash in it is `%2F`", schema: id, example: "handbook-7")
    static let cursor = Parameter.query(
        "cursor", "`next_cursor` of the page before, with the same request",
        schema: ["type": "string", "minLength": 1])
    static let ifMatch = Parameter.header(
        "If-Match", "Only if the document is one of these versions (`ETag` values), or `*`: if there is one",
        schema: tags)

    static let ifSettingsMatch = Parameter.header(
        "If-Match", "Only if the settings are still those (`ETag` or `etag`)", schema: tags)

    static func limit(_ range: ClosedRange<Int>, default count: Int) -> Parameter {
        .query("limit", "Entries on a page", schema: whole(range, default: count))
    }

    // MARK: Schemas

    /// A list of entity tags, or `*`.
    static let tags: JSONValue = [
        "type": "string", "pattern": "^(\\*|(W/)?\"[!#-~]*\"( *, *(W/)?\"[!#-~]*\")*)$",
    ]

    static let name: JSONValue = ["type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"]
    static let id: JSONValue = ["type": "string", "minLength": 1, "maxLength": 512]
    static let time: JSONValue = ["type": "string", "format": "date-time"]
    static let mode: JSONValue = ["type": "string", "enum": ["auto", "whole"]]

    static func whole(_ range: ClosedRange<Int>, default count: Int? = nil) -> JSONValue {
        var schema: JSONObject = [
            "type": "integer", "minimum": .integer(Int64(range.lowerBound)),
            "maximum": .integer(Int64(range.upperBound)),
        ]
        if let count { schema["default"] = .integer(Int64(count)) }
        return .object(schema)
    }

    static func count(_ description: String) -> JSONValue {
        ["type": "integer", "minimum": 0, "description": .string(description)]
    }

    /// A schema of a tool with members added, or with others in their place.
    static func schema(_ base: JSONValue, with members: JSONObject, required: [String] = []) -> JSONValue {
        var object = base.objectValue ?? [:]
        var properties = object["properties"]?.objectValue ?? [:]
        for (name, value) in members.members { properties[name] = value }
        object["properties"] = .object(properties)
        if !required.isEmpty {
            let known = object["required"]?.arrayValue ?? []
            object["required"] = .array(known + required.map { .string($0) }.filter { !known.contains($0) })
        }
        return .object(object)
    }

    /// What every door that writes documents answers.
    static let writeReport = Schema.named(
        "WriteReport",
        schema(
            MCPTool.addDocuments.answerSchema,
            with: ["etag": ToolSchema.text("Of the version that is there now, where one document was written")]))
    static let deleteReport = Schema.named("DeleteReport", MCPTool.deleteDocuments.answerSchema)

    static let written: JSONValue = [
        "added": 1, "updated": 0, "unchanged": 0, "ids": ["handbook-7"], "errors": [], "warnings": [],
        "etag": "\"5hYRGV2e8TQxR1oPq7mJc0aK\"",
    ]
    static let deleted: JSONValue = ["deleted": 1, "unknown": 0, "warnings": []]
}

extension MCPTool {
    /// What the tool's structured result looks like.
    var answerSchema: JSONValue { definition.outputSchema ?? ["type": "object"] }
}

package import JSON
package import MCP

/// A tool: what clients see of it, the operation it is, and its work.
package final class MCPTool: Sendable {
    let definition: ToolDefinition
    package let operation: Operation
    /// What arguments are checked against; looser than the published schema where a tool judges entries one by one.
    let checkedSchema: JSONValue
    /// Names that are taken for others without being listed.
    let aliases: [String: String]
    /// Whether a call with these arguments takes so long that it tells how far it is.
    let tellsProgress: @Sendable (JSONObject) -> Bool
    let run: @Sendable (SearchAppliance, RequestContext, MCPRequest) async throws -> ToolOutcome

    /// A tool that answers from its arguments alone.
    package convenience init(
        _ operation: Operation, title: String, description: String, input: JSONValue, output: JSONValue,
        annotations: ToolAnnotations, checked: JSONValue? = nil, aliases: [String: String] = [:],
        run: @escaping @Sendable (SearchAppliance, RequestContext, JSONObject) async throws -> ToolResult
    ) {
        self.init(
            operation, title: title, description: description, input: input, output: output, annotations: annotations,
            checked: checked, aliases: aliases, tellsProgress: { _ in false },
            call: { .result(try await run($0, $1, $2.arguments)) })
    }

    /// A tool that tells how far it is, asks back or goes on as a task.
    /// - Parameters:
    ///   - input: JSON Schema of the arguments as it is published.
    ///   - output: JSON Schema of the structured result; nil for a tool that gives blocks alone.
    ///   - checked: What arguments are checked against, where that is not `input`.
    package init(
        _ operation: Operation, title: String, description: String, input: JSONValue, output: JSONValue?,
        annotations: ToolAnnotations, checked: JSONValue? = nil, aliases: [String: String] = [:],
        tellsProgress: @escaping @Sendable (JSONObject) -> Bool,
        call: @escaping @Sendable (SearchAppliance, RequestContext, MCPRequest) async throws -> ToolOutcome
    ) {
        definition = ToolDefinition(
            name: operation.name, title: title, description: description, inputSchema: input, outputSchema: output,
            annotations: annotations)
        self.operation = operation
        checkedSchema = checked ?? input
        self.aliases = aliases
        self.tellsProgress = tellsProgress
        run = call
    }

    /// The arguments under their listed names, once they fit the schema.
    /// - Throws: ``ApplianceError/invalidArguments(_:)``.
    func checked(_ arguments: JSONObject) throws(ApplianceError) -> JSONObject {
        var arguments = arguments
        for (alias, name) in aliases where arguments[name] == nil {
            guard let value = arguments[alias] else { continue }
            arguments = JSONObject(
                arguments.members.filter { $0.key != alias }.map { ($0.key, $0.value) } + [(name, value)])
        }
        let problems = ArgumentValidator().validate(arguments, against: checkedSchema)
        guard problems.isEmpty else { throw .invalidArguments(problems) }
        return arguments
    }

    /// Every tool, in the order of the list.
    package static let all: [MCPTool] = [
        hybridSearch, searchDocuments, retrieveDocument, listDocuments, findSimilar, getPassages, listCollections,
        explainHit, addDocuments, updateDocument, deleteDocuments,
    ]

    /// The published schemas.
    package var schemas: [JSONValue] { [definition.inputSchema, definition.outputSchema].compactMap(\.self) }
}

/// Pieces that several schemas share.
enum ToolSchema {
    /// - Parameter members: Properties behind the others.
    static func object(
        _ properties: JSONObject, adding members: [(String, JSONValue)] = [], required: [String], closed: Bool = false
    ) -> JSONValue {
        var properties = properties
        for (name, value) in members { properties[name] = value }
        var schema: JSONObject = [
            "type": "object", "properties": .object(properties), "required": .array(required.map { .string($0) }),
        ]
        if required.isEmpty { schema["required"] = nil }
        if closed { schema["additionalProperties"] = false }
        return .object(schema)
    }

    static func text(_ description: String) -> JSONValue {
        ["type": "string", "description": .string(description)]
    }

    static func integer(_ description: String) -> JSONValue {
        ["type": "integer", "description": .string(description)]
    }

    static func number(_ description: String) -> JSONValue {
        ["type": "number", "description": .string(description)]
    }

    static func list(of items: JSONValue, _ description: String) -> JSONValue {
        ["type": "array", "items": items, "description": .string(description)]
    }

    static let documentID: JSONValue = [
        "type": "string", "minLength": 1, "description": "doc_id of a hit or of a listing",
    ]
    static let documentCollection = text("Collection of the document; needed when several hold this id")
    static let collection = text("Collection to use; list_collections names them. Default: the only one, else all")
    static let targetCollection = text(
        "Collection to write to; made if it does not exist. Default: the only one, else \"default\"")
    static let cursor = text("next_cursor of the answer before, to go on where it ended")
    static let warnings = list(of: ["type": "string"], "What was cut, left out or degraded in this answer")
    static let nextCursor = text("Give it as cursor to get what follows; absent at the end")
    static let metadata: JSONValue = ["type": "object", "description": "Metadata as stored"]
}

import JSON
import MCP

extension MCPTool {
    static let updateDocument = MCPTool(
        Operations.updateDocument, title: "Update a document",
        description: """
            Changes parts of a document that exists: only what you give changes. metadata is merged, member by member; a \
            member that is null is taken away (RFC 7396). To replace a document whole, use add_documents.
            """,
        input: changes([
            "title": ToolSchema.text("The new title; an empty one takes it away"),
            "text": ToolSchema.text("The new text, plain or Markdown; an empty one takes it away"),
            "metadata": ["type": "object", "description": "Members to set; null takes a member away"],
        ]),
        output: ToolSchema.object(
            [
                "added": ToolSchema.integer("Always 0"),
                "updated": ToolSchema.integer("1 where the document changed"),
                "unchanged": ToolSchema.integer("1 where it was so already"),
                "ids": ToolSchema.list(of: ["type": "string"], "Its id"),
                "errors": ToolSchema.list(of: ["type": "object"], "Always empty"),
                "warnings": ToolSchema.warnings,
            ], required: ["added", "updated", "unchanged", "ids", "errors", "warnings"]),
        annotations: ToolAnnotations(isReadOnly: false, isDestructive: true, isIdempotent: true),
        // A merge patch says "take away" by null; published schemas say it by an empty text, since several clients
        // refuse schemas with null in them.
        checked: changes([
            "title": ["type": ["string", "null"]], "text": ["type": ["string", "null"]],
            "metadata": ["type": ["object", "null"]],
        ]),
        aliases: ["doc_id": "document_id", "content": "text"]
    ) { appliance, context, arguments in
        var fields = Fields(arguments)
        let id = try fields.requiredText("document_id")
        try DocumentInput.check(id: id, name: "document_id")
        let collection = try fields.text("collection")
        let patch = try DocumentPatch(&fields)
        try fields.finish()
        guard !patch.isEmpty else {
            throw ApplianceError.invalidArgument(
                name: "title", reason: "or text, metadata or embedding must be given: what shall change")
        }
        var report = try await appliance.patch(id, with: patch, collection: collection, context)
        return ToolResult(structured: report.encoded())
    }

    private static func changes(_ parts: JSONObject) -> JSONValue {
        var properties: JSONObject = [
            "document_id": ToolSchema.documentID, "collection": ToolSchema.documentCollection,
        ]
        for (name, schema) in parts.members { properties[name] = schema }
        properties["embedding"] = [
            "type": "array", "items": ["type": "number"], "minItems": 1,
            "description": "The vector of the new text if you have it, of the space below",
        ]
        properties["space"] = ToolSchema.text(
            "Vector space of the embedding. Default: the collection's own, or that of the built-in model")
        return ToolSchema.object(properties, required: ["document_id"], closed: true)
    }
}

import Access
import JSON
import MCP

extension MCPTool {
    static let listCollections = MCPTool(
        Operations.listCollections, title: "List collections",
        description: "Names the collections you may search, with how many documents each holds.",
        input: ToolSchema.object(["cursor": ToolSchema.cursor], required: [], closed: true),
        output: ToolSchema.object(
            [
                "collections": ToolSchema.list(
                    of: ToolSchema.object(
                        [
                            "name": ToolSchema.text("Name to give as collection"),
                            "documents": ToolSchema.integer("Documents in it"),
                            "passages": ToolSchema.integer("Passages they were cut into"),
                            "waiting": ToolSchema.integer("Passages not yet searchable by meaning"),
                            "parked": ToolSchema.integer("Passages that never will be: the model refused them"),
                            "passage_mode": ToolSchema.text("auto or whole"),
                            "index_bytes": ToolSchema.integer("Memory of its indexes"),
                        ], required: ["name", "documents", "passages", "waiting"]), "By name"),
                "next_cursor": ToolSchema.nextCursor,
                "warnings": ToolSchema.warnings,
            ], required: ["collections"]),
        annotations: ToolAnnotations(isReadOnly: true)
    ) { appliance, context, arguments in
        var collections = try await appliance.collections(context)
        let purpose = "cursor list_collections \(try context.requireTenant().uid)"
        if let cursor = arguments["cursor"]?.stringValue {
            guard let name = appliance.seal.open(cursor, for: purpose) else { throw ApplianceError.invalidCursor }
            collections.removeAll { !name.lexicographicallyPrecedes($0.name.utf8) }
        }
        let whole = AnswerBudget.json { CollectionRoutes.write(collections, to: &$0) }
        guard whole.count > AnswerBudget.bytes else { return ToolResult(structured: whole) }
        let sizes = collections.map { AnswerBudget.json($0.write).count }
        let kept = AnswerBudget.fitting(sizes, into: AnswerBudget.bytes - AnswerBudget.reserve)
        let page = collections.prefix(kept)
        return ToolResult(
            structured: AnswerBudget.json { writer in
                writer.beginObject()
                writer.key("collections")
                writer.beginArray()
                for collection in page { collection.write(to: &writer) }
                writer.endArray()
                writer.member("next_cursor", appliance.seal.seal(Array((page.last?.name ?? "").utf8), for: purpose))
                writer.member(
                    "warnings",
                    ["\(collections.count - kept) collections were left out; next_cursor leads to them"])
                writer.endObject()
            })
    }
}

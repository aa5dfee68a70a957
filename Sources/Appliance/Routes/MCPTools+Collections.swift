import Access
import JSON
import MCP

extension MCPTool {
    static let spaces = ToolSchema.list(
        of: ToolSchema.object(
            [
                "name": ToolSchema.text("Name to give as space"),
                "dimension": ToolSchema.integer("Numbers of its vectors"),
                "vectors": ToolSchema.integer("Passages that have one"),
                "is_default": ["type": "boolean", "description": "Whether searches that name no space use it"],
            ], required: ["name", "dimension", "vectors", "is_default"]), "Its vector spaces, by name")

    static let legs = ToolSchema.object(
        [
            "bm25": ["type": "string", "enum": ["on", "off"], "description": "The ranking by words"],
            "vector": ["type": "string", "enum": ["on", "off"], "description": "The ranking by meaning"],
        ], required: ["bm25", "vector"])

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
                            "spaces": spaces, "legs": legs,
                            "reindexing": CollectionSettingsRoutes.reindexing,
                        ], required: ["name", "documents", "passages", "waiting"]), "By name"),
                "next_cursor": ToolSchema.nextCursor,
                "warnings": ToolSchema.warnings,
            ], required: ["collections"]),
        annotations: ToolAnnotations(isReadOnly: true)
    ) { appliance, context, arguments in
        var (collections, pager) = try await appliance.collections(behind: arguments["cursor"]?.stringValue, context)
        let whole = AnswerBudget.json {
            CollectionRoutes.write(collections, nextCursor: nil, warnings: pager.warnings, to: &$0)
        }
        guard whole.count > AnswerBudget.bytes else { return ToolResult(structured: whole) }
        let sizes = collections.map { AnswerBudget.json($0.write).count }
        let kept = AnswerBudget.fitting(sizes, into: AnswerBudget.bytes - AnswerBudget.reserve)
        let dropped = collections.count - kept
        collections.removeLast(dropped)
        return ToolResult(
            structured: AnswerBudget.json { writer in
                CollectionRoutes.write(
                    collections, nextCursor: collections.last.map { pager.cursor(after: [$0.name]) },
                    warnings: pager.warnings + ["\(dropped) collections were left out; next_cursor leads to them"],
                    to: &writer)
            })
    }
}

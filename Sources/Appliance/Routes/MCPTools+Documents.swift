import Columns
import JSON
import MCP

extension MCPTool {
    static let listDocuments = MCPTool(
        Operations.listDocuments, title: "List documents",
        description: "Lists documents by collection and id, or by what their metadata says, without their texts.",
        input: ToolSchema.object(
            [
                "collection": ToolSchema.collection,
                "limit": [
                    "type": "integer", "minimum": 1, "default": 50,
                    "description": "Documents to return; above 500 it is cut to 500",
                ],
                "cursor": ToolSchema.cursor,
            ], adding: MetadataSchema.ofList, required: [], closed: true),
        output: ToolSchema.object(
            [
                "documents": ToolSchema.list(
                    of: ToolSchema.object(
                        [
                            "doc_id": ToolSchema.text("Id for retrieve_document"),
                            "collection": ToolSchema.text("Collection of the document"),
                            "uri": ToolSchema.text("Address of the document"),
                            "title": ToolSchema.text("Title; may be empty"),
                            "metadata": ToolSchema.metadata,
                            "passages": ToolSchema.integer("Passages it was cut into"),
                            "updated_at": ToolSchema.text("When this version came in, RFC 3339"),
                        ], required: ["doc_id", "collection", "uri", "title"]),
                    "In order of collection and id, or of the fields of sort"),
                "total": ToolSchema.integer("Documents that pass, where a filter, facets, sort or distinct was given"),
                "facets": MetadataSchema.counted,
                "next_cursor": ToolSchema.nextCursor,
                "warnings": ToolSchema.warnings,
            ], required: ["documents", "warnings"]),
        annotations: ToolAnnotations(isReadOnly: true)
    ) { appliance, context, arguments in
        var fields = Fields(arguments)
        let asked = try fields.integer("limit", in: 1...Int.max) ?? 50
        let limit = min(asked, DocumentRoutes.listLimit.upperBound)
        let collection = try fields.text("collection")
        let cursor = try fields.text("cursor")
        let metadata = try MetadataRequest(&fields)
        try fields.finish()
        var page = try await appliance.list(metadata, collection: collection, limit: limit, cursor: cursor, context)
        let warnings = asked > limit ? ["limit \(asked) was cut to \(limit); next_cursor leads on"] : []
        return ToolResult(structured: page.encoded(warnings: warnings))
    }

    static let addDocuments = MCPTool(
        Operations.addDocuments, title: "Add documents",
        description: """
            Adds documents, or replaces those with the same id. When this returns they are stored and can be found by their \
            words; by meaning a moment later.
            """,
        input: ToolSchema.object(
            ["documents": documentsArgument(entry), "collection": ToolSchema.targetCollection],
            required: ["documents"], closed: true),
        output: ToolSchema.object(
            [
                "added": ToolSchema.integer("New documents"),
                "updated": ToolSchema.integer("Documents replaced by another version"),
                "unchanged": ToolSchema.integer("Documents that were there already, word for word"),
                "ids": ToolSchema.list(of: ["type": "string"], "Ids of what went in, in order"),
                "errors": ToolSchema.list(
                    of: ToolSchema.object(
                        [
                            "index": ToolSchema.integer("Place in documents, from 0"),
                            "reason": ToolSchema.text("What to correct"),
                        ], required: ["index", "reason"]), "Documents that did not go in"),
                "warnings": ToolSchema.warnings,
            ], required: ["added", "updated", "unchanged", "ids", "errors", "warnings"]),
        annotations: ToolAnnotations(isReadOnly: false, isDestructive: false, isIdempotent: true),
        // Entries are judged one by one: a bad one does not stop the others.
        checked: ToolSchema.object(
            ["documents": documentsArgument([:]), "collection": ToolSchema.targetCollection],
            required: ["documents"], closed: true),
        tellsProgress: { ($0["documents"]?.arrayValue?.count ?? 0) > DocumentBatches.size }
    ) { appliance, context, request in
        var fields = Fields(request.arguments)
        let items = try fields.list("documents", count: DocumentRoutes.addLimit) ?? []
        let collection = try DocumentRoutes.checked(try fields.text("collection"))
        try fields.finish()
        let batches = DocumentBatches(items, collection: collection, appliance: appliance, context: context)
        // A client that waits for a task gets one where it pays.
        if request.client.takesTasks, items.count > DocumentBatches.size {
            return .task { progress in try await batches.add(progress) }
        }
        return .result(try await batches.add(request.progress))
    }

    static let deleteDocuments = MCPTool(
        Operations.deleteDocuments, title: "Delete documents",
        description: """
            Deletes documents for good: those with the ids given, or all whose metadata passes a filter. Ids that do not \
            exist are counted, not refused; a filter that names an unknown field is refused. Where the client can show forms, \
            its user is asked first.
            """,
        input: ToolSchema.object(
            [
                "ids": [
                    "type": "array", "items": ["type": "string", "minLength": 1], "minItems": 1, "maxItems": 1000,
                    "description": "Ids of the documents; either these or a filter",
                ],
                "filter": MetadataSchema.filter,
                "collection": ToolSchema.text(
                    "Collection they are in; needed when several hold one of the ids. Default: all are looked in"),
            ], required: [], closed: true),
        output: ToolSchema.object(
            [
                "deleted": ToolSchema.integer("Documents deleted"),
                "unknown": ToolSchema.integer("Ids that did not exist"),
                "warnings": ToolSchema.warnings,
            ], required: ["deleted", "unknown", "warnings"]),
        annotations: ToolAnnotations(isReadOnly: false, isDestructive: true, isIdempotent: true),
        tellsProgress: { _ in false }
    ) { appliance, context, request in
        var fields = Fields(request.arguments)
        let ids = try fields.list("ids", count: 1...1000)?.compactMap(\.stringValue)
        let filter = try fields.value("filter").map { try FilterExpression($0) }
        let collection = try fields.text("collection")
        try fields.finish()
        guard (ids == nil) != (filter == nil) else {
            throw ApplianceError.invalidArgument(name: "ids", reason: "or filter must be given, and not both")
        }
        let targets: DeleteConfirmation.Targets =
            if let filter {
                .passing(filter, count: try await appliance.count(filter, collection: collection, context))
            } else {
                .named(ids ?? [])
            }
        switch DeleteConfirmation(targets: targets, collection: collection).verdict(request) {
        case .ask(let demand): return .inputRequired(demand)
        case .declined:
            var report = DeleteReport()
            report.warnings = ["the user declined: nothing was deleted"]
            return .result(written(report.write))
        case .goAhead:
            let report =
                if let filter {
                    try await appliance.delete(matching: .filter(filter), collection: collection, context)
                } else {
                    try await appliance.delete(ids ?? [], collection: collection, context)
                }
            return .result(written(report.write))
        }
    }

    private static let entry: JSONValue = ToolSchema.object(
        [
            "id": ToolSchema.text("1 to 512 bytes; left out, a hash of the content names the document"),
            "title": ToolSchema.text("Title; searched together with the text"),
            "text": ToolSchema.text("The text, plain or Markdown"),
            "metadata": ["type": "object", "description": "Anything to keep beside the text"],
            "embedding": [
                "type": "array", "items": ["type": "number"],
                "description": "Its vector if you have it, of the space below",
            ],
            "space": ToolSchema.text(
                "Vector space of the embedding. Default: the collection's own, or that of the built-in model"),
        ], required: ["text"])

    private static func documentsArgument(_ items: JSONValue) -> JSONValue {
        [
            "type": "array", "items": items, "minItems": 1, "maxItems": 1000,
            "description": "Documents to add, at most 1,000 at once",
        ]
    }

    private static func written(_ write: (inout JSONWriter) -> Void) -> ToolResult {
        var writer = JSONWriter(reservingCapacity: 4096)
        write(&writer)
        return ToolResult(structured: writer.bytes)
    }
}

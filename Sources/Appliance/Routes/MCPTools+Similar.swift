import JSON
import MCP

extension MCPTool {
    static let findSimilar = MCPTool(
        Operations.findSimilar, title: "Find similar documents",
        description: """
            Finds documents that are like one you name, by meaning: near to the mean of its passages' vectors. The document \
            itself is left out. vector_score tells how near each is; min_vector_score sets a floor. While the document has \
            no vector yet, its most telling words are looked for instead and the answer is degraded.
            """,
        input: arguments(),
        output: searchOutput, annotations: ToolAnnotations(isReadOnly: true),
        // What cannot mean anything here is refused in words that say why.
        checked: arguments(["rerank": ["type": "boolean"]]), aliases: ["doc_id": "document_id"]
    ) { appliance, context, arguments in
        var fields = Fields(arguments)
        var request = SimilarRequest(documentID: try fields.requiredText("document_id"))
        let warnings = try request.search.takeLimit(&fields)
        try request.takeShared(&fields)
        try fields.finish()
        var response = try await appliance.findSimilar(request, context)
        response.warnings += warnings
        return ToolResult(structured: response.encoded())
    }

    /// - Parameter more: Members that are not published.
    private static func arguments(_ more: JSONObject = [:]) -> JSONValue {
        var members: JSONObject = [
            "limit": [
                "type": "integer", "minimum": 1, "default": 10,
                "description": "Documents to return; above 50 it is cut to 50",
            ]
        ]
        for (name, schema) in similarMembers + more.members.map({ ($0.key, $0.value) }) { members[name] = schema }
        return ToolSchema.object(members, required: ["document_id"], closed: true)
    }

    /// What every door of a search for the likes of a document takes, but for `limit`.
    static let similarMembers: [(String, JSONValue)] =
        [
            ("document_id", ToolSchema.documentID),
            ("collection", ToolSchema.documentCollection),
            ("within", ToolSchema.text("Collection to look in; default: the document's own")),
            (
                "space",
                ToolSchema.text(
                    "Vector space to compare in; list_collections names them. Default: that of the document's collection"
                )
            ),
            (
                "min_vector_score",
                [
                    "type": "number", "minimum": -1, "maximum": 1,
                    "description": "Leaves out documents whose cosine is lower",
                ]
            ),
            ("filter", MetadataSchema.filter), ("diversity", QuerySchema.diversity), ("exact", QuerySchema.exact),
            ("ef", QuerySchema.ef),
            (
                "detail",
                [
                    "type": "string", "enum": ["ids", "snippets", "full"], "default": "snippets",
                    "description": "How much of each document to return",
                ]
            ),
            ("receipts", QuerySchema.receipts), ("cursor", ToolSchema.cursor),
        ] + ShapingSchema.members.filter { $0.0 != "rerank" }
}

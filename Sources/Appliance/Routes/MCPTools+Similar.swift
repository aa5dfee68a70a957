import Columns
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
        input: ToolSchema.object(
            [
                "document_id": ToolSchema.documentID,
                "collection": ToolSchema.documentCollection,
                "within": ToolSchema.text("Collection to look in; default: the document's own"),
                "limit": [
                    "type": "integer", "minimum": 1, "default": 10,
                    "description": "Documents to return; above 50 it is cut to 50",
                ],
                "min_vector_score": [
                    "type": "number", "minimum": -1, "maximum": 1,
                    "description": "Leaves out documents whose cosine is lower",
                ],
                "filter": MetadataSchema.filter, "diversity": QuerySchema.diversity,
                "detail": [
                    "type": "string", "enum": ["ids", "snippets", "full"], "default": "snippets",
                    "description": "How much of each document to return",
                ],
                "cursor": ToolSchema.cursor,
            ], required: ["document_id"], closed: true),
        output: searchOutput, annotations: ToolAnnotations(isReadOnly: true), aliases: ["doc_id": "document_id"]
    ) { appliance, context, arguments in
        var fields = Fields(arguments)
        var request = SimilarRequest(documentID: try fields.requiredText("document_id"))
        request.collection = try fields.text("collection")
        request.target = try fields.text("within")
        let asked = try fields.integer("limit", in: 1...Int.max) ?? request.limit
        request.limit = min(asked, hitLimit)
        request.minVectorScore = try fields.number("min_vector_score", in: -1...1)
        if let value = fields.value("filter") { request.filter = try FilterExpression(value) }
        if let diversity = try fields.number("diversity", in: 0...1) { request.diversity = diversity }
        if let detail = try fields.choice("detail", of: SearchRequest.Detail.allCases) { request.detail = detail }
        request.cursor = try fields.text("cursor")
        try fields.finish()
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let (search, fallback) = try await engine.similaritySearch(request, deadline: context.searchDeadline)
        var response = try await appliance.search(search, context)
        context.tally.update { [request] tally in
            tally.target = DocumentURI.make(collection: request.collection ?? "", id: request.documentID)
        }
        if let fallback {
            response.degraded = true
            response.warnings.insert(fallback, at: 0)
        }
        if asked > request.limit {
            response.warnings.append("limit \(asked) was cut to \(request.limit); next_cursor leads on")
        }
        return ToolResult(structured: response.encoded())
    }
}

import A2A
import JSON

extension AgentSkill {
    /// Search as an agent's skill: the same request and the same answer as at the other doors.
    static let hybridSearch = AgentSkill(
        AgentCard.Skill(
            id: "hybrid-search", name: "Hybrid search",
            description: "Finds documents by words and by meaning, and returns them ranked, with scores and snippets.",
            tags: ["search", "hybrid", "bm25", "vector"],
            examples: ["data retention of patient records"], inputModes: ["text/plain", "application/json"],
            outputModes: ["application/json", "text/markdown"]),
        inputSchema: ToolSchema.object(
            [
                "query": ["type": "string", "minLength": 1, "description": "What to look for, in plain words"],
                "limit": [
                    "type": "integer", "minimum": 1, "maximum": 100, "default": 10,
                    "description": "Documents to return",
                ],
                "mode": ["type": "string", "enum": ["hybrid", "bm25", "vector"], "default": "hybrid"],
                "bm25_weight": FusionSchema.keywordWeight, "vector_weight": FusionSchema.vectorWeight,
                "collection": ToolSchema.collection,
                "min_score": ["type": "number", "minimum": 0, "maximum": 1],
                "min_vector_score": ["type": "number", "minimum": -1, "maximum": 1],
                "fusion": FusionSchema.method, "k": FusionSchema.k,
                "typos": QuerySchema.typos, "exact": QuerySchema.exact, "ef": QuerySchema.ef,
                "diversity": QuerySchema.diversity,
                "cursor": ToolSchema.cursor,
            ], adding: MetadataSchema.ofSearch + ShapingSchema.members, required: ["query"], closed: true),
        textMember: "query"
    ) { run in
        var fields = Fields(run.input)
        var request = SearchRequest(query: try fields.requiredText("query"))
        if let mode = try fields.choice("mode", of: SearchRequest.Mode.allCases) { request.mode = mode }
        if let limit = try fields.integer("limit", in: 1...100) { request.limit = limit }
        try request.takeShared(&fields)
        try fields.finish()
        let asked = request
        let workflow = Workflow([
            Workflow.Step("search", "Searching") { run, _ in
                let response = try await run.appliance.search(asked, run.context)
                var writer = JSONWriter(reservingCapacity: 8_192)
                response.write(to: &writer)
                return try JSONValue(parsing: writer.bytes)
            }
        ])
        let answer = try await workflow.run(run)["search"] ?? [:]
        try await run.put(
            Artifact(
                artifactID: "hits", name: "hits", description: "The answer as POST /v1/search gives it",
                parts: [Part(.data(answer), mediaType: "application/json")]))
        try await run.put(
            Artifact(
                artifactID: "report", name: "report.md", description: "The hits, readable",
                parts: [Part(.text(readable(answer)), mediaType: "text/markdown")]))
        let count = answer["hits"]?.arrayValue?.count ?? 0
        return .completed(count == 1 ? "1 document" : "\(count) documents")
    }

    /// The hits as a numbered list; document text is quoted as it is.
    private static func readable(_ answer: JSONValue) -> String {
        let hits = answer["hits"]?.arrayValue ?? []
        guard !hits.isEmpty else { return "No document was found." }
        return hits.enumerated().map { index, hit in
            let title = hit["title"]?.stringValue ?? ""
            let id = hit["doc_id"]?.stringValue ?? ""
            let score = ((hit["score"]?.doubleValue ?? 0) * 1_000).rounded() / 1_000
            var text = "\(index + 1). **\(title.isEmpty ? id : title)** (`\(id)`, score \(score))"
            if let snippet = hit["snippet"]?.stringValue, !snippet.isEmpty {
                text += "\n   > " + snippet.split(whereSeparator: \.isNewline).joined(separator: "\n   > ")
            }
            return text
        }.joined(separator: "\n")
    }
}

import A2A
import JSON

extension AgentSkill {
    /// Answers a question from the tenant's documents, each sentence with the place it was taken from.
    static let rag = AgentSkill(
        AgentCard.Skill(
            id: "rag", name: "Answer from your documents",
            description: """
                Answers a question with sentences of your documents: searches, ranks passages, picks the sentences that \
                answer it, and checks each citation against the stored text. Says so when nothing is found.
                """,
            tags: ["rag", "search", "answer", "citations"],
            examples: ["How long do we keep patient records?"], inputModes: ["text/plain", "application/json"],
            outputModes: ["text/markdown", "application/json"]),
        inputSchema: ToolSchema.object(
            [
                "query": ["type": "string", "minLength": 1, "description": "The question, in plain words"],
                "collection": ToolSchema.collection,
                "limit": [
                    "type": "integer", "minimum": 1, "maximum": 50, "default": 10,
                    "description": "Documents to look at",
                ],
                "sources": [
                    "type": "integer", "minimum": 1, "maximum": 20, "default": 5,
                    "description": "Passages the answer may be taken from",
                ],
                "bm25_weight": FusionSchema.keywordWeight, "vector_weight": FusionSchema.vectorWeight,
                "min_score": ["type": "number", "minimum": 0, "maximum": 1],
                "min_vector_score": ["type": "number", "minimum": -1, "maximum": 1],
            ], required: ["query"], closed: true),
        textMember: "query"
    ) { run in
        let question = try Answering.Question(run.input)
        let outputs = try await workflow(question).run(run)
        let report = try AnswerReport(outputs, question: question.search.query)
        try await report.send(by: run)
        return .completed(report.summary)
    }

    private static func workflow(_ question: Answering.Question) -> Workflow {
        Workflow([
            Workflow.Step("search", "Searching the documents", event: "search_complete") { run, _ in
                try await run.answering.search(question)
            },
            Workflow.Step("rank", "Ranking passages", event: "ranking_complete") { run, outputs in
                let sources = try await run.answering.rank(outputs["search"] ?? [:], for: question)
                return ["sources": .array(sources.map(\.json))]
            },
            Workflow.Step("generate", "Picking sentences", event: "generation_complete") { run, outputs in
                let claims = try run.answering.generate(question, from: outputs.sources)
                return ["generator": "extractive", "claims": .array(claims.map { .object($0.json) })]
            },
            Workflow.Step("verify", "Checking citations", event: "verification_complete") { run, outputs in
                let claims = try outputs["generate"]?["claims"]?.arrayValue?.map { try AnswerClaim($0) } ?? []
                let verdicts = try await run.answering.verify(claims, of: outputs.sources)
                return [
                    "claims": .array(
                        verdicts.map { verdict in
                            var object = verdict.claim.json
                            object["verified"] = .bool(verdict.stands)
                            return .object(object)
                        }),
                    "verified": .integer(Int64(verdicts.count { $0.stands })),
                    "dropped": .integer(Int64(verdicts.count { !$0.stands })),
                ]
            },
        ])
    }
}

extension Answering.Question {
    /// Takes the input of a skill or tool.
    init(_ input: JSONObject) throws {
        var fields = Fields(input)
        var request = SearchRequest(query: try fields.requiredText("query"))
        if let limit = try fields.integer("limit", in: 1...50) { request.limit = limit }
        let sources = try fields.integer("sources", in: 1...20)
        try request.takeShared(&fields)
        try fields.finish()
        self.init(search: request, sources: sources ?? 5)
    }
}

extension SkillRun {
    var answering: Answering { Answering(appliance: appliance, context: context) }
}

extension JSONObject {
    /// What the step `rank` gave.
    fileprivate var sources: [AnswerSource] {
        get throws { try self["rank"]?["sources"]?.arrayValue?.map { try AnswerSource($0) } ?? [] }
    }
}

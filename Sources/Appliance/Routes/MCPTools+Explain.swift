import BM25
import IndexCore
import JSON
import MCP

extension MCPTool {
    static let explainHit = MCPTool(
        Operations.explainHit, title: "Explain a hit",
        description: """
            Says why a document stands where it stands in the answer to a search, or why it is missing: BM25 term by term \
            (tf, df, idf, contribution), the cosine, its place in each ranking, how the two were fused, and what left it \
            out. Give the arguments of the search and the document; or the receipt of a hit alone, which is made anew from \
            the index and compared: verification says whether it holds, what differs and why.
            """,
        input: ToolSchema.object(arguments, required: [], closed: true),
        output: output, annotations: ToolAnnotations(isReadOnly: true), aliases: ["doc_id": "document_id"]
    ) { appliance, context, arguments in
        var fields = Fields(arguments)
        if let claim = try ExplainQuestion.receipt(&fields) {
            var explanation = try await appliance.explain(.receipt(claim), context)
            return ToolResult(structured: explanation.encoded())
        }
        let documentID = try fields.requiredText("document_id")
        var request = SearchRequest(query: try fields.requiredText("query"))
        if let syntax = try fields.choice("syntax", of: SearchRequest.Syntax.allCases) { request.syntax = syntax }
        if let mode = try fields.choice("mode", of: SearchRequest.Mode.allCases) { request.mode = mode }
        _ = try request.takeLimit(&fields)
        try request.takeShared(&fields)
        request.receipts = try fields.flag("receipts") ?? false
        try fields.finish()
        var explanation = try await appliance.explain(.document(documentID, request), context)
        return ToolResult(structured: explanation.encoded())
    }

    private static var arguments: JSONObject {
        var properties: JSONObject = [
            "document_id": ToolSchema.documentID, "receipt": QuerySchema.verifiedReceipt,
        ]
        for (name, schema) in hybridSearch.definition.inputSchema["properties"]?.objectValue?.members ?? [] {
            properties[name] = schema
        }
        properties["syntax"] = QuerySchema.syntax(default: .words)
        properties["mode"] = [
            "type": "string", "enum": ["hybrid", "bm25", "vector"], "default": "hybrid",
            "description": "hybrid is what hybrid_search does, bm25 with syntax query what search_documents does",
        ]
        properties["receipts"] = QuerySchema.receiptOfExplanation
        return properties
    }

    private static let leg: JSONObject = [
        "ran": ["type": "boolean", "description": "Whether this ranking took part"],
        "switched_off": ["type": "boolean", "description": "It did not because it is switched off"],
        "score": ToolSchema.number(
            "Its score of the document, whether or not it returned it; absent where it has none"),
        "rank": ToolSchema.integer("Place in the list that was fused; absent where it is not in it"),
        "exact_rank": ToolSchema.integer(
            "Place among all documents of the collection that pass the filter, before depth and floors"),
        "depth": ToolSchema.integer("Documents this ranking gives"),
        "beyond": ["type": "boolean", "description": "Whether its exact place lies behind them"],
        "passage": ToolSchema.object(
            [
                "start": ToolSchema.integer("First character of its best passage, in Unicode scalars"),
                "end": ToolSchema.integer("One past the last"), "page": ToolSchema.integer("Page, from 1"),
                "heading": ToolSchema.text("Heading it stands under"),
            ], required: ["start", "end"]),
    ]

    private static let share = ToolSchema.object(
        [
            "rank": ToolSchema.integer("Place"), "score": ToolSchema.number("Score"),
            "lowest": ToolSchema.number(
                "Lowest score of the list, with minmax; with calibrated, what a document without a vector counts with"),
            "highest": ToolSchema.number("Highest score of the list, with minmax"),
            "best": ToolSchema.number("With calibrated: the highest score of all candidates"),
            "weight": ToolSchema.number("With calibrated: how much words count beside meaning"),
            "dimension": ToolSchema.integer("With calibrated: numbers of a vector"),
            "noise": ToolSchema.number("With calibrated: deviation of the score over all passages"),
            "attainable": ToolSchema.number("With calibrated: more than any passage can score"),
            "attainment": ToolSchema.number("With calibrated: below 1 if the best has little of what was asked for"),
            "mean_cosine": ToolSchema.number("With calibrated: the query's to the mean of all vectors"),
            "deviation": ToolSchema.number("With calibrated: of cosines that mean nothing"),
            "vectors": ToolSchema.integer("With calibrated: vectors that could be answered"),
            "gate": ToolSchema.number("With calibrated: 0 if the nearest vector is no nearer than chance"),
            "scale": ToolSchema.number("With calibrated: what the score is multiplied by"),
            "contribution": ToolSchema.number("What this ranking adds to fusion_score"),
        ], required: ["contribution"])

    private static var output: JSONValue {
        var keywords = leg
        keywords["matching_documents"] = ToolSchema.integer("Documents that hold a word of the query")
        keywords["k1"] = ToolSchema.number("Saturation of repeated words")
        keywords["b"] = ToolSchema.number("How much long passages are held back")
        keywords["title_weight"] = ToolSchema.integer("How often a word of the title counts")
        keywords["passages"] = ToolSchema.integer("Passages of the collection that hold a word: N of idf")
        keywords["average_length"] = ToolSchema.number("Words of such a passage on average")
        keywords["titled_passages"] = ToolSchema.integer("With a tree: passages with a title, N of a title's terms")
        keywords["average_title_length"] = ToolSchema.number("With a tree: words of a title on average")
        keywords["length"] = ToolSchema.integer("Words of the best passage")
        keywords["coded_length"] = ToolSchema.integer("The length as scored: one byte keeps it, rounded down")
        keywords["terms"] = ToolSchema.list(
            of: ToolSchema.object(
                [
                    "term": ToolSchema.text("Term as indexed"),
                    "tf": ToolSchema.integer("Times in the best passage"),
                    "df": ToolSchema.integer("Passages that hold it"),
                    "idf": ToolSchema.number("ln(1 + (N - df + 0.5) / (df + 0.5))"),
                    "contribution": ToolSchema.number("What it adds to score"),
                ], required: ["term", "tf", "df", "idf", "contribution"]),
            "In the order of the query; the contributions add up to score")
        keywords["norm_inverse"] = ToolSchema.number(
            "1 / (k1 (1 - b + b coded_length / average_length)): what tf is multiplied by")
        keywords["tree"] = [
            "type": "object",
            "description":
                "With operators or replaced words: the score node by node (kind, matches, score, terms, children)",
        ]
        var vector = leg
        vector["vector_space"] = ToolSchema.text("Name of the model the vectors are of")
        vector["segment"] = ToolSchema.text("File of the vector index, named by its content; empty where there is none")
        vector["query_sha256"] = ToolSchema.text("SHA-256 of the query's vector, Float32 little-endian")
        return ToolSchema.object(
            [
                "doc_id": ToolSchema.text("Id of the document"),
                "collection": ToolSchema.text("Collection of the document"),
                "uri": ToolSchema.text("Address of the document"),
                "title": ToolSchema.text("Title; may be empty"),
                "found": ["type": "boolean", "description": "Whether the search returns it, on some page"],
                "rank": ToolSchema.integer("Place in the answer over all pages, from 1"),
                "excluded_by": [
                    "type": "string",
                    "enum": ["no_match", "hidden", "filter", "depth", "missed", "min_vector_score", "min_score"],
                    "description": "What keeps it out, where it is not found",
                ],
                "summary": ToolSchema.text("The outcome in one sentence"),
                "bm25": ToolSchema.object(keywords, required: ["ran", "terms"]),
                "vector": ToolSchema.object(vector, required: ["ran"]),
                "fusion": ToolSchema.object(
                    [
                        "method": [
                            "type": "string", "enum": ["rrf", "minmax", "calibrated"],
                            "description": "How the rankings were joined",
                        ],
                        "k": ToolSchema.number("Constant of rrf"),
                        "bm25_weight": ToolSchema.number("Weight as used; both add up to 1"),
                        "vector_weight": ToolSchema.number("Weight as used"),
                        "weight": ToolSchema.number("With calibrated: how much the keywords count beside the vectors"),
                        "bm25": share, "vector": share,
                        "feedback": ToolSchema.object(
                            [
                                "step": ToolSchema.number("How far the query moves towards the two best"),
                                "source": [
                                    "type": "boolean", "description": "Whether this document is one of the two",
                                ],
                                "contribution": ToolSchema.number("What that adds to fusion_score"),
                            ], required: ["step", "source", "contribution"]),
                        "fusion_score": ToolSchema.number("The contributions added up"),
                        "score": ToolSchema.number("The same mapped to 0...1, as hits tell it"),
                    ], required: ["method", "bm25_weight", "vector_weight", "fusion_score", "score"]),
                "shaping": ShapingSchema.explained, "diversity": QuerySchema.explainedDiversity,
                "degraded": ["type": "boolean", "description": "Whether a ranking that was asked for did not run"],
                "warnings": ToolSchema.warnings,
                "index_fingerprint": ToolSchema.text("Equal request and equal fingerprint: equal answer"),
                "took_ms": ToolSchema.number("Milliseconds on the server"),
                "receipt": QuerySchema.receipt, "verification": QuerySchema.verification,
            ],
            required: [
                "doc_id", "collection", "uri", "title", "found", "summary", "bm25", "vector", "degraded", "warnings",
                "index_fingerprint", "took_ms",
            ])
    }
}

extension HitExplanation {
    /// The explanation as JSON within the budget of a tool: terms that add nothing go first, then those from the end.
    mutating func encoded() -> [UInt8] {
        AnswerBudget.limit(&warnings)
        var whole = AnswerBudget.json(write)
        guard whole.count > AnswerBudget.bytes else { return whole }
        title = AnswerBudget.short(title)
        verification?.limit(to: 10)
        if receipt != nil {
            receipt = nil
            warnings.append("the receipt was left out to keep the answer small; POST /v1/search:explain gives it")
        }
        whole = AnswerBudget.json(write)
        guard whole.count > AnswerBudget.bytes else { return whole }
        if tree != nil {
            tree = nil
            warnings.append("the tree was left out to keep the answer small; POST /v1/search:explain tells it")
        }
        let all = terms.terms
        terms.terms = []
        let budget = AnswerBudget.bytes - AnswerBudget.reserve - AnswerBudget.json(write).count
        let telling = all.filter { $0.contribution > 0 }
        // Numbers of a term and the names of its members take at most this.
        let sizes = telling.map { 110 + JSONWriter.byteCount(of: $0.term) }
        terms.terms = Array(telling.prefix(AnswerBudget.fitting(sizes, into: budget)))
        let cut = telling.count - terms.terms.count
        warnings.append(
            "\(all.count - terms.terms.count) terms were left out to keep the answer small, \(cut) of them with a "
                + "contribution; POST /v1/search:explain tells all")
        return AnswerBudget.json(write)
    }
}

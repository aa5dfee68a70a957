import JSON

extension Command {
    static let judgeCommands: [Command] = [
        Command(
            "judge ask", "[QUERY]", summary: "Say of the first hits of a query whether they answer it",
            about: [
                "Shows one hit after the other: y is yes, n is no, s passes it over, q ends. Each answer is kept at once. Hits "
                    + "are the first of the rankings by words, by meaning and as searches come, mixed, so that no ranking is "
                    + "favoured by what was judged; those that are judged already are left out.",
                "Without QUERY the queries are asked that the collection keeps, by id. A new query gets an id made of its text.",
            ],
            examples: [
                "carrel judge ask --collection papers \"how long may we keep records\"",
                "carrel judge ask --collection papers --hits 5",
            ],
            options: [
                .data, .tenant, .collection,
                CommandOption("--hits", "N", "first hits of each ranking, 1 to 100; default 10"), .json,
            ], run: runAsk),
        Command(
            "judge import", summary: "Keep queries and judgments from files",
            about: [
                "What a file says takes the place of what was kept; the rest stays. Queries without judgments can be judged "
                    + "with carrel judge ask. Judgments of queries that are neither in the file nor kept are left out."
            ],
            examples: ["carrel judge import --collection papers --queries q.jsonl --qrels q.tsv"],
            options: [
                .data, .tenant, .collection,
                CommandOption("--queries", "F.jsonl", "one {\"id\", \"text\"} a line", kind: .file),
                CommandOption("--qrels", "F.tsv", "query, document, grade; or TREC's four columns", kind: .file), .json,
            ], run: runImport),
        Command(
            "judge export", summary: "Write the queries and judgments of a collection to files",
            examples: ["carrel judge export --collection papers --queries q.jsonl --qrels q.tsv"],
            options: [
                .data, .tenant, .collection,
                CommandOption("--queries", "F.jsonl", "one {\"id\", \"text\"} a line", kind: .file),
                CommandOption("--qrels", "F.tsv", "query, document, grade, separated by tabs", kind: .file),
                CommandOption("--trec", "write TREC's four columns into --qrels"),
            ], run: runExport),
        Command(
            "judge list", summary: "List the queries of a collection and how many documents are judged",
            about: ["Id, judged documents, relevant ones, and the query."],
            examples: ["carrel judge list --collection papers"],
            options: [.data, .tenant, .collection, .json], run: runList),
        Command(
            "judge delete", "[ID...]", summary: "Forget queries with their judgments",
            examples: [
                "carrel judge delete --collection papers q7 q8", "carrel judge delete --collection papers --all",
            ],
            options: [.data, .tenant, .collection, CommandOption("--all", "every query of the collection"), .json],
            run: runDelete),
    ]

    private static func withJudgments<Value: Sendable>(
        _ arguments: CommandArguments, _ command: String, _ body: (KeptJudgments) async throws -> Value
    ) async throws -> Value {
        try await CommandSession.using(arguments, command: command) { session in
            let tenant = try await session.tenant(arguments)
            return try await body(
                KeptJudgments(session, tenant, try await session.collection(arguments, of: tenant)))
        }
    }

    @Sendable private static func runAsk(_ arguments: CommandArguments) async throws {
        let text = arguments.operands.joined(separator: " ")
        let depth = try arguments.integer("--hits", in: 1...100) ?? 10
        let done = try await withJudgments(arguments, "judge ask") { kept in
            try await JudgingRound(kept: kept, depth: depth).run(text.isEmpty ? nil : text)
        }
        if arguments.has("--json") {
            Terminal.output(done.json)
        } else {
            Terminal.say(done.text)
        }
    }

    @Sendable private static func runImport(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let (queries, qrels) = (arguments["--queries"], arguments["--qrels"])
        guard queries != nil || qrels != nil else {
            throw UsageError(message: "say what to keep: --queries, --qrels or both")
        }
        let texts = try queries.map(JudgedQueries.readQueries) ?? []
        let judgments = try qrels.map(JudgedQueries.readJudgments) ?? [:]
        let imported = try await withJudgments(arguments, "judge import") { kept in
            try await JudgmentImport(texts: texts, judgments: judgments).run(kept)
        }
        if arguments.has("--json") {
            Terminal.output(imported.json)
        } else {
            Terminal.say(imported.text)
        }
    }

    @Sendable private static func runExport(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let (queries, qrels) = (arguments["--queries"], arguments["--qrels"])
        guard queries != nil || qrels != nil else {
            throw UsageError(message: "say where to write: --queries, --qrels or both")
        }
        guard qrels != nil || !arguments.has("--trec") else { throw UsageError(message: "--trec belongs to --qrels") }
        let judged = try await withJudgments(arguments, "judge export") { try await $0.all() }
        if let qrels {
            try RunFile.write(judged.judgments, to: qrels, as: arguments.has("--trec") ? .trec : .tabs)
        }
        if let queries {
            let lines = judged.texts.map { query -> String in
                let line: JSONObject = ["id": .string(query.id), "text": .string(query.text)]
                return String(decoding: line.encoded(), as: UTF8.self) + "\n"
            }
            try OutputFile.write(lines.joined(), to: queries)
        }
        let count = judged.judgments.values.reduce(0) { $0 + $1.count }
        Terminal.say("wrote \(judged.texts.count) queries and \(count) judgments")
    }

    @Sendable private static func runList(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let queries = try await withJudgments(arguments, "judge list") { kept in
            var queries: [JSONValue] = []
            try await kept.forEach { queries.append($0) }
            return queries
        }
        if arguments.has("--json") {
            Terminal.output(.object(["queries": .array(queries)]))
            return
        }
        let table = queries.map { query in
            let judgments = query["judgments"]?.arrayValue ?? []
            let relevant = judgments.count { ($0["grade"]?.integerValue ?? 0) > 0 }
            return [
                Terminal.harmless(query["id"]?.stringValue ?? ""), "\(judgments.count)", "\(relevant)",
                Terminal.harmless(query["text"]?.stringValue ?? ""),
            ]
        }
        if table.isEmpty {
            Terminal.say("no queries are kept")
        } else {
            Terminal.output(Figure.aligned([["query", "judged", "relevant", ""]] + table))
        }
    }

    @Sendable private static func runDelete(_ arguments: CommandArguments) async throws {
        let ids = arguments.operands
        guard ids.isEmpty == arguments.has("--all") else {
            throw UsageError(message: "say which queries: either ids, or --all")
        }
        let count = try await withJudgments(arguments, "judge delete") { kept in
            guard !ids.isEmpty else { return try await kept.forget(nil) }
            var count: Int64 = 0
            for id in ids { count += try await kept.forget(id) }
            return count
        }
        if arguments.has("--json") {
            Terminal.output(.object(["deleted": .integer(count)]))
        } else {
            Terminal.say("forgot \(count) quer\(count == 1 ? "y" : "ies")")
        }
    }
}

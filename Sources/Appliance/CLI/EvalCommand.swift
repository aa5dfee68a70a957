import JSON

extension Command {
    static let eval = Command(
        "eval", summary: "Measure rankings of a collection against judged queries",
        about: [
            "Prints nDCG, recall@100, MRR and success as trec_eval counts them, and how many of the first documents nobody has "
                + "judged.",
            "--compare measures several rankings on the same queries and tests whether each differs from the first by "
                + "more than chance (paired randomisation test). A run is a fusion or mode by its name, NAME=FILE.json "
                + "with members of a search request, or NAME=FILE with rankings in TREC's form.",
            "--self needs no judgments: titles and sentences of some documents are the queries, and the document itself is "
                + "what should be found. That shows a broken index or embedder and which ranking finds a known thing; it "
                + "says nothing about questions in other words, or about documents that are also relevant.",
        ],
        examples: [
            "carrel eval --collection papers --queries queries.jsonl --qrels qrels.tsv",
            "carrel eval --collection c --queries q.jsonl --qrels q.tsv --compare rrf,bm25",
            "carrel eval --collection papers --self --compare rrf,bm25",
        ],
        options: [
            .data, .tenant, CommandOption("--collection", "NAME", "the collection (required)", kind: .collection),
            CommandOption("--queries", "F.jsonl", "one {\"id\", \"text\"} a line", kind: .file),
            CommandOption("--qrels", "F.tsv", "query, document, relevance; or TREC's four columns", kind: .file),
            CommandOption("--self", "make queries of the documents' own titles and sentences"),
            CommandOption("--sample", "N", "documents to take for --self; default 200"),
            .mode, .fusion,
            CommandOption("--compare", "RUNS", "several rankings, separated by commas; the first is the baseline"),
            CommandOption("--k", "N", "documents that nDCG, MRR and success look at, 1 to 100; default 10"),
            CommandOption(
                "--beside", "N",
                "print the hits of the first run and each other beside each other, for the N queries on which they differ most"
            ),
            CommandOption("--per-query", "print a line for each query: nDCG, recall and MRR of each run"),
            CommandOption(
                "--run", "OUT.tsv", "write the rankings of the first run: query, document, rank, score", kind: .file),
            CommandOption(
                "--trec", "DIR", "write every run in TREC's form into this folder, and the judgments beside them",
                kind: .folder),
            CommandOption("--markdown", "OUT.md", "write the tables in Markdown", kind: .file),
            CommandOption("--picture", "OUT.svg", "write the runs as bars with their intervals", kind: .file),
            .json,
        ],
        run: runEval)

    @Sendable private static func runEval(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let collection = try arguments.required("--collection")
        let runs = try evaluationRuns(arguments)
        let cutoff = try arguments.integer("--k", in: 1...100) ?? RankingMeasures.usualCutoff
        let beside = try arguments.integer("--beside", in: 1...1_000) ?? 0
        let embeds = runs.contains(where: \.embeds)
        let judged = arguments.has("--self") ? nil : try judgedQueries(arguments)
        let sample = try arguments.integer("--sample", in: 1...10_000) ?? KnownItems.usualSample
        let session = try await CommandSession.open(arguments, command: "eval", embeds: embeds)
        let report: EvaluationReport
        do {
            let evaluation = Evaluation(
                session: session, tenant: try await session.tenant(arguments), collection: collection)
            if embeds { try await evaluation.refuseWaiting() }
            var queries = judged
            if queries == nil {
                queries = try await KnownItems(evaluation: evaluation, sample: sample).queries()
            }
            guard let queries else { return }
            var rankings: [(name: String, byQuery: [String: RankedQuery])] = []
            for run in runs {
                rankings.append((run.name, try await evaluation.rankings(of: run, queries)))
            }
            report = EvaluationReport(
                queries: queries.texts, judgments: queries.judgments, cutoff: cutoff, rankings: rankings)
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        try write(report, arguments)
        show(report, beside: beside, arguments)
    }

    private static func judgedQueries(_ arguments: CommandArguments) throws -> JudgedQueries {
        try JudgedQueries(
            queries: try arguments.required("--queries"), qrels: try arguments.required("--qrels"))
    }

    private static func evaluationRuns(_ arguments: CommandArguments) throws -> [EvaluationRun] {
        guard let words = arguments["--compare"] else {
            let mode = arguments["--mode"] ?? SearchRequest.Mode.hybrid.rawValue
            let fusion = arguments["--fusion"] ?? SearchRequest.Fusion.rrf.rawValue
            return [
                EvaluationRun(
                    name: mode == SearchRequest.Mode.hybrid.rawValue ? fusion : mode,
                    members: ["mode": .string(mode), "fusion": .string(fusion)])
            ]
        }
        guard arguments["--mode"] == nil, arguments["--fusion"] == nil else {
            throw UsageError(message: "--compare says mode and fusion of each run; leave out --mode and --fusion")
        }
        let runs = try words.split(separator: ",").map { try EvaluationRun(String($0)) }
        guard !runs.isEmpty, Set(runs.map(\.name)).count == runs.count else {
            throw UsageError(message: "--compare takes one or more runs with different names")
        }
        return runs
    }

    private static func write(_ report: EvaluationReport, _ arguments: CommandArguments) throws {
        if let path = arguments["--run"], let run = report.runs.first {
            try RunFile.write(run.rankings, to: path)
        }
        if let folder = arguments["--trec"] {
            for run in report.runs {
                try RunFile.write(run.rankings, to: "\(folder)/\(run.name).run", as: .trec(name: run.name))
            }
            try RunFile.write(report.judgments, to: "\(folder)/qrels.txt")
        }
        if let path = arguments["--markdown"] {
            try OutputFile.write(report.markdown, to: path)
        }
        if let path = arguments["--picture"] {
            try OutputFile.write(EvaluationPicture(report).svg, to: path)
        }
    }

    private static func show(_ report: EvaluationReport, beside: Int, _ arguments: CommandArguments) {
        if arguments.has("--per-query") {
            for line in report.lines { Terminal.output(line) }
        }
        if beside > 0 {
            for run in report.runs.indices.dropFirst() {
                Terminal.output(report.sideBySide(run, limit: beside))
            }
        }
        if arguments.has("--json") {
            Terminal.output(report.json)
        } else if report.runs.count > 1 {
            Terminal.output(report.text)
        } else if let run = report.runs.first {
            Terminal.output(
                "queries \(report.queries.count)  nDCG@\(report.cutoff) \(Figure.share(run.mean.ndcg))  "
                    + "recall@100 \(Figure.share(run.mean.recall100))  "
                    + "MRR@\(report.cutoff) \(Figure.share(run.mean.reciprocalRank))  "
                    + "success@\(report.cutoff) \(Figure.share(run.mean.success))  "
                    + "unjudged@\(report.cutoff) \(Figure.share(run.mean.unjudged))")
        }
        if arguments.has("--self") {
            Terminal.say(KnownItems.caveat)
        }
    }
}

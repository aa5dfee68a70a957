import JSON

extension Command {
    static let eval = Command(
        "eval", summary: "Measure rankings of a collection against judged queries",
        about: [
            "Prints nDCG, recall@100, MRR and success as trec_eval counts them, and how many of the first documents nobody has "
                + "judged.",
            "--compare measures several rankings on the same queries and tests whether each differs from the first by "
                + "more than chance (paired randomisation test). A run is default (what is set now), a fusion or mode by its name, NAME=FILE.json "
                + "with members of a search request, or NAME=FILE with rankings in TREC's form.",
            "Without --queries and --qrels the judgments that the collection keeps are used (carrel judge).",
            "--apply makes the best run the collection's setting if it is significantly better than what is set now, which "
                + "is the first run then, named default; with --allow-not-worse also if it is not significantly worse. Runs "
                + "that settings can say take part: a fusion, its weights, its k.",
            "--self needs no judgments: titles and sentences of some documents are the queries, and the document itself is "
                + "what should be found. That shows a broken index or embedder and which ranking finds a known thing; it "
                + "says nothing about questions in other words, or about documents that are also relevant.",
        ],
        examples: [
            "carrel eval --collection papers --compare default,rrf,calibrated",
            "carrel eval --collection papers --queries queries.jsonl --qrels qrels.tsv",
            "carrel eval --collection c --queries q.jsonl --qrels q.tsv --compare rrf,bm25",
            "carrel eval --collection papers --apply",
            "carrel eval --collection papers --self --compare rrf,bm25",
        ],
        options: [
            .data, .tenant, CommandOption("--collection", "NAME", "the collection (required)", kind: .collection),
            CommandOption(
                "--queries", "F.jsonl", "one {\"id\", \"text\"} a line; default: those the collection keeps",
                kind: .file),
            CommandOption("--qrels", "F.tsv", "query, document, relevance; or TREC's four columns", kind: .file),
            CommandOption("--apply", "make the best run the collection's setting, if it is significantly better"),
            CommandOption("--allow-not-worse", "with --apply: also if it is not significantly worse"),
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
        let files = try judgedFiles(arguments)
        let sample = try arguments.integer("--sample", in: 1...10_000) ?? KnownItems.usualSample
        let outcome = try await CommandSession.using(arguments, command: "eval", embeds: embeds) { session in
            let evaluation = Evaluation(
                session: session, tenant: try await session.tenant(arguments), collection: collection)
            let measured = try await evaluation.settings(embeds: embeds)
            let queries: JudgedQueries
            if let files {
                queries = files
            } else if arguments.has("--self") {
                queries = try await KnownItems(evaluation: evaluation, sample: sample).queries()
            } else {
                queries = try await KeptJudgments(session, evaluation.tenant, collection).measurable()
            }
            let (rankings, warnings) = try await evaluation.rankings(of: runs, queries)
            let report = EvaluationReport(
                queries: queries.texts, judgments: queries.judgments, cutoff: cutoff, rankings: rankings)
            for warning in warnings { Terminal.say("note: \(Terminal.harmless(warning))") }
            guard arguments.has("--apply") else { return EvaluationOutcome(report: report) }
            return try await EvaluationOutcome(
                report: report, applying: evaluation, over: measured,
                allowsNotWorse: arguments.has("--allow-not-worse"))
        }
        try write(outcome.report, arguments)
        show(outcome, beside: beside, arguments)
    }

    /// The judgments of files; nil where none are named.
    private static func judgedFiles(_ arguments: CommandArguments) throws -> JudgedQueries? {
        let isApplied = arguments.has("--apply")
        guard isApplied || !arguments.has("--allow-not-worse") else {
            throw UsageError(message: "--allow-not-worse belongs to --apply")
        }
        if arguments.has("--self") {
            guard arguments["--queries"] == nil, arguments["--qrels"] == nil else {
                throw UsageError(message: "--self makes its own queries; leave out --queries and --qrels")
            }
            guard !isApplied else {
                throw UsageError(message: "--apply needs judgments: --self cannot tell which ranking is better")
            }
            return nil
        }
        guard arguments["--queries"] != nil || arguments["--qrels"] != nil else { return nil }
        return try JudgedQueries(
            queries: try arguments.required("--queries"), qrels: try arguments.required("--qrels"))
    }

    private static func evaluationRuns(_ arguments: CommandArguments) throws -> [EvaluationRun] {
        let isApplied = arguments.has("--apply")
        guard let words = arguments["--compare"] ?? (isApplied ? usualChoices : nil) else {
            var members: JSONObject = [:]
            if let mode = arguments["--mode"] { members["mode"] = .string(mode) }
            if let fusion = arguments["--fusion"] { members["fusion"] = .string(fusion) }
            let mode = arguments["--mode"] == SearchRequest.Mode.hybrid.rawValue ? nil : arguments["--mode"]
            let name = mode ?? arguments["--fusion"] ?? arguments["--mode"] ?? EvaluationRun.present
            return [try EvaluationRun(name: name, members: members)]
        }
        guard arguments["--mode"] == nil, arguments["--fusion"] == nil else {
            throw UsageError(message: "--compare says mode and fusion of each run; leave out --mode and --fusion")
        }
        var runs = try words.split(separator: ",").map { try EvaluationRun(String($0)) }
        guard !runs.isEmpty, Set(runs.map(\.name)).count == runs.count else {
            throw UsageError(message: "--compare takes one or more runs with different names")
        }
        if isApplied {
            // What is set now is what the others must beat.
            if let place = runs.firstIndex(where: \.isPresent) {
                runs.insert(runs.remove(at: place), at: 0)
            } else if let present = EvaluationRun(word: EvaluationRun.present) {
                guard !runs.contains(where: { $0.name == present.name }) else {
                    throw UsageError(message: "with --apply the name \(present.name) is that of the present settings")
                }
                runs.insert(present, at: 0)
            }
        }
        guard EvaluationRun.countRange.contains(runs.count) else {
            throw UsageError(message: "--compare takes at most \(EvaluationRun.countRange.upperBound) runs")
        }
        return runs
    }

    /// What --apply chooses among where --compare names nothing.
    private static let usualChoices = SearchRequest.Fusion.allCases.map(\.rawValue).joined(separator: ",")

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

    private static func show(_ outcome: EvaluationOutcome, beside: Int, _ arguments: CommandArguments) {
        let report = outcome.report
        if arguments.has("--per-query") {
            for line in report.lines { Terminal.output(line) }
        }
        if beside > 0 {
            for run in report.runs.indices.dropFirst() {
                Terminal.output(report.sideBySide(run, limit: beside))
            }
        }
        if arguments.has("--json") {
            Terminal.output(outcome.json)
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
        if let decision = outcome.decision, !arguments.has("--json") {
            Terminal.output(decision.text)
        }
        if arguments.has("--self") {
            Terminal.say(KnownItems.caveat)
        }
    }
}

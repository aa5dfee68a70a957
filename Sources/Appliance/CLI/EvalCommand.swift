import Access
import JSON
import TenantStore

extension Command {
    static let eval = Command(
        "eval", summary: "Measure the ranking of a collection against judged queries",
        about: ["Prints nDCG@10, recall@100 and MRR@10 as trec_eval counts them."],
        examples: ["carrel eval --collection papers --queries queries.jsonl --qrels qrels.tsv"],
        options: [
            .data, .tenant, CommandOption("--collection", "NAME", "the collection (required)", kind: .collection),
            CommandOption("--queries", "F.jsonl", "one {\"id\", \"text\"} a line (required)", kind: .file),
            CommandOption("--qrels", "F.tsv", "query, document, relevance (required)", kind: .file),
            .mode, .fusion,
            CommandOption("--run", "OUT.tsv", "write the rankings: query, document, rank, score", kind: .file),
            CommandOption("--per-query", "print a line for each query"), .json,
        ],
        run: runEval)

    @Sendable private static func runEval(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let collection = try arguments.required("--collection")
        let mode = arguments["--mode"] ?? "hybrid"
        let fusion = arguments["--fusion"] ?? "rrf"
        let judged = try JudgedQueries(
            queries: try arguments.required("--queries"), qrels: try arguments.required("--qrels"))
        let session = try await CommandSession.open(arguments, command: "eval", embeds: mode != "bm25")
        let results: [RankedQuery]
        do {
            let evaluation = Evaluation(
                session: session, tenant: try await session.tenant(arguments), collection: collection, mode: mode,
                fusion: fusion)
            results = try await evaluation.run(judged)
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        if let path = arguments["--run"] {
            try RunFile.write(results, to: path)
        }
        report(results, judged: judged, arguments)
    }

    private static func report(_ results: [RankedQuery], judged: JudgedQueries, _ arguments: CommandArguments) {
        let measures = results.map {
            RankingMeasures(ranking: $0.documents.map(\.id), judgments: judged.judgments[$0.query] ?? [:])
        }
        if arguments.has("--per-query") {
            for (result, measure) in zip(results, measures) {
                Terminal.output(
                    "\(result.query)\t\(fixed(measure.ndcg10))\t\(fixed(measure.recall100))\t\(fixed(measure.mrr10))")
            }
        }
        let mean = RankingMeasures.mean(measures)
        if arguments.has("--json") {
            let object: JSONValue = [
                "queries": .integer(Int64(results.count)), "ndcg@10": .number(mean.ndcg10),
                "recall@100": .number(mean.recall100), "mrr": .number(mean.mrr10),
            ]
            Terminal.output(object)
        } else {
            Terminal.output(
                "queries \(results.count)  nDCG@10 \(fixed(mean.ndcg10))  recall@100 \(fixed(mean.recall100))  MRR@10 \(fixed(mean.mrr10))"
            )
        }
    }

    private static func fixed(_ value: Double) -> String {
        let scaled = Int((value * 10_000).rounded())
        return "\(scaled / 10_000).\(String(10_000 + scaled % 10_000).dropFirst())"
    }
}

/// Queries with their judgments; those without a relevant document are left out, as trec_eval does.
struct JudgedQueries {
    var texts: [(id: String, text: String)] = []
    var judgments: [String: [String: Int]] = [:]

    init(queries: String, qrels: String) throws(CommandFailure) {
        var reader = try FileLineReader(qrels)
        var number = 0
        while let line = try reader.next() {
            number += 1
            guard case .text(let bytes) = line else { continue }
            let text = String(decoding: bytes, as: UTF8.self)
            // Ids may hold blanks where tabs separate.
            let separator: Character = text.contains("\t") ? "\t" : " "
            let fields = text.split(separator: separator)
            // Three columns, or TREC's four with an iteration between query and document.
            guard fields.count == 3 || fields.count == 4, let relevance = Int(fields[fields.count - 1]) else {
                if bytes.isEmpty || number == 1 { continue }
                throw CommandFailure("\(qrels):\(number): expected query, document and relevance")
            }
            judgments[String(fields[0]), default: [:]][String(fields[fields.count - 2])] = relevance
        }
        judgments = judgments.filter { $0.value.values.contains { $0 > 0 } }
        var lines = try FileLineReader(queries)
        number = 0
        while let line = try lines.next() {
            number += 1
            guard case .text(let bytes) = line, !bytes.isEmpty else { continue }
            guard let object = try? JSONValue(parsing: bytes),
                let id = object["id"]?.stringValue ?? object["_id"]?.stringValue, let text = object["text"]?.stringValue
            else { throw CommandFailure("\(queries):\(number): expected an object with \"id\" and \"text\"") }
            if judgments[id] != nil { texts.append((id, text)) }
        }
        guard !texts.isEmpty else { throw CommandFailure("no query of \(queries) has a relevant document in \(qrels)") }
    }
}

/// One query's ranking, best first.
struct RankedQuery: Sendable {
    var query: String
    var documents: [(id: String, score: Double)]
}

/// Asks every query for a hundred documents.
private struct Evaluation {
    let session: CommandSession
    let tenant: TenantRecord
    let collection: String
    let mode: String
    let fusion: String

    private static let parallel = 8

    func run(_ judged: JudgedQueries) async throws -> [RankedQuery] {
        try await refuseWaiting()
        let bar = ProgressBar("searching", unit: "queries")
        var results = [RankedQuery?](repeating: nil, count: judged.texts.count)
        try await withThrowingTaskGroup(of: (Int, RankedQuery).self) { group in
            var next = 0
            var done = 0
            while done < judged.texts.count {
                while next < judged.texts.count, next - done < Self.parallel {
                    let (place, query) = (next, judged.texts[next])
                    group.addTask { (place, try await ask(query.id, query.text)) }
                    next += 1
                }
                guard let (place, result) = try await group.next() else { break }
                results[place] = result
                done += 1
                bar.update(done, of: judged.texts.count)
            }
        }
        bar.finish()
        return results.compactMap { $0 }
    }

    /// Half-embedded collections give half-true figures.
    private func refuseWaiting() async throws {
        let answer = try await session.call("GET", "/v1/collections", as: .user(tenant, .search))
        let entries = answer["collections"]?.arrayValue ?? []
        guard let entry = entries.first(where: { $0["name"]?.stringValue == collection }) else {
            throw CommandFailure(
                "there is no collection \(collection); there are: "
                    + entries.compactMap { $0["name"]?.stringValue }.joined(separator: ", "))
        }
        let waiting = entry["waiting"]?.integerValue ?? 0
        if mode != "bm25", waiting > 0 {
            throw CommandFailure(
                "\(waiting) passages of \(collection) still wait for vectors; wait for them, or use --mode bm25")
        }
    }

    private func ask(_ id: String, _ text: String) async throws -> RankedQuery {
        let body: JSONValue = [
            "query": .string(text), "collection": .string(collection), "limit": 100, "mode": .string(mode),
            "fusion": .string(fusion), "detail": "ids",
        ]
        let answer = try await session.call("POST", "/v1/search", body: body, as: .user(tenant, .search))
        let hits = answer["hits"]?.arrayValue ?? []
        return RankedQuery(
            query: id,
            documents: hits.compactMap { hit in
                hit["doc_id"]?.stringValue.map { ($0, hit["score"]?.doubleValue ?? 0) }
            })
    }
}

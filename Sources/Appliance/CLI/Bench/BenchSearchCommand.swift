import Access
import JSON
import TenantStore

extension Command {
    static let benchCommands = [benchIndex, benchSearch, benchServe, benchTenants]

    static let benchSearch = Command(
        "bench search", summary: "Measure speed and recall of a collection's search by meaning",
        about: [
            "Asks each query exactly and then with each ef, one after the other, and prints recall@10 against the exact "
                + "answers beside the times the server took, embedding not counted. Recommends an ef for recall 0.95 and "
                + "0.99; nothing is changed.",
            "A line of the file is {\"text\": \"…\"}, as eval takes it, or {\"embedding\": [...]} with a vector of your own.",
        ],
        examples: ["carrel bench search --collection papers --queries queries.jsonl --ef 16,64,256"],
        options: [
            .data, .tenant, .collection,
            CommandOption("--queries", "F.jsonl", "one query a line (required)", kind: .file),
            CommandOption("--ef", "N,N,...", "the beams to try (default 16,32,64,128,256,512)"),
            CommandOption("--filter", "FILTER", "which documents take part, by their metadata"),
            CommandOption("--count", "N", "queries to ask, the first of the file (default 1000)"), .json,
        ],
        run: runBenchSearch)

    @Sendable private static func runBenchSearch(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let beams = try beams(arguments["--ef"])
        let queries = try BenchQuery.read(
            try arguments.required("--queries"), limit: try arguments.integer("--count", in: 1...100_000) ?? 1_000)
        let results = try await CommandSession.using(arguments, command: "bench search") { session in
            let bench = SearchBench(
                session: session, tenant: try await session.tenant(arguments), collection: arguments["--collection"],
                filter: arguments["--filter"])
            return try await bench.run(queries, beams: beams)
        }
        if arguments.has("--json") {
            Terminal.output(BeamResult.json(results, queryCount: queries.count))
        } else {
            BeamResult.show(results, queryCount: queries.count)
        }
    }

    private static func beams(_ text: String?) throws -> [Int] {
        guard let text else { return RecallTally.ladder }
        let beams = text.split(separator: ",").compactMap { Int($0) }
        guard !beams.isEmpty, beams.count == text.split(separator: ",", omittingEmptySubsequences: false).count,
            beams.count <= 32, beams.allSatisfy(SearchRequest.efRange.contains)
        else {
            throw UsageError(
                message: "option --ef takes up to 32 whole numbers from \(SearchRequest.efRange.lowerBound) to "
                    + "\(SearchRequest.efRange.upperBound) with commas between them, not '\(text)'")
        }
        return Set(beams).sorted()
    }
}

/// One question of the file: its text, or its vector.
struct BenchQuery: Sendable {
    var members: JSONObject

    static func read(_ path: String, limit: Int) throws(CommandFailure) -> [BenchQuery] {
        var queries: [BenchQuery] = []
        var lines = try FileLineReader(path)
        var number = 0
        while queries.count < limit, let line = try lines.next() {
            number += 1
            guard case .text(let bytes) = line, !bytes.isEmpty else { continue }
            let object = try? JSONValue(parsing: bytes)
            if let vector = object?["embedding"], vector.arrayValue != nil {
                queries.append(BenchQuery(members: ["query": " ", "embedding": vector]))
            } else if let text = object?["text"]?.stringValue, !text.isEmpty {
                queries.append(BenchQuery(members: ["query": .string(text)]))
            } else {
                throw CommandFailure("\(path):\(number): expected an object with \"text\" or \"embedding\"")
            }
        }
        guard !queries.isEmpty else { throw CommandFailure("\(path) holds no query") }
        return queries
    }
}

/// Asks the queries, each with all beams before the next comes.
private struct SearchBench {
    let session: CommandSession
    let tenant: TenantRecord
    let collection: String?
    let filter: String?

    private struct Answer {
        var documents: [String]
        var milliseconds: Double
    }

    func run(_ queries: [BenchQuery], beams: [Int]) async throws -> [BeamResult] {
        var results = [BeamResult(ef: nil)] + beams.map { BeamResult(ef: $0) }
        let bar = ProgressBar("searching", unit: "queries")
        for (number, query) in queries.enumerated() {
            // The first answer pays for the query's vector, and is not counted.
            _ = try await ask(query, ["ef": 1, "limit": 1])
            let exact = try await ask(query, ["exact": true])
            let truth = Set(exact.documents)
            for place in results.indices {
                var answer = exact
                if let ef = results[place].ef { answer = try await ask(query, ["ef": .integer(Int64(ef))]) }
                results[place].add(
                    recall: truth.isEmpty
                        ? 1 : Double(truth.intersection(answer.documents).count) / Double(truth.count),
                    milliseconds: answer.milliseconds)
            }
            bar.update(number + 1, of: queries.count)
        }
        bar.finish()
        return results
    }

    private func ask(_ query: BenchQuery, _ more: JSONObject) async throws -> Answer {
        var body = query.members
        body["mode"] = "vector"
        body["detail"] = "ids"
        body["limit"] = 10
        if let collection { body["collection"] = .string(collection) }
        if let filter { body["filter"] = .string(filter) }
        for (name, value) in more.members { body[name] = value }
        let answer = try await session.call("POST", "/v1/search", body: .object(body), as: .user(tenant, .search))
        guard answer["degraded"]?.boolValue != true else {
            let warnings = answer["warnings"]?.arrayValue?.compactMap(\.stringValue) ?? []
            throw CommandFailure("there is nothing to measure: \(warnings.joined(separator: "; "))")
        }
        return Answer(
            documents: answer["hits"]?.arrayValue?.compactMap { $0["doc_id"]?.stringValue } ?? [],
            milliseconds: answer["took_ms"]?.doubleValue ?? 0)
    }
}

/// What one beam found, and how long it took.
struct BeamResult: Sendable {
    /// Nil: every vector was scored.
    let ef: Int?
    private var recallSum = 0.0
    private var times: [Double] = []

    init(ef: Int?) {
        self.ef = ef
    }

    mutating func add(recall: Double, milliseconds: Double) {
        recallSum += recall
        times.append(milliseconds)
    }

    var recall: Double { times.isEmpty ? 0 : recallSum / Double(times.count) }

    /// The time within which this share of the answers came.
    func percentile(_ share: Double) -> Double { BenchTimes(times).percentile(share) }

    /// The smallest beam that reaches a recall.
    static func recommended(_ results: [BeamResult], recall: Double) -> Int? {
        results.first { $0.ef != nil && $0.recall >= recall }?.ef
    }

    static func json(_ results: [BeamResult], queryCount: Int) -> JSONValue {
        let rows = results.map { result -> JSONValue in
            var row: JSONObject = [:]
            row["ef"] = result.ef.map { .integer(Int64($0)) }
            row["exact"] = result.ef == nil ? true : nil
            row["recall@10"] = .number(result.recall)
            for share in [50, 95, 99] { row["p\(share)_ms"] = .number(result.percentile(Double(share) / 100)) }
            return .object(row)
        }
        var recommended: JSONObject = [:]
        for aim in [0.95, 0.99] {
            recommended["\(aim)"] = self.recommended(results, recall: aim).map { .integer(Int64($0)) }
        }
        return [
            "queries": .integer(Int64(queryCount)), "results": .array(rows), "recommended_ef": .object(recommended),
        ]
    }

    static func show(_ results: [BeamResult], queryCount: Int) {
        Terminal.output("\(queryCount) queries; milliseconds in the server, embedding not counted")
        Terminal.output(Terminal.bold("   ef  recall@10      p50      p95      p99"))
        for result in results {
            let times = [0.5, 0.95, 0.99].map { BenchText.padded(BenchText.fixed(result.percentile($0)), 9) }.joined()
            Terminal.output(
                BenchText.padded(result.ef.map(String.init) ?? "exact", 5)
                    + BenchText.padded(BenchText.fixed(result.recall, 4), 11) + times)
        }
        for aim in [0.95, 0.99] {
            let ef = recommended(results, recall: aim).map { "ef \($0)" } ?? "none of these"
            Terminal.output("for recall \(aim): \(ef)")
        }
    }
}

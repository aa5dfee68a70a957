import JSON

/// Judgments on their way from files into a collection.
struct JudgmentImport {
    let texts: [(id: String, text: String)]
    let judgments: [String: [String: Int]]

    struct Report: Sendable {
        var queries = 0
        var judgments = 0
        /// Judgments of queries nobody knows.
        var left = 0
        /// Of the collection, after it.
        var total: (queries: Int64, judgments: Int64) = (0, 0)

        var json: JSONValue {
            [
                "queries": .integer(Int64(queries)), "judgments": .integer(Int64(judgments)),
                "left_out": .integer(Int64(left)), "query_count": .integer(total.queries),
                "judgment_count": .integer(total.judgments),
            ]
        }

        var text: String {
            "kept \(queries) queries and \(judgments) judgments"
                + (left > 0 ? "; \(left) judgments are of queries that are not known and were left out" : "")
                + "; the collection has \(total.queries) and \(total.judgments) now"
        }
    }

    /// Queries and judgments of one call, below what the route takes.
    private static let queryStep = 500
    private static let judgmentStep = 10_000

    func run(_ kept: KeptJudgments) async throws -> Report {
        let given = Dictionary(texts.map { ($0.id, $0.text) }, uniquingKeysWith: { $1 })
        var known = Set(given.keys)
        if judgments.keys.contains(where: { !known.contains($0) }) {
            try await kept.forEach { if let id = $0["id"]?.stringValue { known.insert(id) } }
        }
        var report = Report()
        var batch = JudgmentBatch()
        for id in Set(given.keys).union(judgments.keys).sorted() {
            let grades = (judgments[id] ?? [:]).sorted { $0.key < $1.key }
            guard known.contains(id) else {
                report.left += grades.count
                continue
            }
            report.queries += 1
            report.judgments += grades.count
            var rest = grades[...]
            repeat {
                let part = rest.prefix(Self.judgmentStep)
                rest = rest.dropFirst(part.count)
                if batch.queries.count == Self.queryStep || batch.judgmentCount + part.count > Self.judgmentStep {
                    try await batch.send(kept, &report)
                }
                batch.add(id, given[id], part)
            } while !rest.isEmpty
        }
        try await batch.send(kept, &report)
        return report
    }
}

/// What goes into one call.
private struct JudgmentBatch {
    var queries: [JSONValue] = []
    var judgmentCount = 0

    mutating func add(_ id: String, _ text: String?, _ grades: ArraySlice<(key: String, value: Int)>) {
        var query: JSONObject = ["id": .string(id)]
        if let text { query["text"] = .string(text) }
        query["judgments"] = .object(JSONObject(grades.map { ($0.key, JSONValue.integer(Int64($0.value))) }))
        queries.append(.object(query))
        judgmentCount += grades.count
    }

    mutating func send(_ kept: KeptJudgments, _ report: inout JudgmentImport.Report) async throws {
        guard !queries.isEmpty else { return }
        let answer = try await kept.keep(queries)
        report.total = (
            answer["query_count"]?.integerValue ?? 0, answer["judgment_count"]?.integerValue ?? 0
        )
        self = JudgmentBatch()
    }
}

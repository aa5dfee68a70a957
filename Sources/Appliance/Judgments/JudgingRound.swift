import Access
import JSON

/// Judging by hand: the first hits of queries, one after the other.
struct JudgingRound {
    let kept: KeptJudgments
    /// First hits of each ranking.
    let depth: Int

    struct Report: Sendable {
        var relevant = 0
        var irrelevant = 0
        var skipped = 0

        var json: JSONValue {
            [
                "judged": .integer(Int64(relevant + irrelevant)), "relevant": .integer(Int64(relevant)),
                "skipped": .integer(Int64(skipped)),
            ]
        }

        var text: String {
            "judged \(relevant + irrelevant), \(relevant) of them relevant"
                + (skipped > 0 ? ", passed over \(skipped)" : "")
        }
    }

    private struct Query {
        var id: String
        var text: String
        var judged: Set<String> = []
    }

    /// What the pool is mixed of: a ranking alone would hide what it does not find from the judge.
    private static let rankings: [JSONObject] = [[:], ["mode": "bm25"], ["mode": "vector"]]

    /// - Parameter text: A query; nil is all that are kept.
    func run(_ text: String?) async throws -> Report {
        var queries: [Query] = []
        try await kept.forEach { query in
            let documents = (query["judgments"]?.arrayValue ?? []).compactMap { $0["doc_id"]?.stringValue }
            let one = Query(
                id: query["id"]?.stringValue ?? "", text: query["text"]?.stringValue ?? "", judged: Set(documents))
            if text == nil || one.text == text { queries.append(one) }
        }
        if let text, queries.isEmpty {
            let id = "ask-" + Digest.hexadecimal(Array(Digest.sha256(Array(text.utf8)).prefix(8)))
            queries = [Query(id: id, text: text)]
        }
        guard !queries.isEmpty else {
            throw CommandFailure("\(kept.collection) keeps no queries; name one: carrel judge ask QUERY")
        }
        var keys = try KeyReader()
        var report = Report()
        for query in queries {
            guard try await judge(query, &keys, &report) else { break }
        }
        return report
    }

    /// - Returns: Whether to go on with the next query.
    private func judge(_ query: Query, _ keys: inout KeyReader, _ report: inout Report) async throws -> Bool {
        let pool = try await hits(query).filter { !query.judged.contains($0.id) }
        guard !pool.isEmpty else {
            Terminal.say("\(Terminal.harmless(query.text)): nothing to judge")
            return true
        }
        Terminal.say("\n" + Terminal.bold(Terminal.harmless(query.text)))
        for (place, hit) in pool.enumerated() {
            Terminal.say(
                "\n\(place + 1)/\(pool.count)  \(Terminal.harmless(hit.title))  (\(Terminal.harmless(hit.id)))")
            if !hit.snippet.isEmpty { Terminal.say(Terminal.harmless(hit.snippet)) }
            switch try keys.next("does it answer the query? y n s(kip) q(uit) ") {
            case .yes:
                try await keep(1, of: hit.id, query)
                report.relevant += 1
            case .no:
                try await keep(0, of: hit.id, query)
                report.irrelevant += 1
            case .skip: report.skipped += 1
            case .quit: return false
            }
        }
        return true
    }

    private func keep(_ grade: Int64, of document: String, _ query: Query) async throws {
        let change: JSONObject = [
            "id": .string(query.id), "text": .string(query.text),
            "judgments": .object(JSONObject([(document, .integer(grade))])),
        ]
        _ = try await kept.keep([.object(change)])
    }

    /// The first hits of every ranking, each document once: all firsts, then all seconds.
    private func hits(_ query: Query) async throws -> [(id: String, title: String, snippet: String)] {
        var lists: [[JSONValue]] = []
        for members in Self.rankings {
            var body = members
            body["query"] = .string(query.text)
            body["collection"] = .string(kept.collection)
            body["limit"] = .integer(Int64(depth))
            let answer = try await kept.session.call(
                "POST", "/v1/search", body: .object(body), as: .user(kept.tenant, .search))
            lists.append(answer["hits"]?.arrayValue ?? [])
        }
        var seen: Set<String> = []
        var pool: [(id: String, title: String, snippet: String)] = []
        for place in 0..<depth {
            for list in lists where place < list.count {
                guard let id = list[place]["doc_id"]?.stringValue, seen.insert(id).inserted else { continue }
                pool.append((id, list[place]["title"]?.stringValue ?? "", list[place]["snippet"]?.stringValue ?? ""))
            }
        }
        return pool
    }
}

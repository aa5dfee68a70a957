import Access
import JSON
import TenantStore

/// Asks every query of every run for a hundred documents.
struct Evaluation {
    let session: CommandSession
    let tenant: TenantRecord
    let collection: String

    private static let parallel = 8
    private static let limit: Int64 = 100

    /// The rankings of one run, by query.
    func rankings(of run: EvaluationRun, _ judged: JudgedQueries) async throws -> [String: RankedQuery] {
        guard case .search(let members) = run.source else {
            guard case .file(let path) = run.source else { return [:] }
            return try RunFile.read(path)
        }
        let bar = ProgressBar(run.name, unit: "queries")
        defer { bar.finish() }
        return try await withThrowingTaskGroup(of: RankedQuery.self) { group in
            var results: [String: RankedQuery] = [:]
            var next = 0
            while results.count < judged.texts.count {
                while next < judged.texts.count, next - results.count < Self.parallel {
                    let query = judged.texts[next]
                    group.addTask { try await ask(query.id, query.text, members) }
                    next += 1
                }
                guard let result = try await group.next() else { break }
                results[result.query] = result
                bar.update(results.count, of: judged.texts.count)
            }
            return results
        }
    }

    /// Half-embedded collections give half-true figures.
    func refuseWaiting() async throws {
        let answer = try await session.call("GET", "/v1/collections", as: .user(tenant, .search))
        let entries = answer["collections"]?.arrayValue ?? []
        guard let entry = entries.first(where: { $0["name"]?.stringValue == collection }) else {
            throw CommandFailure(
                "there is no collection \(collection); there are: "
                    + entries.compactMap { $0["name"]?.stringValue }.joined(separator: ", "))
        }
        let waiting = entry["waiting"]?.integerValue ?? 0
        if waiting > 0 {
            throw CommandFailure(
                "\(waiting) passages of \(collection) still wait for vectors; wait for them, or use --mode bm25")
        }
    }

    private func ask(_ id: String, _ text: String, _ members: JSONObject) async throws -> RankedQuery {
        var body = members
        body["query"] = .string(text)
        body["collection"] = .string(collection)
        body["limit"] = .integer(Self.limit)
        body["detail"] = "ids"
        let answer = try await session.call("POST", "/v1/search", body: .object(body), as: .user(tenant, .search))
        let hits = answer["hits"]?.arrayValue ?? []
        return RankedQuery(
            query: id,
            documents: hits.compactMap { hit in
                hit["doc_id"]?.stringValue.map { ($0, hit["score"]?.doubleValue ?? 0) }
            })
    }
}

import Access
import JSON
import TenantStore

/// A command's evaluation: asks the appliance for the rankings of every run, a few hundred queries at a time.
struct Evaluation {
    let session: CommandSession
    let tenant: TenantRecord
    let collection: String

    /// Rankings of one call: few enough that a bar moves, and that nobody waits long for one of them.
    private static let batch = 600

    private var path: String { "/v1/collections/\(DocumentURI.escaped(collection))" }

    /// The rankings of every run, by query.
    /// - Returns: Beside them what the answers warned of.
    func rankings(of runs: [EvaluationRun], _ judged: JudgedQueries) async throws
        -> (runs: [(run: EvaluationRun, byQuery: [String: RankedQuery])], warnings: [String])
    {
        let searches = runs.filter { if case .search = $0.source { true } else { false } }
        var found = [[String: RankedQuery]](repeating: [:], count: searches.count)
        var warnings: [String] = []
        let bar = ProgressBar("evaluating", unit: "queries")
        defer { bar.finish() }
        let step = max(1, Self.batch / max(1, searches.count))
        for start in stride(from: 0, to: searches.isEmpty ? 0 : judged.texts.count, by: step) {
            let queries = judged.texts[start..<min(start + step, judged.texts.count)]
            let answer = try await ask(searches, queries)
            for (place, ranking) in (answer["rankings"]?.arrayValue ?? []).enumerated() where place < found.count {
                for query in ranking["queries"]?.arrayValue ?? [] {
                    let ranked = Self.ranked(query)
                    found[place][ranked.query] = ranked
                }
            }
            for warning in (answer["warnings"]?.arrayValue ?? []).compactMap(\.stringValue)
            where !warnings.contains(warning) {
                warnings.append(warning)
            }
            bar.update(start + queries.count, of: judged.texts.count)
        }
        var rest = found[...]
        let complete = runs.map { run in
            if case .rankings(let given) = run.source { return (run, given) }
            return (run, rest.popFirst() ?? [:])
        }
        return (complete, warnings)
    }

    private func ask(_ runs: [EvaluationRun], _ queries: ArraySlice<(id: String, text: String)>) async throws
        -> JSONValue
    {
        let body: JSONObject = [
            "runs": .array(
                runs.map { run in
                    guard case .search(let members) = run.source else { return .null }
                    return .object(["name": .string(run.name), "search": .object(members)])
                }),
            "queries": .array(queries.map { .object(["id": .string($0.id), "text": .string($0.text)]) }),
            "detail": .string(EvaluationRequest.Detail.rankings.rawValue),
        ]
        return try await session.call("POST", path + ":evaluate", body: .object(body), as: .user(tenant, .search))
    }

    private static func ranked(_ query: JSONValue) -> RankedQuery {
        let documents = (query["documents"]?.arrayValue ?? []).compactMap(\.stringValue)
        let scores = (query["scores"]?.arrayValue ?? []).map { $0.doubleValue ?? 0 }
        return RankedQuery(query: query["id"]?.stringValue ?? "", documents: Array(zip(documents, scores)))
    }

    /// The settings that were measured.
    struct Settings: Sendable {
        var members: JSONObject
        /// Names them in a condition.
        var tag: String?
    }

    /// The settings there are.
    ///
    /// Half-embedded collections give half-true figures, and so do those whose index changes meanwhile: they are refused.
    /// - Parameter embeds: Whether vectors matter.
    func settings(embeds: Bool) async throws -> Settings {
        let entry = try await session.call("GET", path, as: .user(tenant, .search))
        let waiting = entry["waiting"]?.integerValue ?? 0
        if embeds, waiting > 0 {
            throw CommandFailure(
                "\(waiting) passages of \(collection) still wait for vectors; wait for them, or use --mode bm25")
        }
        let settings = try await session.call("GET", path + "/settings", as: .user(tenant, .search))
        if settings["is_current"]?.boolValue == false {
            throw CommandFailure(
                "an index of \(collection) is being made anew, and rankings would change under the evaluation; wait until "
                    + "carrel collection settings \(collection) says that it is current")
        }
        return Settings(members: settings["settings"]?.objectValue ?? [:], tag: settings["etag"]?.stringValue)
    }

    /// Sets what was chosen, and leaves every other setting as it is.
    /// - Parameter measured: What was set when the measurement began; where it is something else now, nothing is set.
    func apply(_ chosen: JSONObject, over measured: Settings) async throws {
        var changed = measured.members
        for (name, value) in chosen.members { changed[name] = value }
        do {
            _ = try await session.call(
                "PUT", path + "/settings", body: .object(changed), ifMatch: measured.tag, as: .user(tenant, .write))
        } catch let failure as CommandFailure where failure.status == 412 {
            throw CommandFailure(
                "nothing was set: the settings of \(collection) were changed while it was being measured, so what was "
                    + "found may not hold for them; measure again")
        }
    }
}

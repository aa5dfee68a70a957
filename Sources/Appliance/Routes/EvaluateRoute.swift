import HTTPServer
import JSON
import TenantStore

/// `POST /v1/collections/{name}:evaluate`: several rankings of one collection on judged queries.
enum EvaluateRoute {
    static func read(_ exchange: Exchange) async throws -> EvaluationRequest {
        let name = try exchange.soleParameter("name")
        return try EvaluationRequest(try await JSONBody.object(of: exchange.request), collection: name)
    }

    static func answer(
        _ appliance: SearchAppliance, _ context: RequestContext, _ request: EvaluationRequest
    ) async throws -> HTTPResponse {
        context.tally.update { $0.target = request.collection }
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let searches = try request.runs.map { try $0.request(in: request.collection) }
        _ = try engine.published.current.selection(request.collection)
        return try await engine.services.evaluationSlots.run {
            let queries = try await queries(of: request, engine)
            try request.check(queryCount: queries.texts.count)
            context.tally.update { $0.resultCount = queries.texts.count * request.runs.count }
            let answered = try await engine.rankings(
                of: searches.compactMap { $0 }, for: queries.texts, deadline: context.searchDeadline)
            // Written where an evaluation may take its time.
            let bytes = try await engine.services.evaluations.run {
                Evaluated(request: request, queries: queries, answered: answered).json
            }
            return .json(bytes: bytes)
        }
    }

    /// The queries of the request, else those that the collection keeps; where something is measured, those alone that
    /// have a relevant document.
    private static func queries(of request: EvaluationRequest, _ engine: TenantEngine) async throws -> JudgedQueries {
        let queries: JudgedQueries
        if let given = request.queries {
            queries = JudgedQueries(given)
        } else {
            queries = JudgedQueries(try await engine.allJudgedQueries(of: request.collection))
        }
        guard request.detail != .rankings else { return queries }
        let measurable = queries.measurable
        guard !measurable.texts.isEmpty else {
            throw ApplianceError.invalidArgument(
                name: "queries",
                reason: request.queries != nil
                    ? "must have at least one with a grade above 0"
                    : "are left out, and the collection keeps none with a grade above 0; send some, or keep judgments first"
            )
        }
        return measurable
    }
}

/// An evaluation that was made, to be written down.
private struct Evaluated: Sendable {
    var request: EvaluationRequest
    var queries: JudgedQueries
    var answered: EvaluatedRankings

    /// The answer.
    /// - Complexity: O(10,000 draws x queries) a run where something is measured.
    var json: [UInt8] {
        var searched = 0
        var rankings: [(run: EvaluationRun, byQuery: [String: RankedQuery])] = []
        var warnings: [String] = []
        for run in request.runs {
            switch run.source {
            case .rankings(let given): rankings.append((run, given))
            case .search:
                let found = answered.rankings[searched]
                warnings += answered.warnings[searched].map { "\(run.name): \($0)" }
                rankings.append(
                    (run, Dictionary(found.map { ($0.query, $0) }, uniquingKeysWith: { first, _ in first })))
                searched += 1
            }
        }
        var writer = JSONWriter(reservingCapacity: 4_096)
        if request.detail == .rankings {
            write(rankings, warnings, to: &writer)
            return writer.bytes
        }
        let report = EvaluationReport(
            queries: queries.texts, judgments: queries.judgments, cutoff: request.cutoff, rankings: rankings)
        var object = report.json
        if request.detail == .queries { object["by_query"] = report.byQuery }
        object["warnings"] = .array(warnings.map { .string($0) })
        writer.value(.object(object))
        return writer.bytes
    }

    private func write(
        _ rankings: [(run: EvaluationRun, byQuery: [String: RankedQuery])], _ warnings: [String],
        to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("rankings")
        writer.beginArray()
        for (run, byQuery) in rankings {
            writer.beginObject()
            writer.member("name", run.name)
            writer.key("queries")
            writer.beginArray()
            for query in queries.texts {
                let documents = byQuery[query.id]?.documents ?? []
                writer.beginObject()
                writer.member("id", query.id)
                writer.member("documents", documents.map(\.id))
                writer.key("scores")
                writer.beginArray()
                for document in documents { writer.number(document.score) }
                writer.endArray()
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.member("warnings", warnings)
        writer.endObject()
    }
}

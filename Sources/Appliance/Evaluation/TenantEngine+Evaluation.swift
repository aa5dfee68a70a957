package import IndexCore

/// What several searches answered to the same queries.
package struct EvaluatedRankings: Sendable {
    /// By search, then by query, both in the order asked.
    package var rankings: [[RankedQuery]]
    /// What answers warned of, by search, each once.
    package var warnings: [[String]]
}

extension TenantEngine {
    /// Documents that an evaluation looks at for each query.
    package static let evaluationDepth = 100
    /// Warnings kept of one search.
    private static let warningLimit = 10

    /// Asks every query by every search, for ids alone.
    ///
    /// The answers are those of ``search(_:deadline:on:)``, on the threads of evaluations: as many queries at a time as
    /// there are cores, each query by all searches in turn, so that it is embedded once.
    /// - Parameter searches: Their query, limit and detail are replaced.
    /// - Throws: What a search throws; `CancellationError` when the caller left.
    package func rankings(
        of searches: [SearchRequest], for queries: [(id: String, text: String)], deadline: SearchDeadline
    ) async throws -> EvaluatedRankings {
        var found = [[Answer]](repeating: [], count: queries.count)
        try await withThrowingTaskGroup(of: (Int, [Answer]).self) { group in
            var next = 0
            var done = 0
            while done < queries.count {
                while next < queries.count, next - done < services.evaluationThreads {
                    let (place, query) = (next, queries[next])
                    group.addTask { (place, try await self.answers(searches, to: query, deadline: deadline)) }
                    next += 1
                }
                guard let (place, answers) = try await group.next() else { break }
                found[place] = answers
                done += 1
            }
        }
        return EvaluatedRankings(
            rankings: searches.indices.map { search in found.map { $0[search].ranking } },
            warnings: searches.indices.map { search in
                var seen: [String] = []
                for warning in found.flatMap({ $0[search].warnings }) where !seen.contains(warning) {
                    guard seen.count < Self.warningLimit else { break }
                    seen.append(warning)
                }
                return seen
            })
    }

    private struct Answer: Sendable {
        var ranking: RankedQuery
        var warnings: [String]
    }

    private func answers(
        _ searches: [SearchRequest], to query: (id: String, text: String), deadline: SearchDeadline
    ) async throws -> [Answer] {
        var answers: [Answer] = []
        for var search in searches {
            try Task.checkCancellation()
            search.query = query.text
            search.limit = Self.evaluationDepth
            search.detail = .ids
            let response = try await self.search(search, deadline: deadline, on: services.evaluations)
            answers.append(
                Answer(
                    ranking: RankedQuery(
                        query: query.id, documents: response.hits.map { ($0.documentID, $0.score) }),
                    warnings: response.degraded ? response.warnings : []))
        }
        return answers
    }
}

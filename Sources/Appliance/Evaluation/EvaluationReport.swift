package import JSON

/// What an evaluation found: every run on every query, and whether the later runs differ from the first.
package struct EvaluationReport: Sendable {
    /// One run's rankings and their quality, query by query in the order of ``EvaluationReport/queries``.
    package struct Run: Sendable {
        package let name: String
        /// Whether it is what searches do that say nothing.
        package let isPresent: Bool
        /// What makes it that; nil where settings cannot.
        package let settings: JSONObject?
        package let rankings: [RankedQuery]
        package let measures: [RankingMeasures]
        package let mean: RankingMeasures
        /// 95 % of the bootstrap's means of nDCG lie in it.
        package let interval: ClosedRange<Double>
    }

    /// A run against the first, by nDCG.
    package struct Comparison: Sendable {
        package let run: String
        package let test: PairedComparison
        /// The p-value with the number of comparisons taken into account.
        package let adjusted: Double
        /// Whether chance alone would do as much in fewer than one of twenty cases.
        package var isSignificant: Bool { adjusted < 0.05 }
    }

    package let cutoff: Int
    package let queries: [(id: String, text: String)]
    package let judgments: [String: [String: Int]]
    package let runs: [Run]
    package let comparisons: [Comparison]

    /// Measures the runs.
    /// - Parameter rankings: By run; a query that one of them lacks counts as an empty ranking.
    package init(
        queries: [(id: String, text: String)], judgments: [String: [String: Int]], cutoff: Int,
        rankings: [(run: EvaluationRun, byQuery: [String: RankedQuery])]
    ) {
        self.queries = queries
        self.judgments = judgments
        self.cutoff = cutoff
        let runs = rankings.map { run, byQuery in
            let ranked = queries.map { byQuery[$0.id] ?? RankedQuery(query: $0.id, documents: []) }
            let measures = ranked.map {
                RankingMeasures(
                    ranking: $0.documents.map(\.id), judgments: judgments[$0.query] ?? [:], cutoff: cutoff)
            }
            return Run(
                name: run.name, isPresent: run.isPresent, settings: run.settings, rankings: ranked, measures: measures,
                mean: .mean(measures),
                interval: PairedComparison.bootstrap(measures.map(\.ndcg)))
        }
        self.runs = runs
        guard let first = runs.first, runs.count > 1 else {
            comparisons = []
            return
        }
        let tests = runs.dropFirst().map {
            PairedComparison(first.measures.map(\.ndcg), $0.measures.map(\.ndcg))
        }
        let adjusted = PairedComparison.adjusted(tests.map(\.pValue))
        comparisons = tests.indices.map {
            Comparison(run: runs[$0 + 1].name, test: tests[$0], adjusted: adjusted[$0])
        }
    }

    /// The queries on which a run differs most from the first, greatest difference first.
    package func contrasts(of run: Int, limit: Int) -> [Int] {
        let differences = queries.indices.map { abs(runs[run].measures[$0].ndcg - runs[0].measures[$0].ndcg) }
        return queries.indices.filter { differences[$0] > 0 }
            .sorted { differences[$0] != differences[$1] ? differences[$0] > differences[$1] : $0 < $1 }
            .prefix(limit).map { $0 }
    }
}

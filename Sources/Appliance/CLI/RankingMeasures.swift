import Glibc

/// Quality of one ranking against judgments, by trec_eval's definitions.
///
/// Gain is the judged relevance, the discount log2(rank + 1); the ideal ranking takes all judged documents with
/// relevance above 0. Documents without a judgment count as irrelevant.
package struct RankingMeasures: Equatable {
    /// Normalised discounted cumulative gain of the first ten.
    package var ndcg10 = 0.0
    /// Share of the relevant documents among the first hundred.
    package var recall100 = 0.0
    /// Reciprocal rank of the first relevant document among the first ten.
    package var mrr10 = 0.0

    /// Measures one ranking.
    /// - Parameters:
    ///   - ranking: Document ids, best first.
    ///   - judgments: Relevance by document id; at least one above 0.
    package init(ranking: [String], judgments: [String: Int]) {
        let relevant = judgments.values.filter { $0 > 0 }.sorted(by: >)
        guard !relevant.isEmpty else { return }
        var gain = 0.0
        for (place, id) in ranking.prefix(10).enumerated() {
            gain += Double(max(0, judgments[id] ?? 0)) / log2(Double(place + 2))
        }
        var ideal = 0.0
        for (place, relevance) in relevant.prefix(10).enumerated() {
            ideal += Double(relevance) / log2(Double(place + 2))
        }
        ndcg10 = gain / ideal
        recall100 = Double(ranking.prefix(100).count { judgments[$0, default: 0] > 0 }) / Double(relevant.count)
        if let first = ranking.prefix(10).firstIndex(where: { judgments[$0, default: 0] > 0 }) {
            mrr10 = 1 / Double(first + 1)
        }
    }

    private init() {}

    /// The mean over queries; zeros for none.
    package static func mean(_ measures: [RankingMeasures]) -> RankingMeasures {
        var mean = RankingMeasures()
        guard !measures.isEmpty else { return mean }
        let count = Double(measures.count)
        mean.ndcg10 = measures.reduce(0) { $0 + $1.ndcg10 } / count
        mean.recall100 = measures.reduce(0) { $0 + $1.recall100 } / count
        mean.mrr10 = measures.reduce(0) { $0 + $1.mrr10 } / count
        return mean
    }
}

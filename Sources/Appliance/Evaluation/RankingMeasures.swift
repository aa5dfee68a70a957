import Glibc

/// Quality of one ranking against judgments, by trec_eval's definitions.
///
/// Gain is the judged relevance, the discount log2(rank + 1); the ideal ranking takes all judged documents with
/// relevance above 0. Documents without a judgment count as irrelevant, and ``unjudged`` says how many there were.
package struct RankingMeasures: Sendable, Equatable {
    /// Normalised discounted cumulative gain of the first `cutoff` documents (Järvelin & Kekäläinen 2002).
    package var ndcg = 0.0
    /// Share of the relevant documents among the first hundred.
    package var recall100 = 0.0
    /// Reciprocal rank of the first relevant document among the first `cutoff`.
    package var reciprocalRank = 0.0
    /// 1 if there is a relevant document among the first `cutoff`.
    package var success = 0.0
    /// Share of the first `cutoff` documents that nobody has judged.
    package var unjudged = 0.0

    package static let usualCutoff = 10

    /// Measures one ranking.
    /// - Parameters:
    ///   - ranking: Document ids, best first.
    ///   - judgments: Relevance by document id; at least one above 0.
    package init(ranking: [String], judgments: [String: Int], cutoff: Int = usualCutoff) {
        let relevant = judgments.values.filter { $0 > 0 }.sorted(by: >)
        guard !relevant.isEmpty else { return }
        let first = ranking.prefix(cutoff)
        var gain = 0.0
        for (place, id) in first.enumerated() {
            gain += Double(max(0, judgments[id] ?? 0)) / log2(Double(place + 2))
        }
        var ideal = 0.0
        for (place, relevance) in relevant.prefix(cutoff).enumerated() {
            ideal += Double(relevance) / log2(Double(place + 2))
        }
        ndcg = gain / ideal
        recall100 = Double(ranking.prefix(100).count { judgments[$0, default: 0] > 0 }) / Double(relevant.count)
        if let hit = first.firstIndex(where: { judgments[$0, default: 0] > 0 }) {
            reciprocalRank = 1 / Double(hit + 1)
            success = 1
        }
        if !first.isEmpty {
            unjudged = Double(first.count { judgments[$0] == nil }) / Double(first.count)
        }
    }

    private init() {}

    /// The mean over queries; zeros for none.
    package static func mean(_ measures: [RankingMeasures]) -> RankingMeasures {
        var mean = RankingMeasures()
        guard !measures.isEmpty else { return mean }
        let parts: [WritableKeyPath<RankingMeasures, Double>] = [
            \.ndcg, \.recall100, \.reciprocalRank, \.success, \.unjudged,
        ]
        for part in parts {
            mean[keyPath: part] = measures.reduce(0) { $0 + $1[keyPath: part] } / Double(measures.count)
        }
        return mean
    }
}

public import IndexCore
import Glibc

/// What a question's terms promise before anything is found, and the scores of passages that another ranking found.
///
/// What fusion asks of a keyword leg: ``CalibratedFusion``.
public struct BM25Evidence: Sendable, Equatable {
    /// `√(Σ w² · df / N)` over the scored terms, `w` being boost times idf and `df / N` the share of live passages that
    /// have the term: about how much the score varies over passages that have nothing to do with the question.
    public var noise: Double
    /// `Σ w`, terms that nobody has included: more than any passage can score.
    public var attainable: Double
    /// By place of the passages asked about, bit for bit what a search would give; nil for one that does not match or
    /// is not indexed.
    public var scores: [Float?]
}

extension BM25Search {
    /// Noise and greatest score of the query, and its scores of these passages.
    ///
    /// A phrase counts as one term with the sum of its terms' idf and the least of their df, a synonym with the idf and df
    /// it is scored with; what is excluded does not count. Lists are sought, not scanned.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    public func evidence(of passages: [PassageID]) throws(BM25Error) -> BM25Evidence {
        var squares = 0.0
        var attainable = 0.0
        addEvidence(of: plan.root, &squares, &attainable)
        return BM25Evidence(
            noise: squares.squareRoot(), attainable: attainable, scores: try scores(of: passages))
    }

    private func addEvidence(of place: Int, _ squares: inout Double, _ attainable: inout Double) {
        let node = plan.nodes[place]
        switch node.kind {
        case .nothing: break
        case .everything: attainable += Double(node.boost)
        case .boolean:
            for child in node.must.lowerBound..<node.should.upperBound {
                addEvidence(of: plan.children[child], &squares, &attainable)
            }
        case .term, .synonym, .phrase:
            let statistics = snapshot.statistics
            let count = Double(
                max(1, node.field == .title ? statistics.titledPassageCount : statistics.wordedPassageCount))
            let found = node.uses.lazy.map { documentFrequencies[plan.uses[$0].term] }
            let frequency = (node.kind == .phrase ? found.min() : found.max()) ?? 0
            guard frequency > 0 else {
                attainable += Double(node.boost) * log(1 + (count + 0.5) / 0.5)
                return
            }
            let weight = Double(weights[place])
            squares += weight * weight * min(1, Double(frequency) / count)
            attainable += weight
        }
    }
}

package import IndexCore
package import JSON

/// The arithmetic of calibrated fusion for one document: the numbers are those of the fused hit, bit for bit.
package struct CalibrationExplanation: Sendable {
    package let fusion: CalibratedFusion
    package let keyword: CalibratedFusion.KeywordEvidence
    package let vector: CalibratedFusion.VectorEvidence?
    package let scales: CalibratedFusion.Scales
    package let candidate: CalibratedFusion.Candidate
    package let sum: CalibratedFusion.Sum
    /// The highest scores of all candidates, and the lowest cosine in the vector leg's list.
    package let bestKeyword: Double
    package let bestCosine: Double?
    package let lowestCosine: Double
    /// Places in the legs' lists, from 1; nil where the score was completed or there is none.
    package let keywordRank: Int?
    package let vectorRank: Int?
    /// Whether the question moved towards this document.
    package let isFeedback: Bool

    package var score: Double { CalibratedFusion.score(sum.total) }

    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("method", SearchRequest.Fusion.calibrated.rawValue)
        writer.member("bm25_weight", fusion.keywordShare)
        writer.member("vector_weight", fusion.vectorShare)
        writer.member("weight", fusion.weight)
        writer.key("bm25")
        writer.beginObject()
        if let keywordRank { writer.member("rank", keywordRank) }
        writer.member("score", candidate.keyword)
        writer.member("best", bestKeyword)
        writer.member("noise", keyword.noise)
        writer.member("attainable", keyword.attainable)
        writer.member("attainment", scales.attainment)
        writer.member("weight", fusion.weight)
        writer.member("scale", scales.keyword)
        writer.member("contribution", sum.keyword)
        writer.endObject()
        writer.key("vector")
        writer.beginObject()
        if let vectorRank { writer.member("rank", vectorRank) }
        if let cosine = candidate.cosine { writer.member("score", cosine) }
        if candidate.cosine == nil { writer.member("lowest", lowestCosine) }
        if let bestCosine { writer.member("best", bestCosine) }
        if let vector {
            writer.member("mean_cosine", vector.meanCosine)
            writer.member("deviation", vector.deviation)
            writer.member("vectors", vector.vectorCount)
            writer.member("dimension", vector.dimension)
        }
        writer.member("gate", scales.gate)
        writer.member("scale", scales.vector)
        writer.member("contribution", sum.vector)
        writer.endObject()
        writer.key("feedback")
        writer.beginObject()
        writer.member("step", fusion.feedback)
        writer.member("source", isFeedback)
        writer.member("contribution", sum.feedback)
        writer.endObject()
        writer.member("fusion_score", sum.total)
        writer.member("score", score)
        writer.endObject()
    }
}

extension Calibration {
    /// How one document came to its sum; nil if neither leg found it.
    func explain(_ document: PassageID) -> CalibrationExplanation? {
        guard let index = pairs.firstIndex(where: { $0.document == document }) else { return nil }
        let pair = pairs[index]
        let listed = zip(pairs, candidates).lazy.filter { $0.0.vector != nil }.compactMap(\.1.cosine)
        return CalibrationExplanation(
            fusion: fusion, keyword: keyword, vector: vector, scales: ranking.scales, candidate: candidates[index],
            sum: ranking.sums[index], bestKeyword: candidates.lazy.map(\.keyword).max() ?? 0,
            bestCosine: candidates.lazy.compactMap(\.cosine).max(), lowestCosine: listed.min() ?? 0,
            keywordRank: pair.keyword.map { $0 + 1 },
            vectorRank: pair.vector.map { $0 + 1 }, isFeedback: ranking.feedbackPlaces.contains(index))
    }
}

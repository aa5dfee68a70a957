/// The arithmetic that joined one document's places in the legs.
public struct FusionExplanation: Sendable, Equatable {
    /// What one leg adds.
    public struct Share: Sendable, Equatable {
        /// The document's place in the leg's list and its score there.
        public var leg: LegRank
        /// The lowest and highest score of the leg's list, which min-max scales by.
        public var scores: ClosedRange<Float>
        /// What the leg adds to the sum.
        public var contribution: Double
    }

    /// The weights as used: they add up to 1; a leg that did not run has 0.
    public var keywordWeight: Double
    /// The vector leg's.
    public var vectorWeight: Double
    /// The keyword leg's share; nil where it did not return the document.
    public var keyword: Share?
    /// The vector leg's share; nil where it did not return the document.
    public var vector: Share?
    /// The shares added up, keyword first.
    public var fusionScore: Double
    /// The sum mapped to 0...1.
    public var score: Double
}

extension RankFusion {
    /// How ``fuse(keyword:vector:)`` scores one document of these lists; nil where neither holds it.
    ///
    /// The numbers are those of the fused hit, bit for bit.
    public func explain(_ document: PassageID, keyword: [DocumentHit]?, vector: [DocumentHit]?) -> FusionExplanation? {
        let weights = normalizedWeights(keywordRan: keyword != nil, vectorRan: vector != nil)
        let keywordShare = share(of: document, in: Leg(hits: keyword ?? [], weight: weights.keyword))
        let vectorShare = share(of: document, in: Leg(hits: vector ?? [], weight: weights.vector))
        guard keywordShare != nil || vectorShare != nil else { return nil }
        let sum = (keywordShare?.contribution ?? 0) + (vectorShare?.contribution ?? 0)
        return FusionExplanation(
            keywordWeight: weights.keyword, vectorWeight: weights.vector, keyword: keywordShare, vector: vectorShare,
            fusionScore: sum, score: scaled(sum))
    }

    private func share(of document: PassageID, in leg: Leg) -> FusionExplanation.Share? {
        guard let index = leg.hits.firstIndex(where: { $0.document == document }) else { return nil }
        let rank = leg.rank(at: index)
        return FusionExplanation.Share(
            leg: rank, scores: Float(leg.lowest)...Float(leg.highest), contribution: contribution(rank, of: leg))
    }
}

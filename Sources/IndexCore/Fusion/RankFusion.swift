/// How the two legs' lists become one.
public enum FusionMethod: Sendable, Hashable {
    /// Reciprocal rank fusion: a leg adds weight / (k + rank), ranks from 1.
    /// Cormack, Clarke, Büttcher: "Reciprocal rank fusion outperforms Condorcet", SIGIR 2009.
    case reciprocalRank(k: Double)
    /// A leg adds weight x (score - lowest) / (highest - lowest) over its own list; 1 where all its scores are equal.
    case minMax
}

/// What one leg says about a document.
public struct LegRank: Sendable, Equatable {
    /// The document's place in the leg's list, from 1.
    public var rank: Int
    /// The leg's own score.
    public var score: Float
    /// The document's best passage in this leg.
    public var passage: PassageID

    /// Memberwise.
    public init(rank: Int, score: Float, passage: PassageID) {
        self.rank = rank
        self.score = score
        self.passage = passage
    }
}

/// A document of the joined list.
public struct FusedHit: Sendable, Equatable {
    /// The document, named by its first passage.
    public var document: PassageID
    /// The passage to show: that of the leg that ranked the document higher, the keyword leg's where both agree.
    public var passage: PassageID
    /// The method's raw sum; the list is ordered by it.
    public var fusionScore: Double
    /// The sum mapped to 0...1: reciprocal ranks x (k + 1), so that first in every leg is 1; minMax as it is.
    public var score: Double
    /// The keyword leg's word; nil where it did not return the document.
    public var keyword: LegRank?
    /// The vector leg's word; nil where it did not return the document.
    public var vector: LegRank?
    /// The keyword leg's score of a document that it did not return but was asked about.
    public var completedKeyword: Float?
    /// The vector leg's score of a document that it did not return but was asked about.
    public var completedVector: Float?

    /// Memberwise.
    public init(
        document: PassageID, passage: PassageID, fusionScore: Double, score: Double, keyword: LegRank?,
        vector: LegRank?, completedKeyword: Float? = nil, completedVector: Float? = nil
    ) {
        self.document = document
        self.passage = passage
        self.fusionScore = fusionScore
        self.score = score
        self.keyword = keyword
        self.vector = vector
        self.completedKeyword = completedKeyword
        self.completedVector = completedVector
    }
}

extension FusedHit {
    /// The passage of the leg that ranked the document higher.
    package static func shown(_ keyword: LegRank?, _ vector: LegRank?) -> PassageID? {
        ((vector?.rank ?? .max) < (keyword?.rank ?? .max) ? vector : keyword)?.passage
    }
}

/// Joins the two legs' lists of documents into one ranking.
public struct RankFusion: Sendable {
    let method: FusionMethod
    private let keywordWeight: Double
    private let vectorWeight: Double

    /// Weights are finite and not negative; only their ratio counts, and two zeros count as equal.
    public init(method: FusionMethod, keywordWeight: Double = 1, vectorWeight: Double = 1) {
        self.method = method
        self.keywordWeight = keywordWeight
        self.vectorWeight = vectorWeight
    }

    /// Joins the legs' lists, each best first with one hit per document.
    ///
    /// A leg that did not run is `nil` and the other then has the whole weight. A document one leg did not return gets
    /// nothing from it. Equal sums are ordered by document id. O(n log n) for n hits.
    public func fuse(keyword: [DocumentHit]?, vector: [DocumentHit]?) -> [FusedHit] {
        let weights = normalizedWeights(keywordRan: keyword != nil, vectorRan: vector != nil)
        let keywordLeg = Leg(hits: keyword ?? [], weight: weights.keyword)
        let vectorLeg = Leg(hits: vector ?? [], weight: weights.vector)

        let pairs = DocumentPairs.of(keywordLeg.hits, vectorLeg.hits)
        // Best first, equal sums in the order of documents; hits are made where they stay.
        var places = pairs.indices.map { index in
            let sum = sum(pairs[index], keywordLeg, vectorLeg)
            return Place(sortKey: ~sum.orderedKey, sum: sum, index: index)
        }
        KeySort.sort(&places)
        return places.map { hit(pairs[$0.index], $0.sum, keywordLeg, vectorLeg) }
    }

    private struct Place: KeySortable {
        var sortKey: UInt64
        var sum: Double
        var index: Int
    }

    func normalizedWeights(keywordRan: Bool, vectorRan: Bool) -> (keyword: Double, vector: Double) {
        switch (keywordRan, vectorRan) {
        case (true, false): return (1, 0)
        case (false, true): return (0, 1)
        default:
            // Scaled by the larger first: two huge weights must not add up to infinity.
            let larger = max(keywordWeight, vectorWeight)
            guard larger > 0 else { return (0.5, 0.5) }
            let keyword = keywordWeight / larger
            let vector = vectorWeight / larger
            return (keyword / (keyword + vector), vector / (keyword + vector))
        }
    }

    private func sum(_ pair: DocumentPairs.Pair, _ keyword: Leg, _ vector: Leg) -> Double {
        // Always keyword first: a sum of doubles depends on its order.
        (pair.keyword.map { contribution(keyword.rank(at: $0), of: keyword) } ?? 0)
            + (pair.vector.map { contribution(vector.rank(at: $0), of: vector) } ?? 0)
    }

    private func hit(_ pair: DocumentPairs.Pair, _ sum: Double, _ keyword: Leg, _ vector: Leg) -> FusedHit {
        let keywordRank = pair.keyword.map { keyword.rank(at: $0) }
        let vectorRank = pair.vector.map { vector.rank(at: $0) }
        return FusedHit(
            document: pair.document, passage: FusedHit.shown(keywordRank, vectorRank) ?? pair.document,
            fusionScore: sum, score: scaled(sum), keyword: keywordRank, vector: vectorRank)
    }

    func contribution(_ rank: LegRank, of leg: Leg) -> Double {
        switch method {
        case .reciprocalRank(let k):
            return leg.weight / (k + Double(rank.rank))
        case .minMax:
            guard leg.highest > leg.lowest else { return leg.weight }
            return leg.weight * (Double(rank.score) - leg.lowest) / (leg.highest - leg.lowest)
        }
    }

    func scaled(_ sum: Double) -> Double {
        switch method {
        case .reciprocalRank(let k): min(1, max(0, sum * (k + 1)))
        case .minMax: min(1, max(0, sum))
        }
    }
}

/// One leg's list with what fusion asks of it.
struct Leg {
    let hits: [DocumentHit]
    let weight: Double
    let lowest: Double
    let highest: Double

    init(hits: [DocumentHit], weight: Double) {
        self.hits = hits
        self.weight = weight
        lowest = hits.reduce(.infinity) { min($0, Double($1.score)) }
        highest = hits.reduce(-.infinity) { max($0, Double($1.score)) }
    }

    func rank(at index: Int) -> LegRank {
        LegRank(rank: index + 1, score: hits[index].score, passage: hits[index].passage)
    }
}

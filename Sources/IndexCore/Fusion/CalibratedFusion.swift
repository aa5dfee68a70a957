import Glibc

/// Two legs joined so that each counts by how far it stands out of its own noise.
///
/// A leg's score is divided by how much it varies over documents that have nothing to do with the question: of keywords
/// that follows from the document frequencies alone, of cosines it is measured once per index. So a leg that says
/// something loud for its kind weighs more, and one that says nothing weighs nothing. Then the question moves a step
/// towards the two best documents, and all are scored once more.
/// ```
/// a       = min(1, (b_max / attainable) / 0.15)
/// w_b     = weight · a · min(b_max / noise, 10) / b_max
/// rho     = (c_max - mu) / (1 - mu)          nu = √(2 ln N / dimension)
/// g       = clip(2 rho / nu - 2.5, 0, 1)
/// w_d     = g / deviation
/// s       = w_b · b + w_d · c
/// s'      = s + feedback · w_d · (m · v - c)
/// ```
/// with b the keyword score and c the cosine of every candidate, whichever leg found it, and m the mean vector of the two
/// best by s. nu is the best cosine that N random vectors would have: below 1.25 nu the vectors say nothing.
///
/// Only the order of the sums means anything; ``score(_:)`` maps them to 0...1.
public struct CalibratedFusion: Sendable, Hashable {
    /// How much the keyword leg counts beside the other, 0...10.
    public var weight: Double
    /// How far the question moves towards the two best, 0...1.
    public var feedback: Double
    /// What the request gives the keyword leg; the sum of both shares is 1, equal ones change nothing.
    public var keywordShare: Double
    /// What it gives the vector leg.
    public var vectorShare: Double

    /// The weight that was measured on eight judged collections.
    public static let usualWeight = 0.6
    /// The step that was.
    public static let usualFeedback = 0.2
    /// The deviation of cosines where none was measured: that of MiniLM on text.
    public static let usualDeviation = 0.10

    /// Shares are brought to the sum 1; two zeros count as equal.
    public init(
        weight: Double = usualWeight, feedback: Double = usualFeedback, keywordShare: Double = 1,
        vectorShare: Double = 1
    ) {
        self.weight = weight
        self.feedback = feedback
        let larger = max(keywordShare, vectorShare)
        let (keyword, vector) = larger > 0 ? (keywordShare / larger, vectorShare / larger) : (1, 1)
        self.keywordShare = keyword / (keyword + vector)
        self.vectorShare = vector / (keyword + vector)
    }

    /// What a question's terms promise before anything is found.
    public struct KeywordEvidence: Sendable, Equatable {
        /// `√(Σ idf² · df / N)`: the deviation of the score over all passages.
        public var noise: Double
        /// `Σ idf`, terms nobody has included: what a passage with every term could reach.
        public var attainable: Double

        /// Memberwise.
        public init(noise: Double, attainable: Double) {
            self.noise = noise
            self.attainable = attainable
        }
    }

    /// What a vector index looks like from a question.
    public struct VectorEvidence: Sendable, Equatable {
        /// The inner product of the question with the mean of the index's vectors.
        public var meanCosine: Double
        /// How much a question's cosines to documents that have nothing to do with it vary.
        public var deviation: Double
        /// Live vectors that may be answered.
        public var vectorCount: Int
        /// Components of a vector.
        public var dimension: Int

        /// Memberwise.
        public init(meanCosine: Double, deviation: Double, vectorCount: Int, dimension: Int) {
            self.meanCosine = meanCosine
            self.deviation = deviation
            self.vectorCount = vectorCount
            self.dimension = dimension
        }
    }

    /// A document of either leg with both scores.
    public struct Candidate: Sendable, Equatable {
        /// Named by its first passage.
        public var document: PassageID
        /// The keyword score of its best passage, 0 where no term matches.
        public var keyword: Double
        /// The cosine of its nearest passage; nil where it has no vector.
        public var cosine: Double?

        /// Memberwise.
        public init(document: PassageID, keyword: Double, cosine: Double?) {
            self.document = document
            self.keyword = keyword
            self.cosine = cosine
        }
    }

    /// What the legs' scores were multiplied by, and why.
    public struct Scales: Sendable, Equatable {
        /// `w_b`.
        public var keyword: Double
        /// `w_d`.
        public var vector: Double
        /// `a`: 1 unless the best document has little of what the question asks for.
        public var attainment: Double
        /// `g`: 0 where the nearest vector is no nearer than a random one, from 1.75 nu on 1.
        public var gate: Double
    }

    /// A candidate's sum and what it is made of.
    public struct Sum: Sendable, Equatable {
        /// `w_b · b`.
        public var keyword: Double
        /// `w_d · c`.
        public var vector: Double
        /// `feedback · w_d · (m · v - c)`; 0 for a document without a vector.
        public var feedback: Double
        /// All of it.
        public var total: Double { keyword + vector + feedback }
    }

    /// The candidates in their new order.
    public struct Ranking: Sendable, Equatable {
        /// What the scores were multiplied by.
        public var scales: Scales
        /// By place among the candidates as they were given.
        public var sums: [Sum]
        /// The places, best first.
        public var order: [Int]
        /// The places of the documents the question moved towards; at most two.
        public var feedbackPlaces: [Int]
    }

    /// Ranks the candidates.
    /// - Parameters:
    ///   - vector: Nil where the vector leg did not run or found nothing: the order is that of the keywords.
    ///   - lowestCosine: Of the vector leg's list: what a document without a vector is counted with.
    ///   - nearness: Given the places of the two best that have a vector (or the one there is), the inner product of
    ///     the mean of their vectors with that of every candidate, by place; nil where it has none. Not called if it would
    ///     change nothing.
    /// - Complexity: O(n log n) and one call of `nearness`.
    public func rank<Failure>(
        _ candidates: [Candidate], keyword: KeywordEvidence, vector: VectorEvidence?, lowestCosine: Double,
        nearness: ([Int]) throws(Failure) -> [Double?]
    ) throws(Failure) -> Ranking {
        let scales = scales(candidates, keyword, vector)
        var sums: [Sum] = []
        var keys: [Key] = []
        sums.reserveCapacity(candidates.count)
        keys.reserveCapacity(candidates.count)
        for (place, candidate) in candidates.enumerated() {
            let cosine = candidate.cosine ?? lowestCosine
            let sum = Sum(
                keyword: scales.keyword * candidate.keyword, vector: scales.vector > 0 ? scales.vector * cosine : 0,
                feedback: 0)
            sums.append(sum)
            keys.append(Key(total: sum.total, cosine: cosine, document: candidate.document, place: place))
        }
        let moves = scales.vector > 0 && feedback > 0
        let nearest = moves ? Self.bestTwo(keys.lazy.filter { candidates[$0.place].cosine != nil }) : []
        if !nearest.isEmpty {
            for (place, product) in try nearness(nearest).enumerated() {
                guard let product, let own = candidates[place].cosine else { continue }
                sums[place].feedback = feedback * scales.vector * (product - own)
                keys[place].total = sums[place].total
            }
        }
        keys.sort { $0.precedes($1) }
        return Ranking(scales: scales, sums: sums, order: keys.map(\.place), feedbackPlaces: nearest)
    }

    /// What candidates are put in order by.
    private struct Key {
        var total: Double
        var cosine: Double
        var document: PassageID
        var place: Int

        @inline(__always)
        func precedes(_ other: Key) -> Bool {
            if total != other.total { return total > other.total }
            if cosine != other.cosine { return cosine > other.cosine }
            return document < other.document
        }
    }

    /// The places of the first two, without putting all in order.
    private static func bestTwo(_ keys: some Sequence<Key>) -> [Int] {
        var best: Key?
        var second: Key?
        for key in keys {
            if best.map({ key.precedes($0) }) ?? true {
                second = best
                best = key
            } else if second.map({ key.precedes($0) }) ?? true {
                second = key
            }
        }
        return [best, second].compactMap { $0?.place }
    }

    private func scales(
        _ candidates: [Candidate], _ keyword: KeywordEvidence, _ vector: VectorEvidence?
    ) -> Scales {
        let best = candidates.lazy.map(\.keyword).max() ?? 0
        var scales = Scales(keyword: 0, vector: 0, attainment: 0, gate: 0)
        if best > 0 {
            scales.attainment =
                keyword.attainable > 0 ? min(1, best / keyword.attainable / Self.attainmentFloor) : 1
            let height = keyword.noise > 0 ? min(best / keyword.noise, Self.greatestHeight) : Self.greatestHeight
            scales.keyword = 2 * keywordShare * weight * scales.attainment * height / best
        }
        if let vector, let nearest = candidates.lazy.compactMap(\.cosine).max() {
            scales.gate = best > 0 ? gate(nearest, vector) : 1
            let deviation = vector.deviation > 0 ? vector.deviation : Self.usualDeviation
            scales.vector = 2 * vectorShare * scales.gate / deviation
        }
        return scales
    }

    /// A best passage with less than this share of what was attainable weighs less.
    private static let attainmentFloor = 0.15
    /// One rare word may not hide everything else.
    private static let greatestHeight = 10.0

    private func gate(_ nearest: Double, _ vector: VectorEvidence) -> Double {
        guard vector.vectorCount >= 2, vector.meanCosine < 1 else { return 1 }
        let excess = (nearest - vector.meanCosine) / (1 - vector.meanCosine)
        let chance = (2 * log(Double(vector.vectorCount)) / Double(max(1, vector.dimension))).squareRoot()
        return min(1, max(0, 2 * excess / chance - 2.5))
    }

    /// A sum mapped to 0...1 without changing the order: `1 / (1 + e^((5 - s) / 2))`.
    ///
    /// Documents that have nothing to do with the question come to about 0.2, good ones to 0.9.
    public static func score(_ sum: Double) -> Double {
        1 / (1 + exp((5 - sum) / 2))
    }
}

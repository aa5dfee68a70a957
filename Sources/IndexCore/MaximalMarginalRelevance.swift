/// Puts candidates into an order in which each is relevant and unlike those before it.
///
/// Maximal marginal relevance (Carbonell & Goldstein, "The use of MMR, diversity-based reranking for reordering documents
/// and producing summaries", SIGIR 1998): the next one is always that with the greatest
/// ```
/// (1 - diversity) x relevance - diversity x (greatest cosine with one chosen before)
/// ```
/// so `diversity` is what the paper calls 1 - lambda. Equal values go to the candidate that stood first. Cosines are
/// summed in the fixed order of ``VectorKernels/score(_:_:count:level:)``: the same on every CPU.
public struct MaximalMarginalRelevance: Sendable {
    /// One candidate, and why it was chosen when it was.
    public struct Choice: Sendable, Equatable {
        /// Its place among the candidates as they were given.
        public var index: Int
        /// Its greatest cosine with one chosen before; nil for the first, and where it has no vector.
        public var similarity: Float?
        /// The choice it is most like, by its place in the new order.
        public var nearest: Int?
        /// What it was chosen by; nil where it has no vector.
        public var value: Double?
    }

    private let relevance: [Double]
    /// `[candidates that have one x dimension]`, of unit length.
    private var rows: [Float] = []
    /// The row of each candidate; nil without a vector.
    private var places: [Int?] = []
    private let dimension: Int
    private let diversity: Double

    /// Candidates in their present order.
    /// - Parameters:
    ///   - relevance: What each is worth by itself, on the scale of a cosine.
    ///   - vectors: Of any length but zero, all with the same number of components; a candidate without one keeps its
    ///     place.
    ///   - diversity: 0 (relevance alone) to 1 (unlikeness alone).
    public init(relevance: [Double], vectors: [[Float]?], diversity: Double) {
        precondition(relevance.count == vectors.count, "each candidate has a relevance")
        self.relevance = relevance
        self.diversity = diversity
        dimension = vectors.lazy.compactMap { $0 }.first?.count ?? 0
        for vector in vectors {
            guard let vector, vector.count == dimension, let unit = Self.unit(vector) else {
                places.append(nil)
                continue
            }
            places.append(rows.count / dimension)
            rows += unit
        }
    }

    /// How many candidates have no vector to be compared by.
    public var missingCount: Int { places.count { $0 == nil } }

    /// The first `count` of the new order.
    ///
    /// A longer order begins with a shorter one, so pages cut from it fit together.
    /// - Throws: ``IndexError/deadlineExceeded``.
    /// - Complexity: O(count x candidates x dimension).
    public func order(count: Int, deadline: SearchDeadline) throws(IndexError) -> [Choice] {
        let count = min(count, places.count)
        var choices: [Choice] = []
        choices.reserveCapacity(count)
        // Of each candidate: the greatest cosine with what was chosen, and which that was.
        var closest = [(similarity: Float, choice: Int)?](repeating: nil, count: places.count)
        var isOpen = places.map { $0 != nil }
        while choices.count < count {
            if choices.count & 15 == 0 { try deadline.check() }
            guard places[choices.count] != nil, let next = best(isOpen, closest) else {
                choices.append(Choice(index: choices.count))
                continue
            }
            isOpen[next.index] = false
            choices.append(
                Choice(
                    index: next.index, similarity: closest[next.index]?.similarity,
                    nearest: closest[next.index]?.choice, value: next.value))
            compare(next.index, choice: choices.count - 1, isOpen, &closest)
        }
        return choices
    }

    private func best(
        _ isOpen: [Bool], _ closest: [(similarity: Float, choice: Int)?]
    ) -> (index: Int, value: Double)? {
        var best: (index: Int, value: Double)?
        for index in places.indices where isOpen[index] {
            let penalty = closest[index].map { Double($0.similarity) } ?? 0
            let value = (1 - diversity) * relevance[index] - diversity * penalty
            if best.map({ value > $0.value }) ?? true { best = (index, value) }
        }
        return best
    }

    /// Compares the open candidates with the one just chosen.
    private func compare(
        _ chosen: Int, choice: Int, _ isOpen: [Bool], _ closest: inout [(similarity: Float, choice: Int)?]
    ) {
        guard let place = places[chosen] else { return }
        rows.withUnsafeBufferPointer { rows in
            guard let base = rows.baseAddress else { return }
            for index in places.indices where isOpen[index] {
                guard let other = places[index] else { continue }
                let similarity = VectorKernels.score(
                    base + place * dimension, base + other * dimension, count: dimension)
                if closest[index].map({ similarity > $0.similarity }) ?? true {
                    closest[index] = (similarity, choice)
                }
            }
        }
    }

    private static func unit(_ vector: [Float]) -> [Float]? {
        let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard length > 0, length.isFinite else { return nil }
        return vector.map { Float(Double($0) / length) }
    }
}

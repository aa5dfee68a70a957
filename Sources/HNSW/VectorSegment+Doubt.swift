import IndexCore

/// When codes are too coarse for what a walk was asked.
///
/// A code is off by a fraction of a step in each component, so the products of two rows with a query tell which is
/// nearer only if they differ by more than a few standard deviations of that error. Near a query rows are few and the
/// best k and the last of `ef` lie far apart. Where the nearest passages do not pass the filter, the walk keeps rows of a
/// shell far outside, where very many lie at almost one distance: the best of them are then not even among the `ef`.
extension VectorSegment {
    /// The kept rows are not told apart where the k-th best and the last lie closer than √`ef` / 2 standard deviations.
    ///
    /// Measured with half bytes on 100,000 passages of 384 and of 1,536 numbers, `ef` 10, 24 and 64: without a filter they
    /// lie 2.1, 2.7 and 8.8 apart or more; where the nearest 0.5 to 95 % are what does not pass, at most 0.9, 1.3 and 2.8,
    /// and a walk finds .02 to .5 of the truth (docs/decisions/0127).
    static let separationDivisor: Float = 4
    /// A walk that goes through so many times the rows that the share of passing ones lets expect is far from its query.
    static let straying = 2

    /// Whether a walk, under a filter that `passing` rows pass, led far from its query.
    func isAstray(_ pool: CandidatePool, passing: Int) -> Bool {
        Float(pool.passedThrough &+ pool.count) * Float(passing) > Float(Self.straying &* pool.count) * Float(count)
    }

    /// So many times farther than the kept rows lie apart lies the nearest row gone through where they lie in a thin shell.
    ///
    /// Measured with floats on 100,000 passages of 384 numbers, walks that went astray: where the nearest 0.2 to 3 % do not pass, 28
    /// to 500 times; where a part near to some other point passes, 1.1 to 5 (docs/decisions/0156).
    static let shellDivisor: Float = 6.5

    /// Whether what the last walk kept lies in a thin shell around its query, behind very many rows that do not pass.
    ///
    /// The beam is then narrow beside what the walk had to go through, and as much is missed as at the far end of any beam.
    func isInShell(_ pool: CandidatePool) -> Bool {
        guard pool.passedThrough > 0, pool.count > 1 else { return false }
        let nearest = CodedScores.value(of: min(pool.nearestPassedThrough, pool.entries[0]), isFloat: true)
        let best = CodedScores.value(of: pool.entries[0], isFloat: true)
        let last = CodedScores.value(of: pool.entries[pool.count - 1], isFloat: true)
        return (best - last) * Self.shellDivisor < nearest - last
    }

    /// Whether the codes of the last walk, which led far, cannot tell what is best.
    func isDoubtful(_ scratch: SearchScratch, k: Int) -> Bool {
        let pool = scratch.pool
        let kept = pool.count
        guard kept > 1, let traversal = scratch.traversal else { return false }
        let best = value(of: pool.entries[max(1, min(k, kept / 2)) - 1])
        let last = value(of: pool.entries[kept - 1])
        let separation = best - last
        return separation * separation < Float(kept) / Self.separationDivisor * variance(of: traversal)
    }

    /// What the entries of the last walk say of scores.
    ///
    /// Of distances, nothing: their error grows with the distance, not with the query alone.
    /// - Parameter query: Nil where only ``CodedScores/contenders(_:k:limit:)`` is asked, to which scores themselves do not matter.
    func codedScores(_ query: UnsafePointer<Float>?, _ scratch: SearchScratch) -> CodedScores {
        guard header.metric != .euclidean, let traversal = scratch.traversal, let quantizer else {
            return CodedScores(
                isFloat: true, base: 0, unit: 1, doubt: header.metric == .cosine ? CodedScores.rounding : .infinity)
        }
        let middle = header.codes == .int4 ? 7.5 * Float(traversal.sum) : 0
        return CodedScores(
            isFloat: false,
            base: query.map {
                VectorKernels.score($0, quantizer.mean, count: dimension) - middle * traversal.scale
            } ?? 0,
            unit: traversal.scale,
            doubt: CodedScores.deviations * variance(of: traversal).squareRoot() * traversal.scale)
    }

    /// What an entry's key stands for, in units of the walk's products.
    private func value(of entry: UInt64) -> Float {
        CodedScores.value(of: entry, isFloat: header.metric == .euclidean)
    }

    /// The variance of a product: rounding is even between half a step down and half a step up, of the rows' codes times
    /// the query's and the other way round.
    private func variance(of traversal: TraversalQuery) -> Float {
        let rowCode = Quantizer.unit(header.codes)
        let variance = (Float(traversal.squares) + Float(dimension) * rowCode * rowCode) / 12
        return variance * (header.metric == .euclidean ? traversal.scale * traversal.scale : 1)
    }
}

import IndexCore

/// What the product of two int8 codes says of a score.
struct ScoreBounds {
    private let metric: VectorMetric
    private let scale: Float
    private let error: Float
    /// The query's length and its square.
    private let length: Float
    private let norm: Float
    private let factor: Float

    /// Covers the rounding of estimate, bound and exact score: each is made in a few steps of relative error 2^-24 from
    /// numbers no larger than the product of the lengths.
    private static let rounding: Float = 0x1p-19

    init(query: PreparedVector, metric: VectorMetric) {
        self.metric = metric
        scale = query.code.scale
        error = query.code.error
        norm = metric == .cosine ? 1 : query.norm
        length = norm.squareRoot()
        factor = 1.000_001 * (length + query.code.error)
    }

    /// The score lies within `bound` of `estimate`.
    @inline(__always)
    func estimate(_ rows: VectorColumns, _ row: Int, product: Int32) -> (estimate: Float, bound: Float) {
        let estimate = Float(product) * (scale * rows.scales[row])
        guard let norms = rows.norms else {
            return (estimate, rows.errors[row] * factor + (1.000_001 * error + Self.rounding))
        }
        let rowNorm = norms[row]
        let rowLength = rowNorm.squareRoot()
        let bound =
            rows.errors[row] * factor + 1.000_001 * error * rowLength + Self.rounding * (length * rowLength)
        guard metric == .euclidean else { return (estimate, bound + .leastNormalMagnitude) }
        return (
            2 * estimate - rowNorm - norm, 2 * bound + Self.rounding * (rowNorm + norm) + .leastNormalMagnitude
        )
    }

    /// The upper ends of `count` rows from `first` on, those of the cosine several at a time.
    @inline(__always)
    func upperEnds(
        _ rows: VectorColumns, _ first: Int, _ products: UnsafePointer<Int32>, count: Int,
        into ends: UnsafeMutablePointer<Float>
    ) {
        guard rows.norms == nil else {
            for index in 0..<count {
                let (estimate, bound) = estimate(rows, first &+ index, product: products[index])
                ends[index] = estimate + bound
            }
            return
        }
        // How steps are rounded matters less than ``rounding``.
        VectorKernels.upperEnds(
            of: products, scales: rows.scales + first, errors: rows.errors + first, scale: scale, factor: factor,
            rest: 1.000_001 * error + Self.rounding, count: count, into: ends)
    }
}

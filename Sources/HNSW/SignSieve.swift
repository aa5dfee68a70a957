import IndexCore

/// A query as the bits of rows are asked: says which rows are likely near enough to be compared by their codes.
///
/// A value is what keys stand for: of codes a product or, where distances are Euclidean or the codes are a builder's, a
/// similarity.
struct SignSieve {
    /// How far below the border a row may be estimated, in standard deviations of the estimate.
    ///
    /// Half of what lies at the border goes by unseen with 0, and recall is the same from 0 to 1.5, since what a walk looks
    /// for lies far above it; 0 is 2 % faster than this (docs/decisions/0160).
    static let margin: Float = 0.5
    /// The nearest row kept and the border lie so many deviations apart, or the margin grows by what they lack: among rows
    /// of almost one distance, as a filter may leave, the best are not told from the others.
    static let separation: Float = 3.5

    private let codes: SignCodes
    private let query: UnsafePointer<Int8>
    /// A row's value is about ``base`` + ``unit`` x the sum of the bytes whose bits are set, less its term.
    private let base: Float
    private let unit: Float
    private let deviation: Float
    private let terms: UnsafePointer<Float>?
    private let level = VectorKernels.level

    /// - Parameters:
    ///   - query: Signed bytes, 0 behind the last component.
    ///   - sum: Theirs.
    ///   - length: The root of the sum of their squares.
    ///   - base: The value of a row whose product with the bytes, seen from the mean, is 0.
    ///   - unit: The value of one unit of such a product.
    ///   - terms: What is taken off by row.
    init(
        _ codes: SignCodes, query: UnsafePointer<Int8>, sum: Int32, length: Float, base: Float, unit: Float,
        terms: UnsafePointer<Float>?
    ) {
        self.codes = codes
        self.query = query
        self.base = base - unit * codes.scale.slope * Float(sum)
        self.unit = 2 * unit * codes.scale.slope
        deviation = unit * codes.scale.deviation * length
        self.terms = terms
    }

    /// Turns of a walk from asking for bits to reading them, and from there to the comparison of what they let through.
    ///
    /// Measured: 2 and 1 turns, or 1 and 1, are equally fast; 3 and 1 or 2 and 2 up to 0.95 of it, and without a turn for the codes
    /// 0.93 (docs/decisions/0160).
    static let lag = 2
    static let codeLag = 1

    /// Has memory bring the bits of rows.
    @inline(__always)
    func prefetch(_ list: UnsafePointer<UInt32>, count: Int) {
        for index in 0..<count {
            VectorKernels.prefetchCodes(codes.row(Int(list[index])), byteCount: codes.byteCount)
        }
    }

    /// Writes those rows of a list to `target`, which may be the list, that may reach `least`.
    /// - Parameters:
    ///   - best: The value of the nearest row of those of which the last has the value `least`; nil where only one is wanted.
    ///   - sums: Room for a number a row.
    /// - Returns: How many there are.
    @inline(__always)
    func sift(
        _ list: UnsafePointer<UInt32>, count: Int, least: Float, best: Float?, sums: UnsafeMutablePointer<Int32>,
        to target: UnsafeMutablePointer<UInt32>
    ) -> Int {
        VectorKernels.signSums(
            query, base: codes.rows, stride: codes.stride, rows: list, rowCount: count, byteCount: codes.byteCount,
            into: sums, level: level)
        let lacking = best.map { Self.separation * deviation - ($0 - least) } ?? 0
        let margin = max(Self.margin * deviation, lacking)
        let needed = least - margin - base
        var kept = 0
        if let terms {
            for index in 0..<count {
                let row = list[index]
                target[kept] = row
                // Whatever is no number goes by: codes decide.
                kept &+= unit * Float(sums[index]) - terms[Int(row)] < needed ? 0 : 1
            }
        } else {
            let border = needed / unit
            for index in 0..<count {
                target[kept] = list[index]
                kept &+= Float(sums[index]) < border ? 0 : 1
            }
        }
        return kept
    }
}

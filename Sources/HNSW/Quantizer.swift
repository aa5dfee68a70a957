import IndexCore

/// What traversal codes mean: component `d` of code `c` stands for `mean[d] + step[d] * (c - middle)`.
///
/// Trained once per graph that is built from scratch, and kept while it is continued. Codes reach no answer: the
/// vectors themselves are scored.
struct Quantizer: Equatable {
    let codes: TraversalCodes
    let mean: [Float]
    let step: [Float]

    /// Samples a training looks at.
    static let sampleCount = 10_000
    /// Standard deviations from the mean to the outermost code; what is farther out gets that code.
    ///
    /// Measured on
    /// sentences: of 2.2, 2.7 and 3.2 the middle one finds most with half bytes; bytes have steps to spare.
    static let clip: [TraversalCodes: Float] = [.int8: 5, .int4: 2.7]

    init(codes: TraversalCodes, mean: [Float], step: [Float]) {
        self.codes = codes
        self.mean = mean
        self.step = step
    }

    /// Codes to a standard deviation.
    static func unit(_ codes: TraversalCodes) -> Float { (codes == .int4 ? 7.5 : 127) / (clip[codes] ?? 1) }

    /// The quantiser of a segment.
    init(_ segment: SegmentQuantizer) {
        codes = segment.codes
        mean = Array(UnsafeBufferPointer(start: segment.mean, count: segment.dimension))
        step = Array(UnsafeBufferPointer(start: segment.step, count: segment.dimension))
    }

    /// Trains on at most ``sampleCount`` of `count` vectors, at equal steps in their order.
    ///
    /// Sums are made as `Double` in that order, so that equal vectors give equal bytes.
    init(codes: TraversalCodes, dimension: Int, count: Int, vector: (Int) -> UnsafePointer<Float>) {
        let samples = min(count, Self.sampleCount)
        var sums = [Double](repeating: 0, count: dimension)
        var squares = [Double](repeating: 0, count: dimension)
        for sample in 0..<samples {
            let row = vector(sample * count / samples)
            for index in 0..<dimension {
                let value = Double(row[index])
                sums[index] += value
                squares[index] += value * value
            }
        }
        let divisor = Double(max(1, samples))
        let half: Float = codes == .int4 ? 7.5 : 127
        let clip = Self.clip[codes] ?? 1
        self.codes = codes
        mean = sums.map { Float($0 / divisor) }
        step = zip(sums, squares).map { sum, square in
            let variance = max(0, square / divisor - (sum / divisor) * (sum / divisor))
            // A component that never changes has one code, whatever the step.
            return max(Float(variance.squareRoot()) * clip / half, .leastNormalMagnitude)
        }
    }

    /// Bytes of a row of codes.
    static func rowByteCount(_ codes: TraversalCodes, dimension: Int) -> Int {
        switch codes {
        case .float32: VectorColumns.vectorStride(dimension) * 4
        case .int8: (dimension + 63) / 64 * 64
        case .int4: (dimension + 127) / 128 * 64
        }
    }

    /// Writes the codes of a vector to a row of zeros.
    func encode(_ vector: UnsafePointer<Float>, to row: UnsafeMutablePointer<UInt8>) {
        let dimension = mean.count
        if codes == .int4 {
            for index in 0..<dimension {
                let half = UInt8(truncatingIfNeeded: nibble(vector[index], index))
                row[(index >> 7) << 6 | index & 63] |= index & 64 == 0 ? half : half << 4
            }
        } else {
            for index in 0..<dimension {
                row[index] = UInt8(truncatingIfNeeded: byte(vector[index], index) &+ 128)
            }
            for index in dimension..<Self.rowByteCount(.int8, dimension: dimension) {
                row[index] = 128
            }
        }
    }

    /// Half the squared length of what the codes of a vector stand for, seen from the mean.
    func term(_ vector: UnsafePointer<Float>) -> Float {
        var sum = 0.0
        for index in mean.indices {
            let code =
                codes == .int4
                ? Double(nibble(vector[index], index)) - 7.5 : Double(byte(vector[index], index))
            let value = code * Double(step[index])
            sum += value * value
        }
        return Float(sum / 2)
    }

    @inline(__always)
    private func nibble(_ value: Float, _ index: Int) -> Int32 {
        Self.nearestInteger((value - mean[index]) / step[index] + 7.5, 0, 15)
    }

    @inline(__always)
    private func byte(_ value: Float, _ index: Int) -> Int32 {
        Self.nearestInteger((value - mean[index]) / step[index], -127, 127)
    }

    /// Rounds, ties to even, and keeps within bounds.
    ///
    /// Adding 1.5 x 2^23 leaves the integer in the low bits of the significand; `rounded()` is a call at the baseline.
    @inline(__always)
    static func nearestInteger(_ value: Float, _ low: Float, _ high: Float) -> Int32 {
        let magic: Float = 12_582_912
        let bounded = max(low, min(high, value))
        return Int32(bitPattern: (bounded + magic).bitPattern) &- Int32(bitPattern: magic.bitPattern)
    }
}

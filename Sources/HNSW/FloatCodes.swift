import IndexCore

/// Int8 codes of rows of floats: a walk by floats asks them which rows cannot be near enough, and reads the floats of the
/// others alone.
///
/// A code's product with the query's lies within a bound of the product of the vectors (Cauchy-Schwarz, as
/// ``ScoreBounds``), so a row is ruled out by proof and a walk goes where it would go without codes. Of 1,536 numbers it
/// reads 1.5 KB a row instead of 6, and for one row in five 6 KB more.
struct FloatCodes {
    /// The fewest dimensions of which codes are kept: shorter rows are a few lines of memory themselves.
    ///
    /// Measured: with codes a walk answers 0.96, 1.0, 1.13, 1.23 and 1.39 times as many questions at recall@10 .95 with 64,
    /// 128, 192, 384 and 1,536 dimensions (docs/decisions/0144).
    static let leastDimension = 192

    /// ``VectorColumns/codeStride`` bytes a row.
    let codes: UnsafePointer<UInt8>
    let factors: UnsafePointer<FloatCodeFactors>
    let stride: Int

    /// Whether a graph of these floats has codes beside them.
    static func areKept(_ codes: TraversalCodes, dimension: Int) -> Bool {
        codes == .float32 && dimension >= leastDimension
    }
}

/// What belongs to the code of a row of floats.
struct FloatCodeFactors {
    /// The value of one code step.
    let scale: Float
    /// An upper bound of the distance between the vector and what its code stands for.
    let error: Float
}

/// A query's code, and what its products with the codes of rows say at most.
struct FloatCodeQuery {
    let codes: UnsafePointer<UInt8>
    let sum: Int32
    private let scale: Float
    /// A row's error counts so many times, its length the other.
    private let errorFactor: Float
    private let lengthFactor: Float

    /// Sums of `Float` products of a walk, in whatever order they are made, are off by less than this times both lengths.
    private static let rounding: Float = 0x1p-16
    /// Covers the few steps in which a bound itself is made.
    private static let headroom: Float = 1.000_001

    /// Codes `vector`.
    /// - Parameter bytes: Room for ``VectorColumns/codeStride``.
    init(_ vector: UnsafePointer<Float>, dimension: Int, to bytes: UnsafeMutablePointer<UInt8>) {
        let code = VectorCode.encode(
            UnsafeBufferPointer(start: vector, count: dimension),
            into: UnsafeMutableBufferPointer(start: bytes, count: VectorColumns.codeStride(dimension)))
        let length = VectorKernels.score(vector, vector, count: dimension).squareRoot()
        codes = UnsafePointer(bytes)
        sum = code.sum
        scale = code.scale
        errorFactor = Self.headroom * (length + code.error)
        lengthFactor = Self.headroom * (code.error + Self.rounding * length)
    }

    /// What the product of the vectors is at most.
    @inline(__always)
    func upperEnd(_ product: Int32, _ row: FloatCodeFactors, length: Float) -> Float {
        Float(product) * (scale * row.scale) + (row.error * errorFactor + length * lengthFactor)
    }
}

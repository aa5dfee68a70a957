internal import CKernels

/// What belongs to an int8 code beside its bytes.
///
/// A code row stands for the vector `scale * (byte - 128)`, component by component. The scale is the vector's own
/// (largest magnitude / 127), so a code never depends on other vectors.
public struct VectorCode: Sendable, Equatable {
    /// The value of one code step.
    public var scale: Float
    /// An upper bound of the Euclidean distance between the vector and what its code stands for.
    public var error: Float
    /// The sum of the codes, each in -127...127.
    public var sum: Int32

    /// Memberwise.
    @inlinable
    public init(scale: Float, error: Float, sum: Int32) {
        self.scale = scale
        self.error = error
        self.sum = sum
    }

    /// Writes the codes of `vector` (finite components) to `bytes`; bytes beyond the vector get the code of zero.
    ///
    /// The same on every level.
    public static func encode(
        _ vector: UnsafeBufferPointer<Float>, into bytes: UnsafeMutableBufferPointer<UInt8>,
        level: VectorKernels.Level = VectorKernels.level
    ) -> VectorCode {
        precondition(bytes.count >= vector.count, "a code row has at least one byte per component")
        guard let values = vector.baseAddress, let codes = bytes.baseAddress else {
            return VectorCode(scale: 0, error: Float(0).nextUp, sum: 0)
        }
        let scale = ck_largest_magnitude(level.rawValue, values, vector.count) / 127
        // A vector too small for a scale of its own is coded as zero; its error says so.
        let inverse = scale >= Float.leastNormalMagnitude ? 1 / scale : 0
        var squaredError = 0.0
        let sum = ck_encode_row(level.rawValue, values, scale, inverse, vector.count, codes, &squaredError)
        for index in vector.count..<bytes.count {
            bytes[index] = 128
        }
        return VectorCode(scale: scale, error: Float(squaredError.squareRoot()).nextUp, sum: sum)
    }
}

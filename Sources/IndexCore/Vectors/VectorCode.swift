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
    public static func encode(
        _ vector: UnsafeBufferPointer<Float>, into bytes: UnsafeMutableBufferPointer<UInt8>
    ) -> VectorCode {
        precondition(bytes.count >= vector.count, "a code row has at least one byte per component")
        var largest: Float = 0
        for value in vector {
            largest = max(largest, abs(value))
        }
        let scale = largest / 127
        // A vector too small for a scale of its own is coded as zero; its error says so.
        let inverse = scale >= Float.leastNormalMagnitude ? 1 / scale : 0
        var sum: Int32 = 0
        var squaredError = 0.0
        for index in 0..<vector.count {
            let code = min(127, max(-127, nearestInteger(vector[index] * inverse)))
            let difference = Double(vector[index]) - Double(scale) * Double(code)
            squaredError += difference * difference
            sum &+= code
            bytes[index] = UInt8(truncatingIfNeeded: code &+ 128)
        }
        for index in vector.count..<bytes.count {
            bytes[index] = 128
        }
        return VectorCode(scale: scale, error: Float(squaredError.squareRoot()).nextUp, sum: sum)
    }

    /// Rounds a number in -2^22...2^22, ties to even, without the call to libm that `rounded()` is at the baseline.
    @inline(__always)
    private static func nearestInteger(_ value: Float) -> Int32 {
        let magic: Float = 12_582_912  // 1.5 x 2^23: adding it leaves the integer in the low bits of the significand
        return Int32(bitPattern: (value + magic).bitPattern) &- Int32(bitPattern: magic.bitPattern)
    }
}

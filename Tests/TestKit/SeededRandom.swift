/// A reproducible generator: the same seed gives the same numbers on every machine.
///
/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator whose whole sequence follows from `seed`.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number in `[0, 1)` with 24 random bits.
    public mutating func unit() -> Float {
        Float(next() >> 40) * 0x1p-24
    }

    /// A sample close to the standard normal: the sum of twelve uniform numbers, less their mean (Irwin-Hall).
    public mutating func gaussian() -> Float {
        var sum: Float = -6
        for _ in 0..<12 {
            sum += unit()
        }
        return sum
    }

    /// `count` vectors of `dimension` normal components, row after row.
    public mutating func gaussians(count: Int, dimension: Int) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(count * dimension)
        for _ in 0..<count * dimension {
            values.append(gaussian())
        }
        return values
    }
}

/// A number of metadata: a `Double`, and for whole numbers of 64 bits also what rounding would lose.
///
/// `9007199254740993` is therefore not equal to its neighbours, as it would be by `Double` alone.
public struct FieldNumber: Sendable, Hashable, Comparable {
    /// The nearest `Double`; never a NaN, and never minus zero.
    public let nearest: Double
    /// What a whole number has beyond ``nearest``; between -1,024 and 1,024.
    let rest: Int16

    /// The number; nil for a NaN.
    public init?(double value: Double) {
        guard !value.isNaN else { return nil }
        nearest = value + 0
        rest = 0
    }

    /// The whole number, exact.
    public init(_ value: Int64) {
        nearest = Double(value)
        // 2^63 is the one Double of this range that is no Int64; the difference to it wraps to what it is.
        let rounded = Int64(exactly: nearest) ?? .min
        rest = Int16(truncatingIfNeeded: value &- rounded)
    }

    init(nearest: Double, rest: Int16) {
        self.nearest = nearest
        self.rest = rest
    }

    /// By value.
    public static func < (left: FieldNumber, right: FieldNumber) -> Bool {
        left.nearest != right.nearest ? left.nearest < right.nearest : left.rest < right.rest
    }

    /// The number as a whole one, where it is.
    public var wholeValue: Int64? {
        guard rest != 0 else { return Int64(exactly: nearest) }
        return (Int64(exactly: nearest) ?? .min) &+ Int64(rest)
    }

    /// The shortest text that reads back as this number.
    public var text: String { wholeValue.map(String.init) ?? "\(nearest)" }

    /// Order of ``nearest`` as an integer: ascending bits of IEEE 754.
    var orderedBits: Int64 {
        let bits = Int64(bitPattern: nearest.bitPattern)
        return bits < 0 ? bits ^ .max : bits
    }

    init(orderedBits: Int64, rest: Int16) {
        let bits = orderedBits < 0 ? orderedBits ^ .max : orderedBits
        self.init(nearest: Double(bitPattern: UInt64(bitPattern: bits)), rest: rest)
    }
}

/// A passage's length in one byte, as Lucene's `SmallFloat.intToByte4` keeps it: exact below 24, then 4 significant bits.
package enum NormCodec {
    /// Lengths below this are their own code: 255 minus the code of the greatest length.
    private static let exactCount = 255 - Int(compress(UInt64(Int32.max)))

    /// The code of a length; a length beyond `Int32.max` counts as that.
    package static func encode(_ length: Int) -> UInt8 {
        let length = min(max(length, 0), Int(Int32.max))
        guard length >= exactCount else { return UInt8(length) }
        return UInt8(exactCount + Int(compress(UInt64(length - exactCount))))
    }

    /// The length a code stands for, never above the length that was coded.
    package static func decode(_ code: UInt8) -> Int {
        guard Int(code) >= exactCount else { return Int(code) }
        return exactCount + Int(expand(code - UInt8(exactCount)))
    }

    /// Three bits below the leading one, and where that stands; a tiny floating-point number.
    private static func compress(_ value: UInt64) -> UInt8 {
        let bitCount = 64 - value.leadingZeroBitCount
        guard bitCount >= 4 else { return UInt8(value) }
        let shift = bitCount - 4
        return UInt8((value >> UInt64(shift)) & 7) | UInt8(shift + 1) << 3
    }

    private static func expand(_ code: UInt8) -> UInt64 {
        let shift = Int(code >> 3) - 1
        guard shift >= 0 else { return UInt64(code & 7) }
        return UInt64(code & 7 | 8) << UInt64(shift)
    }
}

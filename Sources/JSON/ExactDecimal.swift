internal import Glibc

/// The rare numbers whose rounding needs more than 64 bits, by the C library's correctly rounding `strtod`.
enum ExactDecimal {
    /// A double is decided by its first 767 significant digits and whether anything follows them.
    private static let digitBound = 800

    /// The nearest double, or nil beyond the range.
    ///
    /// Hands over `<digits>e<power>` without a decimal point, so no locale can change its meaning; digits beyond
    /// the bound are replaced by one `1` when any of them is not zero.
    static func magnitude(of text: Slice<UnsafeBufferPointer<UInt8>>, digits: Int, power: Int) -> Double? {
        // Decided without digits: d.ddd x 10^(digits - 1 + power).
        let leading = digits - 1 + power
        if leading > 309 { return nil }
        if leading < -400 { return 0 }

        var buffer: [CChar] = []
        buffer.reserveCapacity(min(digits, digitBound) + 32)
        var taken = 0
        var tailIsNonZero = false
        for byte in text {
            if byte | 0x20 == UInt8(ascii: "e") { break }
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { continue }
            if taken == 0, byte == UInt8(ascii: "0") { continue }
            taken += 1
            if taken <= digitBound {
                buffer.append(CChar(bitPattern: byte))
            } else if byte != UInt8(ascii: "0") {
                tailIsNonZero = true
            }
        }
        var shift = max(0, taken - digitBound)
        if tailIsNonZero {
            buffer.append(CChar(bitPattern: UInt8(ascii: "1")))
            shift -= 1
        }
        for byte in "e\(power + shift)".utf8 { buffer.append(CChar(bitPattern: byte)) }
        buffer.append(0)
        let magnitude = strtod(buffer, nil)
        return magnitude.isFinite ? magnitude : nil
    }
}

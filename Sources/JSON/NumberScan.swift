/// Reads one JSON number: grammar, digits and exponent in one pass, then the nearest `Double` (or an exact integer).
///
/// Decimal fractions are rounded correctly. Three ways, cheapest first: both mantissa and power of ten are exact
/// doubles (Clinger, PLDI 1990); the mantissa has at most 19 digits and the power of ten fits 64 bits, so one wide
/// division gives 63 good bits and a sticky bit; else ``ExactDecimal`` asks the C library.
struct NumberScan {
    private let source: UnsafeBufferPointer<UInt8>
    private let start: Int
    /// Offset of the first byte after the number, or of the byte that breaks the grammar.
    private(set) var end: Int
    private var isNegative = false
    private var isInteger = true
    /// The significant digits while there are at most 19.
    private var mantissa: UInt64 = 0
    private var significantDigits = 0
    /// Digits after the point; each divides by ten.
    private var fractionDigits = 0
    private var exponent = 0

    /// Keeps sums with it far from overflow; any exponent of this size is decided by it alone.
    private static let exponentBound = 1 << 40

    init(source: UnsafeBufferPointer<UInt8>, start: Int) {
        self.source = source
        self.start = start
        end = start
    }

    @inline(__always)
    private func digit(at index: Int) -> UInt8? {
        guard index < source.count else { return nil }
        let digit = source[index] &- UInt8(ascii: "0")
        return digit < 10 ? digit : nil
    }

    /// Checks the grammar and collects the parts; false when the text is no number.
    @inline(__always)
    mutating func run() -> Bool {
        if source[end] == UInt8(ascii: "-") {
            isNegative = true
            end += 1
        }
        guard let first = digit(at: end) else { return false }
        if first == 0 {
            end += 1
            guard digit(at: end) == nil else { return false }
        } else {
            takeDigits()
        }
        if end < source.count, source[end] == UInt8(ascii: ".") {
            isInteger = false
            end += 1
            guard digit(at: end) != nil else { return false }
            let point = end
            takeDigits()
            fractionDigits = end - point
        }
        if end < source.count, source[end] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            end += 1
            return takeExponent()
        }
        return true
    }

    @inline(__always)
    private mutating func takeDigits() {
        if significantDigits == 0 {
            while digit(at: end) == 0 { end += 1 }
        }
        // Beyond 19 digits the mantissa is not used any more.
        while let digits = eightDigits(at: end) {
            end += 8
            significantDigits += 8
            mantissa = mantissa &* 100_000_000 &+ digits
        }
        while let digit = digit(at: end) {
            end += 1
            significantDigits += 1
            mantissa = mantissa &* 10 &+ UInt64(digit)
        }
    }

    /// The value of eight digits, all at once: each step adds neighbours up, two, four and eight digits wide.
    @inline(__always)
    private func eightDigits(at index: Int) -> UInt64? {
        guard index &+ 8 <= source.count else { return nil }
        let bytes = UnsafeRawBufferPointer(source).loadUnaligned(fromByteOffset: index, as: UInt64.self)
        var word = UInt64(littleEndian: bytes) ^ 0x3030_3030_3030_3030
        // A digit is 0 to 9 now; 0x76 more carries any greater byte into its highest bit.
        guard (word &+ 0x7676_7676_7676_7676 | word) & 0x8080_8080_8080_8080 == 0 else { return nil }
        word = word &* 10 &+ word &>> 8
        let low = (word & 0x0000_00FF_0000_00FF) &* (100 &+ 1_000_000 &<< 32)
        let high = (word &>> 16 & 0x0000_00FF_0000_00FF) &* (1 &+ 10_000 &<< 32)
        return (low &+ high) &>> 32
    }

    private mutating func takeExponent() -> Bool {
        var isNegativeExponent = false
        if end < source.count, source[end] == UInt8(ascii: "-") || source[end] == UInt8(ascii: "+") {
            isNegativeExponent = source[end] == UInt8(ascii: "-")
            end += 1
        }
        guard digit(at: end) != nil else { return false }
        while let digit = digit(at: end) {
            end += 1
            if exponent < Self.exponentBound { exponent = exponent * 10 + Int(digit) }
        }
        if isNegativeExponent { exponent = -exponent }
        return true
    }

    /// The number read, or nil when it is beyond the range of `Double`.
    @inline(__always)
    var value: JSONValue? {
        if isInteger, significantDigits <= 19, let integer { return .integer(integer) }
        guard let magnitude else { return nil }
        if isInteger, significantDigits > 0 {
            return .wideInteger(String(decoding: source[start..<end], as: UTF8.self))
        }
        return .number(isNegative ? -magnitude : magnitude)
    }

    private var integer: Int64? {
        // `-0` is a number of its own, which no integer can hold.
        if isNegative { return mantissa == 0 ? nil : Int64(exactly: mantissa).map { -$0 } ?? minimum }
        return Int64(exactly: mantissa)
    }

    private var minimum: Int64? { mantissa == Int64.min.magnitude ? .min : nil }

    private var magnitude: Double? {
        if significantDigits == 0 { return 0 }
        let power = exponent - fractionDigits
        guard significantDigits <= 19 else { return exactly(power) }
        if mantissa <= 1 << 53 {
            if power >= 0, power <= 22 { return Double(mantissa) * Self.powersOfTen[power] }
            if power < 0, power >= -22 { return Double(mantissa) / Self.powersOfTen[-power] }
        }
        if power < 0, power >= -19 { return Self.quotient(mantissa, Self.integerPowersOfTen[-power]) }
        return exactly(power)
    }

    private func exactly(_ power: Int) -> Double? {
        ExactDecimal.magnitude(of: source[start..<end], digits: significantDigits, power: power)
    }

    /// `numerator / denominator`, rounded once; both must not be zero.
    static func quotient(_ numerator: UInt64, _ denominator: UInt64) -> Double {
        let n = numerator << UInt64(numerator.leadingZeroBitCount)
        let d = denominator << UInt64(denominator.leadingZeroBitCount)
        // n/2 < d holds for normalised values, so the quotient fits 64 bits and has at least 63.
        let (quotient, remainder) = d.dividingFullWidth((high: n >> 1, low: n << 63))
        // Conversion rounds half to even; the lowest bit says that something was left over.
        let rounded = Double(quotient | (remainder == 0 ? 0 : 1))
        let scale = denominator.leadingZeroBitCount - numerator.leadingZeroBitCount - 63
        return rounded * Double(sign: .plus, exponent: scale, significand: 1)
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    private static let integerPowersOfTen: [UInt64] = (0...19).map { power in
        (0..<power).reduce(into: 1) { product, _ in product *= 10 }
    }
}

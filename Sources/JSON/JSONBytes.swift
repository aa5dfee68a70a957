import Glibc

/// Byte classes shared by the reader and the writer.
enum JSONBytes {
    /// Whether a byte ends a plain run inside a string: quote, backslash or control character.
    @inline(__always)
    static func isStop(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// The high bit of the lowest byte that ends a plain run is set; bits above that byte mean nothing.
    ///
    /// Per byte: `x - 0x20` borrows for control characters, `(x ^ c) - 1` for `x == c`; `& ~x` drops bytes above 0x7F.
    /// Borrows only travel upwards, so the lowest hit is exact ("Bit Twiddling Hacks", haszero).
    @inline(__always)
    static func stops(in word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let control = (word &- ones &* 0x20) & ~word
        return (control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)) & (ones &* 0x80)
    }

    /// How a byte that ends a plain run is written, the first byte lowest: two bytes where JSON has a letter for it, six
    /// else.
    @inline(__always)
    static func escape(_ byte: UInt8) -> (bytes: UInt64, count: Int) {
        let letter: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): letter = byte
        case 0x08: letter = UInt8(ascii: "b")
        case 0x09: letter = UInt8(ascii: "t")
        case 0x0A: letter = UInt8(ascii: "n")
        case 0x0C: letter = UInt8(ascii: "f")
        case 0x0D: letter = UInt8(ascii: "r")
        default:
            let digits =
                UInt64(hexadecimalDigits[Int(byte >> 4)]) << 32 | UInt64(hexadecimalDigits[Int(byte & 15)]) << 40
            return (0x3030_755C | digits, 6)
        }
        return (UInt64(UInt8(ascii: "\\")) | UInt64(letter) << 8, 2)
    }

    /// Whether two pieces of the same length hold the same bytes.
    @inline(__always)
    static func areEqual(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = a.baseAddress, let second = b.baseAddress else { return true }
        return memcmp(first, second, a.count) == 0
    }

    /// Whether no byte is above 0x7F.
    @inline(__always)
    static func isASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let raw = UnsafeRawBufferPointer(bytes)
        var seen: UInt64 = 0
        var index = 0
        while index + 8 <= raw.count {
            seen |= raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < raw.count {
            seen |= UInt64(raw[index])
            index += 1
        }
        return seen & 0x8080_8080_8080_8080 == 0
    }

    /// The value of a hexadecimal digit.
    static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Lower-case hexadecimal digits.
    static let hexadecimalDigits = Array("0123456789abcdef".utf8)
}

/// The byte classes of RFC 9110 and comparisons that know nothing but ASCII.
enum ASCII {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let colon = UInt8(ascii: ":")

    /// A character of a token: a method or a field name (RFC 9110, section 5.6.2).
    ///
    /// One bit a byte, since every byte of every field name comes by here: digits, letters and ``!#$%&'*+-.^_`|~``.
    @inline(__always)
    static func isTokenCharacter(_ byte: UInt8) -> Bool {
        let low: UInt64 = 0x03FF_6CFA_0000_0000
        let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
        return byte < 0x80 && (byte < 0x40 ? low : high) &>> UInt64(byte & 0x3F) & 1 == 1
    }

    /// A byte that may stand in a field value: visible, space, tab, or above ASCII.
    @inline(__always)
    static func isValueByte(_ byte: UInt8) -> Bool {
        byte >= space && byte != 0x7F || byte == tab
    }

    /// Whether eight bytes are all value bytes and none of them is a tab; "no" may be wrong, "yes" never is.
    ///
    /// Per byte: `x - 0x20` borrows for control characters, `(x ^ 0x7F) - 1` for DEL; `& ~x` drops bytes above 0x7F, and
    /// a borrow can only make a byte behind the first hit look like one.
    @inline(__always)
    static func areVisible(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let delete = word ^ (ones &* 0x7F)
        let hits = ((word &- ones &* 0x20) & ~word) | ((delete &- ones) & ~delete)
        return hits & (ones &* 0x80) == 0
    }

    /// A byte of a host, port or IP literal (RFC 3986, section 3.2.2 and 3.2.3); user information is not among them.
    static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "$")...UInt8(ascii: "."), UInt8(ascii: "!"),
            UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    /// The value of a hexadecimal digit, or nil.
    static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Whether two texts are the same but for the case of ASCII letters.
    ///
    /// Most names that are compared differ in length: that much is settled where it is asked.
    @inline(__always)
    static func equalIgnoringCase(_ a: String, _ b: String) -> Bool {
        a.utf8.count == b.utf8.count && areBytesEqualIgnoringCase(a, b)
    }

    private static func areBytesEqualIgnoringCase(_ a: String, _ b: String) -> Bool {
        let isEqual = a.utf8.withContiguousStorageIfAvailable { a in
            b.utf8.withContiguousStorageIfAvailable { b in equalIgnoringCase(a, b) }
        }
        // Only a text that came from elsewhere keeps its bytes in pieces.
        return (isEqual ?? nil) ?? a.utf8.elementsEqual(b.utf8) { lowercased($0) == lowercased($1) }
    }

    @inline(__always)
    private static func equalIgnoringCase(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
        for place in a.indices where lowercased(a[place]) != lowercased(b[place]) { return false }
        return true
    }
}

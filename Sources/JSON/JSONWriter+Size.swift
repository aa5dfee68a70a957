extension JSONWriter {
    /// Bytes that ``string(_:)`` writes for a text, quotes included.
    public static func byteCount(of text: String) -> Int {
        var text = text
        return text.withUTF8 { bytes in
            bytes.reduce(2) { $0 + byteCount(ofEscaped: $1) }
        }
    }

    /// Bytes that a scalar takes inside a string.
    public static func byteCount(of scalar: Unicode.Scalar) -> Int {
        scalar.value < 0x80 ? byteCount(ofEscaped: UInt8(scalar.value)) : UTF8.width(scalar)
    }

    @inline(__always)
    private static func byteCount(ofEscaped byte: UInt8) -> Int {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x08, 0x09, 0x0A, 0x0C, 0x0D: 2
        case 0..<0x20: 6
        default: 1
        }
    }
}

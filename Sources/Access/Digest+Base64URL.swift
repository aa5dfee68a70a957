internal import COpenSSL

extension Digest {
    /// RFC 4648 section 4, with padding.
    public static func base64(_ bytes: [UInt8]) -> String {
        // One more for the NUL that OpenSSL writes behind the text.
        String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) { output in
            Int(EVP_EncodeBlock(output.baseAddress, bytes, Int32(clamping: bytes.count)))
        }
    }

    /// The bytes of a base64 text with its padding (RFC 4648 section 4), or `nil` unless it is their canonical spelling.
    public static func decodeBase64(_ text: some StringProtocol) -> [UInt8]? {
        guard text.utf8.count.isMultiple(of: 4) else { return nil }
        let padding = text.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }
        var digits: [UInt8] = []
        digits.reserveCapacity(text.utf8.count)
        for character in text.utf8.dropLast(padding) {
            switch character {
            case UInt8(ascii: "+"): digits.append(UInt8(ascii: "-"))
            case UInt8(ascii: "/"): digits.append(UInt8(ascii: "_"))
            case UInt8(ascii: "-"), UInt8(ascii: "_"): return nil
            default: digits.append(character)
            }
        }
        return decodeBase64URL(utf8: digits)
    }

    /// RFC 4648 section 5, without padding.
    public static func base64URL(_ bytes: some Collection<UInt8>) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> bits & 63)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << (6 - bits) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a base64url text, or `nil` unless it is their one canonical spelling.
    ///
    /// Refused are padding, line breaks, the other alphabet, impossible lengths, and unused bits that are not zero: with
    /// them one token would have many spellings, and a revocation or a cache by text would miss.
    public static func decodeBase64URL(_ text: some StringProtocol) -> [UInt8]? {
        decodeBase64URL(utf8: text.utf8)
    }

    static func decodeBase64URL(utf8 text: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var buffer: UInt32 = 0
        var bits = 0
        for character in text {
            let value: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0") + 52
            case UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "_"): value = 63
            default: return nil
            }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        let unused = buffer & (1 << bits - 1)
        return bits < 6 && unused == 0 ? bytes : nil
    }
}

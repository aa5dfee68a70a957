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
        let decoded = text.withContiguousStorageIfAvailable { decodeBase64URL(buffer: $0) }
        return decoded ?? Array(text).withUnsafeBufferPointer { decodeBase64URL(buffer: $0) }
    }

    /// The value of each digit, 64 for what is none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 64, count: 256)
        for (value, digit) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8.enumerated() {
            values[Int(digit)] = UInt8(value)
        }
        return values
    }()

    /// Every token of every request comes by here: four digits at a time, by the table.
    private static func decodeBase64URL(buffer text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        let tail = text.count % 4
        guard tail != 1 else { return nil }
        let wholeCount = text.count / 4
        var isValid = true
        let bytes = [UInt8](unsafeUninitializedCapacity: wholeCount * 3 + 2) { output, count in
            values.withUnsafeBufferPointer { values in
                for group in 0..<wholeCount {
                    var bits: UInt32 = 0
                    var seen: UInt8 = 0
                    for place in 0..<4 {
                        let value = values[Int(text[group &* 4 &+ place])]
                        seen |= value
                        bits = bits << 6 | UInt32(value & 63)
                    }
                    isValid = isValid && seen < 64
                    output.initializeElement(at: count, to: UInt8(truncatingIfNeeded: bits >> 16))
                    output.initializeElement(at: count &+ 1, to: UInt8(truncatingIfNeeded: bits >> 8))
                    output.initializeElement(at: count &+ 2, to: UInt8(truncatingIfNeeded: bits))
                    count &+= 3
                }
                guard tail > 0 else { return }
                var bits: UInt32 = 0
                for character in text[(wholeCount &* 4)...] {
                    let value = values[Int(character)]
                    isValid = isValid && value < 64
                    bits = bits << 6 | UInt32(value & 63)
                }
                // Two digits hold one byte and four unused bits, three two bytes and two.
                let unused = UInt32(tail == 2 ? 4 : 2)
                isValid = isValid && bits & (1 << unused - 1) == 0
                bits >>= unused
                for place in (0..<tail - 1).reversed() {
                    output.initializeElement(at: count, to: UInt8(truncatingIfNeeded: bits >> UInt32(8 * place)))
                    count += 1
                }
            }
        }
        return isValid ? bytes : nil
    }
}

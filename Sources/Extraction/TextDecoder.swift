import CSandbox
import Glibc

/// Bytes of a text file as UTF-8, with what had to be guessed or mended.
///
/// In this order: a byte order mark; NUL bytes in every second place (UTF-16); an encoding the text declares itself, if
/// the system knows it; valid UTF-8; mostly valid UTF-8, whose faults become U+FFFD; and else windows-1252, in which
/// any byte is some sign. NUL bytes that remain become spaces: no text has a use for them and C programs stop there.
package struct DecodedText: Equatable {
    package var text: String
    /// The encoding, where neither a mark nor the text itself says it and it is not UTF-8.
    package var guessedEncoding: String?
    /// What was mended.
    package var notes: [String] = []

    /// - Parameters:
    ///   - bytes: A whole file.
    ///   - declared: The name of an encoding that the text itself gives, as HTML does.
    /// - Throws: ``ExtractionFailure`` for what is no text.
    package init(_ bytes: [UInt8], declared: String? = nil) throws(ExtractionFailure) {
        guard !Self.looksBinary(bytes) else { throw ExtractionFailure("not text: it holds binary data") }
        let (encoding, start) = Self.mark(bytes)
        if let encoding, encoding != "UTF-8" {
            text = try Self.convert(bytes[start...], from: encoding).text
        } else if encoding == nil, let wide = Self.wideEncoding(bytes) {
            text = try Self.convert(bytes[...], from: wide).text
            guessedEncoding = wide
        } else if encoding == nil, let declared, Self.isOther(declared),
            let converted = try? Self.convert(bytes[...], from: declared)
        {
            text = converted.text
            note(faults: converted.faults, in: declared)
        } else if let valid = String(validating: bytes[start...], as: UTF8.self) {
            text = valid
        } else if encoding == "UTF-8" || Self.isMostlyUTF8(bytes) {
            text = String(decoding: bytes[start...], as: UTF8.self)
            guessedEncoding = encoding == nil ? "UTF-8" : nil
            notes.append("invalid UTF-8 in places; they became U+FFFD")
        } else {
            let converted = try Self.convert(bytes[start...], from: "WINDOWS-1252")
            text = converted.text
            guessedEncoding = "windows-1252"
            note(faults: converted.faults, in: "windows-1252")
        }
        if text.utf8.contains(0) {
            let count = text.utf8.count { $0 == 0 }
            text = String(decoding: text.utf8.map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
            notes.append(count == 1 ? "1 NUL byte became a space" : "\(count) NUL bytes became spaces")
        }
    }

    private mutating func note(faults: Int, in encoding: String) {
        if faults > 0 { notes.append("\(faults) bytes are nothing in \(encoding); they became U+FFFD") }
    }

    /// The encoding a byte order mark tells, and where the text begins.
    private static func mark(_ bytes: [UInt8]) -> (encoding: String?, start: Int) {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return ("UTF-8", 3) }
        if bytes.starts(with: [0xFF, 0xFE, 0, 0]) { return ("UTF-32LE", 4) }
        if bytes.starts(with: [0, 0, 0xFE, 0xFF]) { return ("UTF-32BE", 4) }
        if bytes.starts(with: [0xFF, 0xFE]) { return ("UTF-16LE", 2) }
        if bytes.starts(with: [0xFE, 0xFF]) { return ("UTF-16BE", 2) }
        return (nil, 0)
    }

    /// UTF-16 without a mark: western text in it has a NUL in most second places and none in the others.
    private static func wideEncoding(_ bytes: [UInt8]) -> String? {
        let sample = bytes.prefix(4_096)
        guard sample.count >= 4 else { return nil }
        var zeros = [0, 0]
        for (index, byte) in sample.enumerated() where byte == 0 { zeros[index & 1] += 1 }
        let half = sample.count / 2
        if zeros[1] * 10 > half * 7, zeros[0] * 20 < half { return "UTF-16LE" }
        if zeros[0] * 10 > half * 7, zeros[1] * 20 < half { return "UTF-16BE" }
        return nil
    }

    /// Whether the start of a file holds so many control characters that no encoding makes a text of it.
    private static func looksBinary(_ bytes: [UInt8]) -> Bool {
        let sample = bytes.prefix(8_192)
        guard mark(bytes).encoding == nil, wideEncoding(bytes) == nil else { return false }
        let controls = sample.count { $0 < 0x20 && !(0x08...0x0D).contains($0) && $0 != 0x1B }
        return controls * 20 > sample.count
    }

    /// Whether a declared encoding is worth asking iconv for: browsers read ASCII and Latin-1 as windows-1252.
    private static func isOther(_ declared: String) -> Bool {
        !["utf-8", "utf8"].contains(declared.lowercased())
    }

    /// Whether sequences of several bytes are mostly right.
    private static func isMostlyUTF8(_ bytes: [UInt8]) -> Bool {
        var good = 0
        var bad = 0
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        decoding: while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar): good += scalar.value >= 0x80 ? 1 : 0
            case .emptyInput: break decoding
            case .error: bad += 1
            }
        }
        return good > 10 * bad
    }

    /// - Returns: The text, and how many bytes are nothing in this encoding.
    private static func convert(
        _ bytes: ArraySlice<UInt8>, from name: String
    ) throws(ExtractionFailure) -> (text: String, faults: Int) {
        let latin = ["iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii", "ascii"]
        guard let converter = iconv_open("UTF-8", latin.contains(name.lowercased()) ? "WINDOWS-1252" : name),
            converter != iconv_t(bitPattern: -1)
        else { throw ExtractionFailure("the encoding \(name) is not known here") }
        defer { iconv_close(converter) }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + bytes.count / 2)
        var faults = 0
        var block = [CChar](repeating: 0, count: 64 << 10)
        var input = Array(bytes)
        input.withUnsafeMutableBytes { source in
            var from = source.baseAddress?.assumingMemoryBound(to: CChar.self)
            var left = source.count
            while left > 0 {
                let code = block.withUnsafeMutableBufferPointer { target in
                    var to = target.baseAddress
                    var room = target.count
                    let code = iconv(converter, &from, &left, &to, &room)
                    let made = UnsafeRawBufferPointer(target)[..<(target.count - room)]
                    output.append(contentsOf: made)
                    return code
                }
                guard code == -1, errno != E2BIG else { continue }
                // A byte that is nothing here, or half a sign at the end.
                output += [0xEF, 0xBF, 0xBD]
                faults += 1
                from = from.map { $0 + 1 }
                left -= 1
                iconv(converter, nil, nil, nil, nil)
            }
        }
        return (String(decoding: output, as: UTF8.self), faults)
    }
}

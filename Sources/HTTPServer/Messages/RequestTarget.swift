/// A request target taken apart (RFC 9112, section 3.2).
package struct RequestTarget: Sendable, Equatable {
    /// As sent.
    package let raw: String
    /// Percent-encoded; `/` where an absolute-form target has none, `*` for the asterisk form.
    package let path: String
    /// Behind the first `?`.
    package let query: String?
    /// Of an absolute-form target only.
    package let authority: String?

    /// Takes any string apart; what is allowed on the wire is for the parser to say.
    package init(_ raw: String) {
        self.raw = raw
        var rest = raw.utf8[...]
        var authority: String?
        if rest.first != UInt8(ascii: "/"), let start = Self.endOfScheme(raw) {
            rest = rest[start...]
            let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
            authority = String(rest[..<end])
            rest = rest[end...]
        }
        self.authority = authority
        let mark = rest.firstIndex(of: UInt8(ascii: "?"))
        if authority == nil, mark == nil {
            path = raw
        } else {
            let text = rest[..<(mark ?? rest.endIndex)]
            path = text.isEmpty && authority != nil ? "/" : String(Substring(text))
        }
        query = mark.map { String(Substring(rest[rest.index(after: $0)...])) }
    }

    private static func endOfScheme(_ raw: String) -> String.Index? {
        for scheme in ["http://", "https://"] where raw.utf8.count >= scheme.utf8.count {
            let end = raw.utf8.index(raw.startIndex, offsetBy: scheme.utf8.count)
            if ASCII.equalIgnoringCase(String(raw[..<end]), scheme) { return end }
        }
        return nil
    }
}

/// Percent-encoding as in RFC 3986, section 2.1.
enum PercentEncoding {
    /// The decoded text, or nil if an escape is cut short or the bytes are not UTF-8.
    static func decode(_ text: Substring.UTF8View, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(ASCII.hexadecimalValue),
                    let low = iterator.next().flatMap(ASCII.hexadecimalValue)
                else { return nil }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(ASCII.space)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

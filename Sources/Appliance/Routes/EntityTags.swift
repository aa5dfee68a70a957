import Access

/// The entity tags of an `If-Match` or `If-None-Match` field (RFC 9110, 8.8.3 and 13.1).
package struct EntityTags: Sendable, Equatable {
    /// `*`: any version, if there is one.
    package private(set) var isAny = false
    /// With their quotes, weak ones with `W/` before them.
    package private(set) var tags: [String] = []
    /// Whether something stands there that is no tag.
    package private(set) var isMalformed = false

    /// Reads the values of all fields of the name.
    package init(_ fields: [String]) {
        var rest = Array(fields.joined(separator: ",").utf8)[...]
        func skip(_ bytes: UInt8...) { rest = rest.drop { bytes.contains($0) } }
        let (space, tab, comma, quote) = (UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: ","), UInt8(ascii: "\""))
        while true {
            skip(space, tab, comma)
            guard let first = rest.first else { break }
            if first == UInt8(ascii: "*") {
                isAny = true
                rest = rest.dropFirst()
            } else {
                let start = rest
                if rest.starts(with: "W/".utf8) { rest = rest.dropFirst(2) }
                guard rest.first == quote, let end = rest.dropFirst().firstIndex(of: quote) else {
                    isMalformed = true
                    return
                }
                rest = rest[(end + 1)...]
                tags.append(String(decoding: start[..<rest.startIndex], as: UTF8.self))
            }
            skip(space, tab)
            guard rest.isEmpty || rest.first == comma else {
                isMalformed = true
                return
            }
        }
        // `*` stands alone or not at all.
        isMalformed = isAny == !tags.isEmpty
    }

    /// Whether they name this strong tag where a weak one will do, as for `If-None-Match`.
    package func names(_ tag: String) -> Bool {
        isAny || tags.contains { $0 == tag || $0 == "W/" + tag }
    }

    /// Whether they name this strong tag and are strong themselves, as `If-Match` asks.
    package func namesStrongly(_ tag: String) -> Bool {
        isAny || tags.contains(tag)
    }

    /// The strong tag of bytes that are the same for everybody.
    package static func strong(of bytes: [UInt8]) -> String {
        "\"" + Digest.base64URL(Digest.sha256(bytes).prefix(18)) + "\""
    }
}

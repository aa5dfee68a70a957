/// Where programmers' names fall apart: `getUserName`, `JSON_Reader2`, `1.2.3`.
enum IdentifierParts {
    private enum Kind {
        case upper, lower, digit, mark, other
    }

    /// The byte ranges of a word's parts, in order.
    ///
    /// Parts end where capitals begin after small letters (`get|User`), before the last of several capitals that a small
    /// letter follows (`JSON|Reader`), between letters and digits, and at everything else.
    static func ranges(_ word: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = 0
        var previous = Kind.other
        var lastStart = 0
        var offset = 0
        for scalar in String(decoding: word, as: UTF8.self).unicodeScalars {
            let kind = kind(of: scalar)
            let width = UTF8.width(scalar)
            defer { offset += width }
            if kind == .mark, previous != .other { continue }
            if kind != previous {
                if previous == .upper, kind == .lower {
                    if lastStart > start {
                        parts.append(start..<lastStart)
                        start = lastStart
                    }
                } else {
                    if previous != .other { parts.append(start..<offset) }
                    start = offset
                }
            }
            previous = kind
            lastStart = offset
        }
        if previous != .other { parts.append(start..<offset) }
        return parts
    }

    private static func kind(of scalar: Unicode.Scalar) -> Kind {
        switch ScalarClass(scalar) {
        case .letter, .ideograph: scalar.properties.isUppercase ? .upper : .lower
        case .digit: .digit
        case .mark: .mark
        default: .other
        }
    }
}

/// The first two bytes that a word of some given terms can begin with.
///
/// Snowball's English stemmer changes endings, so a word and its term begin alike. Its few exceptions are covered:
/// "dying", "lying" and "tying" become "die", "lie" and "tie", and a possessive such as "a's" may leave one letter.
/// Words that are not ASCII there always pass.
struct WordBeginnings: Sendable {
    /// One bit for each pair of ASCII bytes.
    private var pairs = [UInt64](repeating: 0, count: 128 * 128 / 64)

    init(terms: [String]) {
        for term in terms {
            let bytes = term.utf8.prefix(2)
            guard let first = bytes.first, first < 0x80 else { continue }
            guard let second = bytes.dropFirst().first else {
                insert(first, 0)
                insert(first, UInt8(ascii: "'"))
                continue
            }
            guard second < 0x80 else { continue }
            insert(first, second)
            if second == UInt8(ascii: "i") { insert(first, UInt8(ascii: "y")) }
        }
    }

    /// Whether any term begins with this byte: asked where a character that may belong to the word stands second.
    func begins(_ first: UInt8) -> Bool {
        guard first < 0x80 else { return true }
        return pairs[Int(first) << 1] | pairs[Int(first) << 1 | 1] != 0
    }

    private mutating func insert(_ first: UInt8, _ second: UInt8) {
        let pair = Int(first) << 7 | Int(second)
        pairs[pair >> 6] |= 1 << UInt64(pair & 63)
    }

    /// Whether a word that begins with these bytes (0 for none) can have one of the terms.
    @inline(__always)
    func contains(_ first: UInt8, _ second: UInt8) -> Bool {
        guard first < 0x80, second < 0x80 else { return true }
        let pair = Int(first) << 7 | Int(second)
        return pairs[pair >> 6] & (1 << UInt64(pair & 63)) != 0
    }
}

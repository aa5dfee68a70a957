internal import CKernels

/// The first bytes that a word of some given terms can begin with: three of a long term's, two of any other's.
///
/// Snowball's English stemmer changes endings, so a word and its term begin alike: stems of four letters or more keep
/// their words' first three. Its few exceptions are covered: "dying", "lying" and "tying" become "die", "lie" and
/// "tie", and a possessive such as "a's" may leave one letter. Words that are not ASCII there always pass.
///
/// Bytes are told apart by their last five bits, which letters differ in; the table stays small enough for the nearest
/// cache, and what shares a place passes in vain.
struct WordBeginnings: Sendable {
    /// For each pair of first bytes a bit for each third byte.
    private var thirds = [UInt32](repeating: 0, count: 32 * 32)
    /// A bit for each first byte.
    private var firsts: UInt32 = 0
    /// The same in eight sets, to pass over most of a text many bytes at a time.
    private(set) var sets = ck_beginnings()
    private var setCount: Int32 = 0

    private static let anything = UInt32.max

    init(terms: [String]) {
        for term in terms {
            let bytes = term.utf8
            guard let first = bytes.first, first < 0x80 else { continue }
            guard let second = bytes.dropFirst().first else {
                insert(first, 0)
                insert(first, UInt8(ascii: "'"))
                continue
            }
            guard second < 0x80 else { continue }
            insert(first, second, bytes.count > 3 ? bytes.dropFirst(2).first.flatMap { $0 < 0x80 ? $0 : nil } : nil)
            if second == UInt8(ascii: "i") { insert(first, UInt8(ascii: "y")) }
        }
    }

    /// - Parameter third: nil for any.
    private mutating func insert(_ first: UInt8, _ second: UInt8, _ third: UInt8? = nil) {
        thirds[Self.place(first, second)] |= third.map { Self.bit($0) } ?? Self.anything
        firsts |= Self.bit(first)
        ck_beginnings_add(&sets, setCount, 0, Int32(first))
        ck_beginnings_add(&sets, setCount, 1, Int32(second))
        ck_beginnings_add(&sets, setCount, 2, third.map { Int32($0) } ?? -1)
        setCount &+= 1
    }

    /// Whether any term begins with this byte: asked where a character that may belong to the word stands second.
    func begins(_ first: UInt8) -> Bool { first >= 0x80 || firsts & Self.bit(first) != 0 }

    /// Whether a word that begins with these bytes (0 for none) can have one of the terms.
    @inline(__always)
    func contains(_ first: UInt8, _ second: UInt8) -> Bool {
        (first | second) >= 0x80 || thirds[Self.place(first, second)] != 0
    }

    /// The same where an ASCII letter, a digit or `_` stands third.
    @inline(__always)
    func contains(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
        (first | second) >= 0x80 || thirds[Self.place(first, second)] & Self.bit(third) != 0
    }

    @inline(__always)
    private static func place(_ first: UInt8, _ second: UInt8) -> Int { Int(first & 31) << 5 | Int(second & 31) }

    @inline(__always)
    private static func bit(_ byte: UInt8) -> UInt32 { 1 &<< UInt32(byte & 31) }
}

/// The kinds of keys a segment's dictionary holds, each sorted for itself.
enum TermField: UInt8, CaseIterable, Sendable {
    /// Terms of title and content as one field: what scores are made of.
    case combined = 0
    /// Terms of titles alone.
    case title = 1
    /// Words of the combined field as they stand before stemming; each points to its term there.
    case surface = 2

    /// Whether postings come with positions.
    var hasPositions: Bool { self != .surface }
}

/// What a dictionary says of one term: where its postings are and how many.
struct TermEntry {
    /// The term's place among those of its field.
    var ordinal = 0
    /// Rows that hold the term, dead ones included.
    var documentFrequency = 0
    /// Occurrences in all rows; of a surface word, 0.
    var totalFrequency = 0
    /// Where the postings lie in their section; no bytes for a single row.
    var postingsOffset = 0
    var postingsByteCount = 0
    /// Where the positions lie in their section; no bytes for a single occurrence.
    var positionsOffset = 0
    var positionsByteCount = 0
    /// The only row, if there is one only.
    var row: UInt32 = 0
    /// The only position, if there is one only; otherwise `UInt32.max`.
    var position = UInt32.max
    /// Of a surface word: the ordinal of its term in the combined field.
    var stem = 0
    /// Of a surface word: how it says which rows hold it.
    var form = WordForm.own
}

/// How a surface word says which rows hold it: two bits, of which damaged bytes may make what has no name here.
///
/// Not an enumeration: those bits are read for each word of a merge, and need no look at whether they are one of its cases.
struct WordForm: Equatable {
    let rawValue: UInt8

    /// They are just those of its term, which has the postings.
    static var shared: WordForm { WordForm(rawValue: 0) }
    /// It has postings of its own.
    static var own: WordForm { WordForm(rawValue: 1) }
    /// It marks them among those of its term: ``WordMarks``.
    static var marked: WordForm { WordForm(rawValue: 2) }
}

/// Which part of a document a text is.
///
/// Parts may be analysed by different rules.
public enum TextField: UInt8, Sendable, Hashable, CaseIterable {
    /// What the document says.
    case content
    /// What it is called.
    case title
}

/// One token of a text: what is indexed, and where.
///
/// Numbers are those of the ``Vocabulary`` that gave the token.
struct Token: Equatable {
    /// How far apart the last word of a value and the first of the next one are, as in a multi-valued field of Lucene.
    static let gapBetweenValues = 100

    /// The number of its term, in ``Vocabulary/terms``.
    let term: Int
    /// The number of its folded word before stemming, in ``Vocabulary/words``.
    let word: Int
    /// Counted in words; tokens may share one, and where a stop word stood there is none.
    let position: Int
    /// The bytes of the text it was read from.
    let range: Range<Int>
}

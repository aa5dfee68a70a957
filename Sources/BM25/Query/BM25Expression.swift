/// What a search asks for, as a tree: the form that query text, JSON and plain questions are compiled to.
///
/// Every node matches passages of the collection and gives each a score; the meaning is Lucene's, node by node
/// (version 10, `BM25Similarity`). A passage's score is that of the root; a document's that of its best passage.
///
/// Sums are taken over children in the order in which they stand here, as `Double`, and rounded to `Float` once per
/// node. A score is never negative, so a tree may hold at most 1,024 leaves and 64 levels
/// (``BM25Error/expressionTooLarge``), and boosts below 0 count as 0.
///
/// ```swift
/// // +"machine learning" title:carrel^2 -draft
/// let expression = BM25Expression.boolean(
///     must: [.phrase(.combined, ["machin", "learn"])],
///     should: [.boost(.term(.init("carrel", field: .title)), 2)],
///     mustNot: [.term("draft")])
/// ```
public indirect enum BM25Expression: Sendable, Hashable {
    /// Passages that hold the term, scored `w - w / (1 + tf · normInverse)` with `w = boost · idf`: Lucene's `TermQuery`.
    case term(BM25Term)
    /// One word that is written in several ways: Lucene's `SynonymQuery`.
    ///
    /// Matches passages that hold any of the terms. Their frequencies, each times its weight, are added up and scored
    /// as one term whose document frequency is the largest among them. The terms should be of one field; those of
    /// another field than the first are left out. Twice the same term counts once, with its first weight.
    case synonym([WeightedTerm])
    /// Passages where the terms stand at these distances: Lucene's `PhraseQuery`, scored with the sum of the terms' idf
    /// and the frequency of the phrase.
    ///
    /// Terms that share a place are alternatives, each of which adds its idf (`MultiPhraseQuery`).
    /// `slop` is how far, in positions moved over all terms together, words may stand from their place (0: exactly);
    /// such a place counts `1 / (1 + distance)` (`SloppyPhraseMatcher`). Two words that changed places are 2 apart.
    case phrase(BM25Field, [PhraseTerm], slop: Int)
    /// All of `must`, none of `mustNot`, and at least `minimumShouldMatch` of `should`: Lucene's `BooleanQuery`.
    ///
    /// The score adds up the matching children, first `must`, then `should`. Without `must`, at least one of `should`
    /// has to match whatever the minimum says. A minimum above the number of `should` matches nothing. A node of
    /// `mustNot` alone matches nothing, as in Lucene; put ``everything`` into `must` for its complement.
    case boolean(
        must: [BM25Expression] = [], should: [BM25Expression] = [], mustNot: [BM25Expression] = [],
        minimumShouldMatch: Int = 0)
    /// The same passages with `w` multiplied: Lucene's `BoostQuery`. Boosts multiply on the way to the leaves.
    case boost(BM25Expression, Float)
    /// Every passage, with the boost as its score: Lucene's `MatchAllDocsQuery`.
    case everything
    /// No passage.
    case nothing
}

/// Which of a passage's token streams a term is looked up in.
public enum BM25Field: UInt8, Sendable, Hashable, CaseIterable {
    /// The title, as often as its weight says, then the content; stemmed.
    case combined = 0
    /// The title alone, once.
    case title = 1
    /// The words of the combined field before stemming.
    case surface = 2
}

/// A term as indexed: analysed, in one field.
public struct BM25Term: Sendable, Hashable {
    /// The field.
    public var field: BM25Field
    /// The term after folding and stemming, as the field's analysis leaves it.
    public var text: String

    /// A term of a field.
    public init(_ text: String, field: BM25Field = .combined) {
        self.field = field
        self.text = text
    }
}

extension BM25Term: ExpressibleByStringLiteral {
    /// A term of the combined field.
    public init(stringLiteral text: String) {
        self.init(text)
    }
}

/// A term and what one occurrence of it counts.
public struct WeightedTerm: Sendable, Hashable {
    /// The term.
    public var term: BM25Term
    /// Above 0, at most 1; what lies outside is moved to the nearest end, and a weight of 0 leaves the term out.
    public var weight: Float

    /// A term that counts `weight` of an occurrence.
    public init(_ term: BM25Term, weight: Float = 1) {
        self.term = term
        self.weight = weight
    }
}

/// A term of a phrase and its place.
public struct PhraseTerm: Sendable, Hashable {
    /// The term after analysis.
    public var text: String
    /// Positions from the phrase's start, below 2³⁰: a word left out leaves a hole, alternatives
    /// share a place.
    public var position: UInt32

    /// A term at a place.
    public init(_ text: String, position: UInt32) {
        self.text = text
        self.position = position
    }
}

extension BM25Expression {
    /// Words that follow one another in a field.
    public static func phrase(_ field: BM25Field, _ words: [String], slop: Int = 0) -> BM25Expression {
        .phrase(
            field, words.enumerated().map { PhraseTerm($1, position: UInt32(clamping: $0)) }, slop: slop)
    }

    /// Any of a question's terms: what a search for plain words asks.
    public init(_ query: BM25Query) {
        self = .boolean(should: query.terms.map { .term(BM25Term($0)) })
    }
}

/// What a question asks for, as it was written: words not yet analysed, operators as nodes.
///
/// ``QueryParser`` makes it from text and ``description`` gives text back; a program may build it directly. A
/// ``QueryCompiler`` turns it into a ``BM25Expression`` for the terms that one index holds.
///
/// ```swift
/// // +"machine learning" title:carrel^2 -draft
/// let tree = QueryTree.group(
///     QueryGroup(
///         must: [.phrase("machine learning", slop: 0, field: .combined)],
///         should: [.boosted(.term("carrel", field: .title), 2)],
///         mustNot: [.term("draft", field: .combined)]))
/// ```
public indirect enum QueryTree: Sendable, Hashable {
    /// Every passage: `*`.
    case everything
    /// Plain words, none of which has to occur: the more of them and the rarer, the better.
    case words(String, field: BM25Field)
    /// A word that has an operator; if the analyser cuts it into several, a phrase of these.
    case term(String, field: BM25Field)
    /// Words that begin like this one: `word*`.
    case prefix(String, field: BM25Field)
    /// Words at most `distance` edits away: `word~1`; without a distance as many as suit the word's length: `word~`.
    case fuzzy(String, distance: Int?, field: BM25Field)
    /// Words one after another, or up to `slop` positions away from that: `"two words"~3`.
    case phrase(String, slop: Int, field: BM25Field)
    /// Several of these at once.
    case group(QueryGroup)
    /// The same, its score multiplied: `word^2.5`.
    case boosted(QueryTree, Float)
}

/// What must, may and must not hold.
///
/// A group of exclusions alone means everything else.
public struct QueryGroup: Sendable, Hashable {
    /// What has to hold: `+word`, `a AND b`.
    public var must: [QueryTree]
    /// What counts where it holds: `word`, `a OR b`.
    public var should: [QueryTree]
    /// What must not hold: `-word`, `NOT word`.
    public var mustNot: [QueryTree]
    /// How many of `should` must hold at least, plain words counted one by one: `(a b c)~2`.
    public var minimumShouldMatch: Int

    /// A group; empty it matches nothing.
    public init(
        must: [QueryTree] = [], should: [QueryTree] = [], mustNot: [QueryTree] = [], minimumShouldMatch: Int = 0
    ) {
        self.must = must
        self.should = should
        self.mustNot = mustNot
        self.minimumShouldMatch = minimumShouldMatch
    }

    /// Whether it holds nothing at all.
    public var isEmpty: Bool { must.isEmpty && should.isEmpty && mustNot.isEmpty }
}

extension QueryTree {
    /// What a query may hold at most; what is beyond is left out and told.
    public enum Limits {
        /// Brackets inside brackets.
        ///
        /// Each may come to a list, a chain of AND and a boost, which an expression counts one by one, up to 64.
        public static let depth = 12
        /// Groups inside groups of a tree that did not come from text; each may have a boost.
        public static let groupDepth = 28
        /// Words and phrases with an operator, and distinct terms that are looked up.
        public static let termCount = BM25Query.maximumTermCount
        /// Slop of a phrase.
        public static let slop = 1_000
        /// Edits of a fuzzy word.
        public static let distance = 2
        /// Boosts.
        public static let boosts: ClosedRange<Float> = 0.001...1_000
        /// Warnings of one parse.
        public static let warningCount = 16
    }

    /// A tree that matches nothing: that of an empty text.
    public static var nothing: QueryTree { .group(QueryGroup()) }

    /// The same with its score multiplied: boosts of boosts multiply, within ``Limits/boosts``.
    public func boosted(_ boost: Float?) -> QueryTree {
        guard let boost else { return self }
        guard case .boosted(let tree, let own) = self else { return .boosted(self, boost) }
        return .boosted(tree, min(max(own * boost, Limits.boosts.lowerBound), Limits.boosts.upperBound))
    }

    /// A text of words as trees hold it: single spaces between them, none at the ends.
    public static func tidied(_ text: String) -> String { QuerySyntax.text(text.unicodeScalars) }

    /// Whether these are words without any operator.
    public var isPlain: Bool {
        if case .words(_, .combined) = self { true } else { self == .nothing }
    }

    /// Whether anything in it is required or excluded.
    public var hasConditions: Bool {
        switch self {
        case .group(let group):
            !group.must.isEmpty || !group.mustNot.isEmpty || group.minimumShouldMatch > 1
                || group.should.contains(where: \.hasConditions)
        case .boosted(let tree, _): tree.hasConditions
        case .everything, .words, .term, .prefix, .fuzzy, .phrase: false
        }
    }

    /// The words that are looked for, without operators and without what is excluded: what a model of meaning reads.
    public var plainText: String {
        var texts: [String] = []
        collectTexts(&texts)
        return texts.joined(separator: " ")
    }

    private func collectTexts(_ texts: inout [String]) {
        switch self {
        case .everything: break
        case .words(let text, _), .term(let text, _), .prefix(let text, _), .fuzzy(let text, _, _),
            .phrase(let text, _, _):
            texts.append(text)
        case .group(let group):
            for tree in group.must + group.should { tree.collectTexts(&texts) }
        case .boosted(let tree, _): tree.collectTexts(&texts)
        }
    }
}

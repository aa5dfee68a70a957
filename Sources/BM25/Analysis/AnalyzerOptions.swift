/// How text becomes terms.
///
/// A new value analyses English as the quality tests measured it: words after UAX #29, lower case, accents folded,
/// English stems, no stop words (phrases stay whole, and BM25 weighs common words down).
public struct AnalyzerOptions: Sendable, Hashable {
    /// What is done with Chinese, Japanese and Korean writing, which has no spaces between words.
    public enum IdeographRule: String, Sendable, Hashable, CaseIterable {
        /// Han and Hiragana: each character is a word; Katakana and Hangul run on as letters do.
        case characters
        /// Every two neighbours of a run are a word, a character that stands alone is one: Lucene's CJKBigramFilter.
        case bigrams
    }

    /// Which words are left out of the index.
    ///
    /// They leave a hole in the positions, so that phrases keep their distances.
    public enum StopWords: Sendable, Hashable {
        /// None.
        case none
        /// The function words of the language, for the ten languages of ``StopWordList``; else none.
        case language
        /// These.
        case words([String])
    }

    /// The most words in a list of stop words or protected words.
    public static let maximumWordCount = 10_000
    /// The most synonym rules.
    public static let maximumSynonymCount = 1_000

    /// The language of the text, which chooses the stemmer.
    public var stemmer: Stemmer
    /// That of titles; nil is the same.
    public var titleStemmer: Stemmer?
    /// Which words are left out.
    public var stopWords = StopWords.none
    /// How ideographs become words.
    public var ideographs = IdeographRule.characters
    /// Whether identifiers, paths and versions are also found by their parts: `getUserName` by `user`, `src/main.c` by
    /// `src`, and both as a whole.
    ///
    /// All stand at one position.
    public var splitsIdentifiers = false
    /// Words that find others: at most ``maximumSynonymCount`` are used.
    public var synonyms: [SynonymRule] = []
    /// Words that are indexed as they stand, without stemming; compared after folding.
    public var protectedWords: [String] = []

    /// Options with this stemmer, and the defaults for the rest.
    public init(stemmer: Stemmer = .english) {
        self.stemmer = stemmer
    }

    /// The stemmer of a part of a document.
    func stemmer(of field: TextField) -> Stemmer {
        field == .title ? titleStemmer ?? stemmer : stemmer
    }

    /// Whether titles are analysed by rules of their own.
    var titlesDiffer: Bool { stemmer(of: .title) != stemmer }

    /// Whether tokens depend on what stands beside a word, or one word may give several.
    func looksAround(asQuery: Bool) -> Bool {
        ideographs == .bigrams || splitsIdentifiers || (!asQuery && !synonyms.isEmpty)
    }

    /// Whether every term begins as its word does, as far as ``WordBeginnings`` needs it.
    var keepsBeginnings: Bool {
        (stemmer == .english || stemmer == .none) && !looksAround(asQuery: false)
    }
}

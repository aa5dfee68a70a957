/// What one field's words become: stems, holes, folded forms; with what was learnt about each word so far.
///
/// Words are numbered by the ``Vocabulary`` that holds the rules, which share its tables.
struct AnalysisRules {
    /// In ``outcomes``: a stop word.
    static let stopped = UInt32.max - 1
    /// In ``outcomes``: a word not met in this field.
    static let unknown = UInt32.max

    let stemmer: SnowballStemmer
    /// Whether the stemmer reads accents, so that words and terms are folded after it.
    let readsAccents: Bool
    let elisions: Set<String>
    let stopWords: Set<String>
    let protectedWords: Set<String>
    var scalars: ScalarTable
    /// For each word, its term, ``stopped`` or ``unknown``.
    var outcomes: [UInt32] = []
    /// For each word, its folded form without elided articles; empty where every word is its own.
    var foldedWords: [UInt32] = []
    var synonyms = SynonymTable()

    init(_ options: AnalyzerOptions, _ field: TextField) {
        let language = options.stemmer(of: field)
        stemmer = SnowballStemmer(language)
        readsAccents = language.readsAccents
        elisions = language.elisions
        let stopped: [String] =
            switch options.stopWords {
            case .none: []
            case .language: StopWordList.words(language)
            case .words(let words): words
            }
        stopWords = Set(stopped.map(Self.folded))
        protectedWords = Set(options.protectedWords.map(Self.folded))
        scalars = ScalarTable(foldsAccents: !readsAccents, splitsSyllables: options.ideographs == .bigrams)
    }

    /// A word of a list as it is compared: typographic apostrophes are plain.
    private static func folded(_ word: String) -> String {
        var plain = ""
        for scalar in word.unicodeScalars {
            plain.unicodeScalars.append(scalar == "\u{2019}" || scalar == "\u{2018}" ? "'" : scalar)
        }
        return LetterFolding.fold(plain)
    }

    /// Whether a word's folded form must be looked at before it is stemmed.
    var readsWords: Bool { readsAccents || !stopWords.isEmpty || !protectedWords.isEmpty }

    /// What is left of a word without its elided article.
    func withoutElision(_ word: String) -> String {
        guard !elisions.isEmpty, let apostrophe = word.utf8.firstIndex(of: UInt8(ascii: "'")) else { return word }
        let rest = word.utf8.index(after: apostrophe)
        guard rest < word.endIndex, elisions.contains(LetterFolding.fold(String(word[..<apostrophe]))) else {
            return word
        }
        return String(word[rest...])
    }

    /// The folded stem of a word.
    func stem(_ word: String) -> String {
        var word = word
        let stem = word.withUTF8 { String(decoding: stemmer.stem($0), as: UTF8.self) }
        return readsAccents ? LetterFolding.fold(stem) : stem
    }
}

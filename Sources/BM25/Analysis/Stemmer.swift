extension AnalyzerOptions {
    /// Which algorithm cuts words down to their stems: those of libstemmer, by its names, or none.
    ///
    /// https://snowballstem.org/algorithms/
    public enum Stemmer: String, Sendable, Hashable, CaseIterable {
        /// Words are indexed as they stand, accents folded.
        case none
        case arabic
        case armenian
        case basque
        case catalan
        case danish
        case dutch
        /// Snowball's English stemmer ("Porter 2").
        case english
        case finnish
        case french
        case german
        case greek
        case hindi
        case hungarian
        case indonesian
        case irish
        case italian
        case lithuanian
        case nepali
        case norwegian
        /// Porter's first English stemmer, of 1980.
        case porter
        case portuguese
        case romanian
        case russian
        case serbian
        case spanish
        case swedish
        case tamil
        case turkish
        case yiddish

        /// Whether the stemmer must see a word with its accents.
        ///
        /// English words are folded first, as they always were here; the other algorithms tell `й` from `и` and `é`
        /// from `e`, so that their stems are folded afterwards.
        var readsAccents: Bool {
            switch self {
            case .none, .english, .porter: false
            default: true
            }
        }

        /// Articles and particles that stand before an apostrophe and are no part of the word: `l'avion`.
        ///
        /// Those of Lucene's elision filters.
        var elisions: Set<String> {
            switch self {
            case .french:
                ["l", "m", "t", "qu", "n", "s", "j", "d", "c", "jusqu", "quoiqu", "lorsqu", "puisqu"]
            case .italian:
                [
                    "c", "l", "all", "dall", "dell", "nell", "sull", "coll", "pell", "gl", "agl", "dagl", "degl",
                    "negl", "sugl", "un", "m", "t", "s", "v", "d",
                ]
            case .catalan: ["d", "l", "m", "n", "s", "t"]
            case .irish: ["d", "m", "b"]
            default: []
            }
        }
    }
}

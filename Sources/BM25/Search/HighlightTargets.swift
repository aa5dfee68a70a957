/// The terms to look for in a text, and what each of them counts for.
struct HighlightTargets: Sendable {
    /// Of words, in millionths, so that sums are exact in any order.
    let weights: [Int]
    let phrases: [Highlighter.Phrase]
    let options: AnalyzerOptions
    /// Distinct terms, those of words first; for each the first word that it marks, -1 for none.
    let terms: [String]
    let words: [Int]
    /// For each phrase and each of its steps, places in `terms`.
    let steps: [[[Int]]]
    /// How a word must begin to be worth stemming.
    let beginnings: WordBeginnings

    init(words: [Highlighter.Word], phrases: [Highlighter.Phrase], options: AnalyzerOptions) {
        var list = TermList()
        for (index, word) in words.enumerated() {
            for term in word.terms { _ = list.place(of: term, word: index) }
        }
        steps = phrases.map { phrase in
            phrase.steps.map { step in step.terms.map { list.place(of: $0, word: -1) } }
        }
        self.options = options
        self.phrases = phrases
        weights = words.map { $0.weight > 0 ? Int((min($0.weight, 1e6) * 1e6).rounded()) : 0 }
        terms = list.terms
        self.words = list.words
        beginnings = WordBeginnings(terms: terms)
    }

    private struct TermList {
        var terms: [String] = []
        var words: [Int] = []
        /// Of the terms from ``firstHashed`` on: most questions have none.
        private var places: [String: Int] = [:]
        private static let firstHashed = 24

        mutating func place(of term: String, word: Int) -> Int {
            if let place = terms.prefix(Self.firstHashed).firstIndex(of: term) ?? places[term] { return place }
            if terms.count >= Self.firstHashed { places[term] = terms.count }
            terms.append(term)
            words.append(word)
            return terms.count - 1
        }
    }
}

/// Which terms stand beside others, by the term that a phrase begins with.
struct SynonymTable {
    /// A word of a phrase: `position` counts from the phrase's first word.
    struct Word: Hashable {
        let term: Int
        let word: Int
        var position: Int
    }

    typealias Phrase = [Word]

    private struct Rule {
        let phrase: Phrase
        let addition: Phrase
    }

    private var rules: [Int: [Rule]] = [:]
    /// Positions that the longest phrase covers.
    private(set) var longest = 1

    /// Indexes `addition` wherever `phrase` stands.
    ///
    /// Phrases without a word, or of more than ``SynonymRule/maximumWordCount``, are left out.
    mutating func add(_ addition: Phrase, where phrase: Phrase) {
        guard let first = phrase.first, !addition.isEmpty,
            max(phrase.count, addition.count) <= SynonymRule.maximumWordCount
        else { return }
        let rule = Rule(phrase: Self.fromZero(phrase), addition: Self.fromZero(addition))
        rules[first.term, default: []].append(rule)
        longest = max(longest, (rule.phrase.last?.position ?? 0) + 1)
    }

    private static func fromZero(_ phrase: Phrase) -> Phrase {
        let first = phrase.first?.position ?? 0
        return phrase.map { Word(term: $0.term, word: $0.word, position: $0.position - first) }
    }

    /// Calls `body` with the tokens to add where the phrase that begins at `words[start]` has synonyms.
    func forEachAddition(in words: [ContextWord], at start: Int, _ body: (Token) -> Void) {
        let first = words[start].token
        guard let candidates = rules[first.term] else { return }
        for rule in candidates {
            var place = start
            var end = first.range.upperBound
            let matches = rule.phrase.allSatisfy { wanted in
                while place < words.count, words[place].token.position < first.position + wanted.position { place += 1 }
                guard place < words.count else { return false }
                let token = words[place].token
                end = token.range.upperBound
                return token.position == first.position + wanted.position && token.term == wanted.term
            }
            guard matches else { continue }
            for word in rule.addition {
                body(
                    Token(
                        term: word.term, word: word.word, position: first.position + word.position,
                        range: first.range.lowerBound..<end))
            }
        }
    }
}

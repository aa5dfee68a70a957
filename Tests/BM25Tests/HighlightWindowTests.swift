import BM25
import TestKit
import Testing

@Suite("Highlight windows")
struct HighlightWindowTests {
    private typealias Word = Highlighter.Word
    private typealias Phrase = Highlighter.Phrase

    private func phrase(_ terms: String..., slop: Int = 0) -> Phrase {
        Phrase(steps: terms.enumerated().map { Phrase.Step(terms: [$1], position: $0) }, slop: slop)
    }

    private func slices(_ text: String, _ ranges: [Range<Int>]) -> [String] {
        let scalars = Array(text.unicodeScalars)
        return ranges.map { String(String.UnicodeScalarView(scalars[$0])) }
    }

    // MARK: Oracle

    private struct Token {
        let range: Range<Int>
        let term: String
        let position: Int
    }

    /// What a window shows, counted from scratch.
    private func worth(_ window: Range<Int>, _ tokens: [Token], _ words: [Word], _ phrases: [Phrase]) -> [Double] {
        let inside = tokens.filter {
            window.lowerBound <= $0.range.lowerBound && $0.range.upperBound <= window.upperBound
        }
        func word(_ token: Token) -> Int? { words.firstIndex { $0.terms.contains(token.term) } }
        let shown = Set(inside.compactMap(word))
        let found = phrases.filter { phrase in
            inside.contains { first in
                (-20...20).contains { shift in
                    // Every step lies from `start` to `start + slop` when its own position is taken off.
                    let start = first.position + shift
                    return phrase.steps.allSatisfy { step in
                        inside.contains {
                            step.terms.contains($0.term)
                                && (start...start + phrase.slop).contains($0.position - step.position)
                        }
                    }
                }
            }
        }
        let neighbours = zip(inside, inside.dropFirst()).filter { first, second in
            guard let left = word(first), let right = word(second) else { return false }
            return left != right && second.range.lowerBound - first.range.upperBound < 16
        }
        let coverage = shown.reduce(0) { $0 + words[$1].weight }
        return [coverage, Double(found.count), Double(neighbours.count)]
    }

    @Test("no window of the text shows more of the question", arguments: UInt64(1)...120)
    func agreesWithScan(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let pool = ["ash", "birch", "cedar", "dogwood", "elm", "fir", "x", "yyyy", "zzzzzzzzz", "é"]
        let text = (0..<Int.random(in: 1...80, using: &random)).map { _ in pool.randomElement(using: &random) ?? "" }
            .joined(separator: " ")
        let words = (0..<3).map { index in
            Word(
                terms: [pool[index], index == 1 ? "fir" : pool[index]],
                weight: Double(Int.random(in: 1...3, using: &random)))
        }
        var phrases: [Phrase] = []
        if Bool.random(using: &random) {
            phrases = [
                phrase("ash", "birch"), phrase("cedar", "x", "ash", slop: Int.random(in: 0...3, using: &random)),
            ]
        }
        let wanted = Set((words.flatMap(\.terms) + phrases.flatMap { $0.steps.flatMap(\.terms) }))
        let options = AnalyzerOptions(stemmer: .none)
        let tokens = options.tokens(of: text).filter { wanted.contains($0.term) }
            .map { Token(range: $0.range, term: $0.term, position: $0.position) }
        let length = Int.random(in: 12...90, using: &random)
        let highlighter = Highlighter(words: words, phrases: phrases, parameters: BM25Parameters(analyzer: options))
        let excerpt = highlighter.excerpt(of: text, length: length, limit: .max)
        #expect(excerpt.window.count <= length)
        let count = text.unicodeScalars.count
        let best = (0..<max(1, count)).map { worth($0..<min(count, $0 + length), tokens, words, phrases) }
            .max { $0.lexicographicallyPrecedes($1) }
        let shown = worth(excerpt.window, tokens, words, phrases)
        let reached = try #require(best)
        #expect(shown == reached, "\(text) | \(length)")
    }

    // MARK: Phrases

    @Test("a phrase is marked as a whole, before words and wherever it stands")
    func phrases() {
        let text = "machine parts; a learning machine; Machine Learning and learning"
        let only = Highlighter(words: [], phrases: [phrase("machin", "learn")])
        #expect(slices(text, only.ranges(in: text, limit: 9)) == ["Machine Learning"])
        let words = [Word(terms: ["machin"]), Word(terms: ["learn"])]
        let both = Highlighter(words: words, phrases: [phrase("machin", "learn")])
        #expect(
            slices(text, both.ranges(in: text, limit: 9)) == [
                "machine", "learning", "machine", "Machine Learning", "learning",
            ])
        #expect(slices(text, both.ranges(in: text, limit: 2)) == ["machine", "Machine Learning"])
        #expect(slices(text, both.ranges(in: text, limit: 1)) == ["Machine Learning"])
        let sloppy = Highlighter(words: [], phrases: [phrase("learn", "machin", slop: 2)])
        #expect(slices(text, sloppy.ranges(in: text, limit: 9)) == ["learning machine", "Machine Learning"])
    }

    @Test("of windows with the same words the one with the phrase is shown")
    func phraseWindow() {
        let filler = Array(repeating: "filler", count: 40).joined(separator: " ")
        let text = "learning by machine \(filler) machine learning \(filler) machine"
        let words = [Word(terms: ["machin"]), Word(terms: ["learn"])]
        let shown = Highlighter(words: words, phrases: [phrase("machin", "learn")]).excerpt(
            of: text, length: 60, limit: 9)
        #expect(slices(text, shown.highlights) == ["machine learning"])
        let plain = Highlighter(words: words).excerpt(of: text, length: 60, limit: 9)
        #expect(slices(text, plain.highlights) == ["learning", "machine"])
    }

    @Test("a hole where a stop word stood keeps its distance")
    func holes() {
        var options = AnalyzerOptions()
        options.stopWords = .language
        let steps = [Phrase.Step(terms: ["bank"], position: 0), Phrase.Step(terms: ["america"], position: 2)]
        let highlighter = Highlighter(
            words: [], phrases: [Phrase(steps: steps)], parameters: BM25Parameters(analyzer: options))
        let text = "America bank america. The Bank of America"
        #expect(slices(text, highlighter.ranges(in: text, limit: 9)) == ["Bank of America"])
    }

    // MARK: Expanded words and other analysis

    @Test("a word that stands for several terms is one word")
    func expanded() {
        let filler = Array(repeating: "filler", count: 40).joined(separator: " ")
        let words = [Word(terms: ["learn", "lean", "leaf"]), Word(terms: ["tree"])]
        let text = "learn lean leaf \(filler) leaf on a tree"
        let shown = Highlighter(words: words).excerpt(of: text, length: 50, limit: 9)
        #expect(slices(text, shown.highlights) == ["leaf", "tree"])
    }

    @Test("overlapping pairs of ideographs are one mark, in scalars of the text")
    func ideographs() {
        var options = AnalyzerOptions()
        options.ideographs = .bigrams
        let parameters = BM25Parameters(analyzer: options)
        let text = "𠀀 天気は東京都で晴れ、東京タワー"
        let query = BM25Query("東京都", parameters: parameters)
        #expect(query.terms == ["東京", "京都"])
        let found = Highlighter(query: query, parameters: parameters).ranges(in: text, limit: 9)
        #expect(slices(text, found) == ["東京都", "東京"])
    }

    @Test("parts of identifiers, synonyms and other languages are marked as they stand")
    func otherAnalysis() throws {
        func marks(_ options: AnalyzerOptions, _ question: String, _ text: String) -> [String] {
            let parameters = BM25Parameters(analyzer: options)
            let highlighter = Highlighter(query: BM25Query(question, parameters: parameters), parameters: parameters)
            return slices(text, highlighter.ranges(in: text, limit: 9))
        }
        var options = AnalyzerOptions()
        options.splitsIdentifiers = true
        #expect(marks(options, "header", "ö parseHTTPHeader(x)") == ["Header"])
        #expect(marks(options, "parseHTTPHeader", "ö parseHTTPHeader(x)") == ["parseHTTPHeader"])
        options.synonyms = [try SynonymRule("ml => machine learning")]
        #expect(marks(options, "ml", "on machine learning, ML") == ["machine learning", "ML"])
        #expect(marks(AnalyzerOptions(stemmer: .german), "Haus", "Im Häusern, im HAUS") == ["Häusern", "HAUS"])
        #expect(marks(AnalyzerOptions(stemmer: .french), "avion", "l’avion, des Avions") == ["l’avion", "Avions"])
        #expect(marks(AnalyzerOptions(stemmer: .russian), "новый", "Новые дома новой") == ["Новые", "новой"])
    }
}

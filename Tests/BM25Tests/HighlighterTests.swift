import BM25
import TestKit
import Testing

@Suite("Highlighter")
struct HighlighterTests {
    private func highlighter(_ question: String, weights: [Double] = []) -> Highlighter {
        Highlighter(query: BM25Index().snapshot.analyze(question), parameters: BM25Parameters(), weights: weights)
    }

    private func slice(_ text: String, _ range: Range<Int>) -> String {
        String(String.UnicodeScalarView(Array(text.unicodeScalars)[range]))
    }

    @Test("stems and folded letters are marked as they stand in the text")
    func ranges() {
        let text = "Él corría: RUNNING, runs — naïve cafés 👍🏽 run."
        let found = highlighter("run cafe").ranges(in: text, limit: 10).map { slice(text, $0) }
        #expect(found == ["RUNNING", "runs", "cafés", "run"])
        #expect(highlighter("run").ranges(in: text, limit: 2).count == 2)
        #expect(highlighter("").ranges(in: text, limit: 2).isEmpty)
        #expect(highlighter("run").ranges(in: "", limit: 2).isEmpty)
    }

    @Test("the window holds the most distinct weight, cut at words")
    func window() {
        let filler = Array(repeating: "filler", count: 50).joined(separator: " ")
        let text = "apple apple apple \(filler) apple beside banana \(filler) cherry"
        let both = slice(text, highlighter("apple banana").excerpt(of: text, length: 60, limit: 0).window)
        #expect(both.contains("apple beside banana"))
        #expect(both.split(separator: " ").allSatisfy { ["filler", "apple", "beside", "banana"].contains($0) })
        let rare = slice(
            text, highlighter("apple banana cherry", weights: [1, 1, 5]).excerpt(of: text, length: 60, limit: 0).window)
        #expect(rare.hasSuffix("cherry"))
        #expect(rare.unicodeScalars.count <= 60)
    }

    @Test("short texts are shown whole, texts without a match from the start")
    func edges() {
        #expect(highlighter("x").excerpt(of: "short", length: 60, limit: 0).window == 0..<5)
        #expect(highlighter("x").excerpt(of: "", length: 60, limit: 0).window == 0..<0)
        #expect(highlighter("x").excerpt(of: "one two three", length: 8, limit: 0).window == 0..<7)
        #expect(highlighter("x").excerpt(of: String(repeating: "y", count: 99), length: 10, limit: 0).window == 0..<10)
        #expect(highlighter("x").excerpt(of: "abc", length: 0, limit: 0).window == 0..<0)
    }
}

@Suite("Excerpts") struct ExcerptTests {
    private let words = [
        "dying", "die", "lies", "lying", "ties", "tying", "skies", "sky", "skis", "apples", "apple", "Apple's", "a's",
        "a",
        "x.y", "e.g.", "U.S.", "don't", "foo.bar", "3.14", "1,000", "_a_b", "(apple)", "apple-pie", "re-runs,",
        "running", "runs", "Élan", "elan", "naïve", "naive", "generally", "general", "s", "it's", "news", "日本", "x1",
        "1x", "use", "using", "used", "user", "adding", "ad", "abc", "abcd", "ABCs", "abx", "ab_c", "ab'c", "crying",
        "cries",
    ]

    @Test("finds what analysing word by word finds, whatever words begin with", arguments: 1...40)
    func agreesWithAnalysis(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let text = (0..<200).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
        let query = (0..<3).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
        let snapshot = BM25Index().snapshot
        let highlighter = Highlighter(query: snapshot.analyze(query))
        let all = highlighter.ranges(in: text, limit: .max)
        #expect(all.map { snapshot.analyze(slice(text, $0)).terms.first } == expected(text, query))
        let excerpt = highlighter.excerpt(of: text, length: 120, limit: 100)
        #expect(
            excerpt.highlights
                == all.filter {
                    $0.lowerBound >= excerpt.window.lowerBound && $0.upperBound <= excerpt.window.upperBound
                })
        let scalars = Array(text.unicodeScalars)
        let window = excerpt.window
        #expect(window.count <= 120)
        #expect(window.lowerBound == 0 || scalars[window.lowerBound - 1] == " ")
        #expect(window.upperBound == scalars.count || scalars[window.upperBound] == " ")
    }

    @Test("finds the words of the analysis between all kinds of marks, and the same in many texts", arguments: 1...60)
    func agreesBetweenMarks(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let marks = [
            " ", " ", ", ", ". ", "-", "/", "_", "'", ".", ":", ",", "…", "\u{301} ", "(", ") ", "\n", "''", "\u{AD}",
            "",
        ]
        let options = AnalyzerOptions()
        let texts = (0..<8).map { _ in
            (0..<60).map { _ in
                (words.randomElement(using: &random) ?? "") + (marks.randomElement(using: &random) ?? "")
            }.joined()
        }
        let query = (0..<4).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
        let terms = BM25Index().snapshot.analyze(query)
        let highlighter = Highlighter(query: terms)
        for text in texts {
            let tokens = options.tokens(of: text).filter { terms.terms.contains($0.term) }.map(\.range)
            #expect(highlighter.ranges(in: text, limit: .max) == tokens, "\(text)")
        }
        let together = highlighter.excerpts(of: texts, length: 90, limit: 20)
        #expect(together == texts.map { highlighter.excerpt(of: $0, length: 90, limit: 20) })
        for (text, excerpt) in zip(texts, together) {
            let shown = String(String.UnicodeScalarView(Array(text.unicodeScalars)[excerpt.window]))
            #expect(Array(text.utf8)[excerpt.bytes].elementsEqual(shown.utf8))
        }
    }

    /// The terms of every run between blanks that are among the query's, analysed one by one without any filter.
    private func expected(_ text: String, _ query: String) -> [String?] {
        let snapshot = BM25Index().snapshot
        let wanted = Set(snapshot.analyze(query).terms)
        return text.split(separator: " ").flatMap { word in
            snapshot.analyze(String(word)).terms.filter { wanted.contains($0) }
        }
    }

    private func slice(_ text: String, _ range: Range<Int>) -> String {
        String(String.UnicodeScalarView(Array(text.unicodeScalars)[range]))
    }
}

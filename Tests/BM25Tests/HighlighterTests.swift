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
        let both = slice(text, highlighter("apple banana").bestWindow(in: text, length: 60))
        #expect(both.contains("apple beside banana"))
        #expect(both.split(separator: " ").allSatisfy { ["filler", "apple", "beside", "banana"].contains($0) })
        let rare = slice(text, highlighter("apple banana cherry", weights: [1, 1, 5]).bestWindow(in: text, length: 60))
        #expect(rare.hasSuffix("cherry"))
        #expect(rare.unicodeScalars.count <= 60)
    }

    @Test("short texts are shown whole, texts without a match from the start")
    func edges() {
        #expect(highlighter("x").bestWindow(in: "short", length: 60) == 0..<5)
        #expect(highlighter("x").bestWindow(in: "", length: 60) == 0..<0)
        #expect(highlighter("x").bestWindow(in: "one two three", length: 8) == 0..<7)
        #expect(highlighter("x").bestWindow(in: String(repeating: "y", count: 99), length: 10) == 0..<10)
        #expect(highlighter("x").bestWindow(in: "abc", length: 0) == 0..<0)
    }
}

@Suite("Excerpts") struct ExcerptTests {
    private let words = [
        "dying", "die", "lies", "lying", "ties", "tying", "skies", "sky", "skis", "apples", "apple", "Apple's", "a's",
        "a",
        "x.y", "e.g.", "U.S.", "don't", "foo.bar", "3.14", "1,000", "_a_b", "(apple)", "apple-pie", "re-runs,",
        "running", "runs", "Élan", "elan", "naïve", "naive", "generally", "general", "s", "it's", "news", "日本", "x1",
        "1x",
    ]

    @Test("one pass says what two passes say, whatever words begin with", arguments: 1...40)
    func agreesWithRanges(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let text = (0..<200).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
        let query = (0..<3).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
        let highlighter = Highlighter(query: BM25Index().snapshot.analyze(query))
        let excerpt = highlighter.excerpt(of: text, length: 120, limit: 100)
        #expect(excerpt.window == highlighter.bestWindow(in: text, length: 120))
        let all = highlighter.ranges(in: text, limit: .max)
        #expect(
            excerpt.highlights
                == all.filter {
                    $0.lowerBound >= excerpt.window.lowerBound && $0.upperBound <= excerpt.window.upperBound
                })
        #expect(all.map { slice(text, $0) }.count == expected(text, query).count)
    }

    /// The terms of every run between blanks that are among the query's, analysed one by one without any filter.
    private func expected(_ text: String, _ query: String) -> [String] {
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

import BM25
import IndexCore
import TestKit
import Testing

/// Words of ASCII letters and digits of every length, which are read sixteen bytes and remembered eight bytes at a time,
/// against the definition.
@Suite("Runs of letters")
struct WordRunTests {
    private static let letters = Array("aAbz09".utf8)

    @Test("texts of many alike words give just those words", arguments: 0..<30 as Range<UInt64>)
    func words(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let options = AnalyzerOptions(stemmer: .none)
        for _ in 0..<40 {
            var text: [UInt8] = []
            var expected: [String] = []
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                // Few letters and common beginnings: words that differ late, or in length alone.
                let length = Int.random(in: 1...40, using: &random)
                let same = Int.random(in: 0...length, using: &random)
                let word = (0..<length).map { place in
                    place < same ? UInt8(ascii: "a") : Self.letters.randomElement(using: &random) ?? 0x61
                }
                text += word
                text += Array([" ", "\n", "(", "-", "\u{0} ", "… "].randomElement(using: &random)?.utf8 ?? " ".utf8)
                expected.append(String(decoding: word, as: UTF8.self).lowercased())
            }
            let tokens = options.tokens(of: String(decoding: text, as: UTF8.self))
            #expect(tokens.map(\.term) == expected)
            #expect(tokens.map(\.position) == Array(expected.indices))
        }
    }

    @Test("terms of any bytes are told apart in a segment", arguments: 0..<10 as Range<UInt64>)
    func zeros(seed: UInt64) {
        // A zero is no letter, but behind a short word in a table there are zeros as well.
        var random = SeededRandom(seed: seed)
        let words = Set((0..<3_000).map { _ in String(UInt32(truncatingIfNeeded: random.next() >> 40), radix: 3) })
        var builder = BM25SegmentBuilder(parameters: BM25Parameters(titleWeight: 0, surfaceWords: false))
        builder.add(PassageID(1), document: PassageID(1), title: "", text: words.joined(separator: "\u{0}"))
        let segment = SegmentInspection(builder.build())
        #expect(segment.terms(field: 0).map(\.text) == words.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
}

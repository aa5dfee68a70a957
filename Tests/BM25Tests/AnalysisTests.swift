import BM25
import Foundation
import IndexCore
import TestKit
import Testing

@Suite("Analysis")
struct AnalysisTests {
    private func words(_ text: String, stemmer: AnalyzerOptions.Stemmer = .none) -> [String] {
        let parameters = BM25Parameters(analyzer: AnalyzerOptions(stemmer: stemmer))
        return BM25Index(parameters: parameters).snapshot.analyze(text).terms
    }

    @Test(
        "words of hard texts",
        arguments: [
            ("", []), ("   \n\t", []), ("...!?", []), ("___", []), ("' '' :", []),
            ("Hello, World", ["hello", "world"]), ("don't", ["don't"]), ("don’t", ["don't"]),
            ("dogs' tails", ["dogs", "tails"]),
            ("3.14 1,000 1,a 10:30", ["3.14", "1,000", "1", "a", "10", "30"]),
            ("U.S. e.g. a.b", ["u.s", "e.g", "a.b"]), ("x_y _z_ 9_9", ["x_y", "_z_", "9_9"]),
            ("anti-viral H5N1 covid-19", ["anti", "viral", "h5n1", "covid", "19"]),
            ("Café cafe\u{301} CAFÉ", ["cafe"]), ("Ångström naïve Øre", ["angstrom", "naive", "ore"]),
            ("Straße STRASSE œuvre Æon ﬁne", ["strasse", "oeuvre", "aeon", "fine"]),
            ("İstanbul ıssız", ["istanbul", "issiz"]), ("Ǖ ệ ǽ", ["u", "e", "ae"]),
            ("ΣΊΣΥΦΟΣ Σίσυφος", ["σισυφοσ"]), ("Ёлка ёлка е\u{308}лка", ["елка"]),
            ("東京都 ひらがな", ["東", "京", "都", "ひ", "ら", "が", "な"]), ("カタカナ テスト", ["カタカナ", "テスト"]),
            ("x東y", ["x", "東", "y"]), ("한국어 단어", ["한국어", "단어"]), ("हिन्दी", ["हिन्दी"]),
            ("שָׁלוֹם", ["שלום"]), ("ＡＢＣ１２３", ["abc123"]), ("٣٫١٤ ٢", ["٣", "١٤", "٢"]),
            ("👩‍👩‍👧 smile😀face ☃️", ["smile", "face"]),
            ("co\u{AD}operate zero\u{200B}width", ["cooperate", "zero", "width"]),
            ("\u{301}\u{301} a", ["a"]), ("x\u{0}y", ["x", "y"]), ("l·l C++ C#", ["l·l", "c"]),
            ("Ⅷ ½ m²", ["ⅷ", "m"]), ("𝐀 𐐀", ["𝐀", "𐐨"]), ("\u{FEFF}bom \u{FFFD}", ["bom"]),
        ] as [(String, [String])])
    func golden(text: String, expected: [String]) {
        #expect(words(text) == expected)
    }

    @Test("English stems, as Snowball gives them")
    func stems() {
        #expect(words("running runs run", stemmer: .english) == ["run"])
        #expect(
            words("patient's patients’ relational generously", stemmer: .english) == ["patient", "relat", "generous"])
        #expect(words("The the THE of", stemmer: .english) == ["the", "of"])
    }

    @Test("a word is cut at 255 bytes, never inside a scalar")
    func longWords() {
        #expect(words(String(repeating: "a", count: 1 << 20)) == [String(repeating: "a", count: 255)])
        #expect(words(String(repeating: "ж", count: 1_000)) == [String(repeating: "ж", count: 127)])
        #expect(words("a" + String(repeating: "\u{0915}", count: 1_000)).map(\.utf8.count) == [253])
        #expect(words(String(repeating: "e\u{301}", count: 300)) == [String(repeating: "e", count: 255)])
    }

    @Test("letters fold as canonical decomposition without marks says")
    func folding() {
        for value in [0xC0...0x24F, 0x370...0x3FF, 0x400...0x4FF, 0x1E00...0x1EFF, 0x1F00...0x1FFF].joined() {
            guard let scalar = Unicode.Scalar(UInt32(value)), scalar.properties.isAlphabetic else { continue }
            let decomposed = String(scalar).decomposedStringWithCanonicalMapping
            #expect(words(String(scalar)) == words(decomposed), "U+\(String(value, radix: 16))")
            let base = decomposed.lowercased().decomposedStringWithCanonicalMapping.unicodeScalars
                .filter { $0.properties.generalCategory != .nonspacingMark }
            if decomposed.unicodeScalars.count > 1, scalar != "ǽ", base.count == 1,
                !"æøſ".unicodeScalars.contains(base[base.startIndex])
            {
                let wanted = String(String.UnicodeScalarView(base)).replacingOccurrences(of: "ς", with: "σ")
                #expect(words(String(scalar)) == [wanted], "U+\(String(value, radix: 16))")
            }
        }
    }

    @Test("any bytes are some text", arguments: UInt64(1)...4)
    func fuzz(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var index = BM25Index()
        var live = IDSet()
        for id in UInt32(1)...100 {
            let text = Self.hostileText(&random)
            var builder = BM25SegmentBuilder()
            builder.add(PassageID(id), document: PassageID(id), title: Self.hostileText(&random), text: text)
            live.insert(PassageID(id))
            index.append(builder.build())
            let snapshot = index.snapshot
            let query = snapshot.analyze(String(text.unicodeScalars.prefix(60).map(Character.init)))
            let result = try snapshot.search(query, k: 200, live: live)
            #expect(query.isEmpty || result.total >= 0)
            let count = text.unicodeScalars.count
            let highlighter = Highlighter(query: query)
            var last = 0
            for range in highlighter.ranges(in: text, limit: 50) {
                #expect(range.lowerBound >= last && range.upperBound <= count && !range.isEmpty)
                last = range.upperBound
            }
            let window = highlighter.excerpt(of: text, length: 20, limit: 0).window
            #expect(window.count <= 20 && window.upperBound <= count)
        }
    }

    private static func hostileText(_ random: inout SeededRandom) -> String {
        let count = Int.random(in: 0..<200, using: &random)
        if Bool.random(using: &random) {
            return String(decoding: (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }, as: UTF8.self)
        }
        let pool = Array("aé'’.:,_1٣ж東ひカ한\u{301}\u{200D}\u{FE0F}👩🏽\u{AD} \u{0}ﬁß𐐀\u{E0100}".unicodeScalars)
        var text = ""
        for _ in 0..<count {
            text.unicodeScalars.append(pool[Int.random(in: 0..<pool.count, using: &random)])
        }
        return text
    }
}

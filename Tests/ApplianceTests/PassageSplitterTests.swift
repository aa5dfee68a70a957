import Appliance
import TestKit
import Testing

@Suite struct PassageSplitterTests {
    /// Words, marks and lone scalars as the splitter counts them, found the slow way.
    private func units(_ text: String) -> Int {
        var count = 0
        var inWord = false
        for scalar in text.unicodeScalars {
            let isLone = scalar.value >= 0x3000
            let isWord =
                !isLone && (scalar.value >= 0x80 || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            let isSpace = scalar == " " || (0x09...0x0D).contains(scalar.value)
            if isWord ? !inWord : !isSpace { count += 1 }
            inWord = isWord
        }
        return count
    }

    private func expectPartition(_ text: String, _ pieces: [TextPiece]) {
        #expect(Array(pieces.map(\.text).joined().utf8) == Array(text.utf8), "joined in order they are the text")
        var position = 0
        for piece in pieces {
            #expect(piece.start == position)
            #expect(piece.end - piece.start == piece.text.unicodeScalars.count)
            position = piece.end
            #expect(units(piece.text) <= PassageSplitter.targetUnits)
        }
        #expect(position == text.unicodeScalars.count)
        #expect(pieces.count == 1 || pieces.allSatisfy { !$0.text.unicodeScalars.isEmpty })
    }

    @Test(arguments: UInt64(1)...60)
    func `pieces partition any text and keep their size`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let parts = [
            "word", "Größe", "e\u{301}", "don't", ".", ". ", "! ", "? ", "?", ",", "\n", "\r\n", "\n\n", " ", "\t",
            "# Title\n",
            "\n## Part\n", "漢字", "、", "。", "！", "👩‍👩‍👧", "🇩🇪", "ไทย", "\u{0}", "\u{FEFF}", "３", "한국어", "—", "1.5",
            String(repeating: "x", count: 3_000), String(repeating: "é", count: 1_500),
            String(repeating: "語", count: 400),
        ]
        // Long parts seldom, so that most texts are of ordinary shape.
        let text = (0..<Int.random(in: 0...1_500, using: &random)).map { _ in
            let isLong = Int.random(in: 0..<100, using: &random) == 0
            return (isLong ? parts.suffix(3) : parts.dropLast(3)).randomElement(using: &random) ?? ""
        }.joined(separator: seed % 2 == 0 ? " " : "")
        expectPartition(text, PassageSplitter().split(text))
    }

    /// The page of the first sign of a piece and the last heading line that begins at or before it, looked for from the
    /// start of the text each time.
    private func place(of piece: TextPiece, in text: String) -> (page: Int?, heading: String?) {
        let scalars = Array(text.unicodeScalars)
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || (0x09...0x0D).contains(scalar.value) }
        let first = scalars[piece.start..<piece.end].firstIndex { !isSpace($0) } ?? piece.end
        let page = scalars.contains("\u{0C}") ? 1 + scalars[..<first].count { $0 == "\u{0C}" } : nil
        var heading: String?
        var fence: Character?
        var start = 0
        while start <= piece.start, start < scalars.count {
            let end = scalars[start...].firstIndex(of: "\n") ?? scalars.count
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars[start..<end])
            let line = String(view)
            start = end + 1
            if line.hasPrefix("```") || line.hasPrefix("~~~") {
                if fence == nil { fence = line.first } else if fence == line.first { fence = nil }
            } else if fence == nil,
                let match = line.wholeMatch(
                    of: /#{1,6}[ \t](.*)/.matchingSemantics(.unicodeScalar).dotMatchesNewlines())
            {
                var words = String(match.1).unicodeScalars.map { $0 }
                while let last = words.last, last.value <= 0x20 { words.removeLast() }
                while let head = words.first, head.value <= 0x20 { words.removeFirst() }
                var kept = words
                while kept.last == "#" { kept.removeLast() }
                if kept.count < words.count, let last = kept.last, last.value <= 0x20 {
                    while let last = kept.last, last.value <= 0x20 { kept.removeLast() }
                    words = kept
                }
                var cut = String.UnicodeScalarView()
                cut.append(contentsOf: words.prefix(300))
                if !words.isEmpty { heading = String(cut) }
            }
        }
        return (page, heading)
    }

    @Test(arguments: UInt64(1)...60)
    func `every piece knows its page and heading`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let parts = [
            "word ", "a sentence of some words. ", "\n", "\n\n", "\n# Title\n", "\n## Part two ##\n", "\n#no heading\n",
            "\n####### seven\n", "\n#\n", "\n#  # #\n", "\n```\n", "\n~~~ python\n# comment\n", "\u{0C}", "\n\u{0C}",
            "\n\u{0C}# Page\n",
            "\n# Größe\r\n", "\n# " + String(repeating: "long ", count: 200) + "\n", "\n\u{0C}\n\u{0C}\n",
        ].filter { seed % 3 > 0 || !$0.contains("\u{0C}") }
        let text = (0..<Int.random(in: 0...400, using: &random)).map { _ in
            // Mostly words, as in a document.
            Int.random(in: 0..<3, using: &random) == 0 ? parts.randomElement(using: &random) ?? "" : parts[1]
        }.joined()
        for piece in PassageSplitter().split(text) + PassageSplitter().whole(text) {
            let expected = place(of: piece, in: text)
            #expect(piece.page == expected.page && piece.heading == expected.heading, "from \(piece.start)")
        }
    }

    @Test func `an empty text is one empty passage`() {
        #expect(PassageSplitter().split("") == [TextPiece(text: "", start: 0, end: 0)])
    }

    @Test(arguments: ["\n", " ", "\r\n", "\n \n"])
    func `white space alone is one passage`(unit: String) {
        let text = String(repeating: unit, count: 5_000)
        #expect(PassageSplitter().split(text).count == 1)
        expectPartition(text, PassageSplitter().split(text))
    }

    @Test func `a heading opens a passage unless the one before is short`() {
        let body = String(repeating: "one two three four five six seven eight nine ten. ", count: 6)
        let pieces = PassageSplitter().split("# A\n\(body)\n\n# B\n\(body)\n\n# C\nshort.\n\n# D\nshort.\n")
        #expect(pieces.map { $0.text.prefix(3) } == ["# A", "# B", "# C"])
    }

    @Test func `sentences stay whole where they fit`() {
        let sentence = "one two three four five six seven eight nine ten. "
        let pieces = PassageSplitter().split(String(repeating: sentence, count: 100))
        #expect(pieces.count > 1)
        #expect(pieces.dropLast().allSatisfy { $0.text.hasSuffix(". ") && $0.text.hasPrefix("one") })
    }

    @Test func `text without spaces is cut by size`() {
        let chinese = String(repeating: "法律规定数据保护的原则", count: 1_000)
        let pieces = PassageSplitter().split(chinese)
        #expect(pieces.allSatisfy { $0.end - $0.start <= PassageSplitter.targetUnits })
        expectPartition(chinese, pieces)
        let sentences = PassageSplitter().split(String(repeating: "这是一个句子。", count: 200))
        #expect(sentences.allSatisfy { $0.text.hasSuffix("。") }, "cut behind full stops")
    }

    @Test func `one long line without borders gives bounded passages`() {
        for unit in ["a", "ä"] {
            let text = String(repeating: unit, count: 300_000)
            let pieces = PassageSplitter().split(text)
            #expect(pieces.allSatisfy { $0.text.utf8.count <= PassageSplitter.longestRun + 4 })
            expectPartition(text, pieces)
        }
    }
}

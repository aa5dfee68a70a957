import BM25
import IndexCore
import TestKit
import Testing

/// Surface words that mark their rows among those of their term: whatever asks for their rows gets those that hold them.
@Suite struct WordMarksTests {
    private static let parameters = BM25Parameters(titleWeight: 0)
    private static let forms = ["tide", "tides", "tiding"]

    /// Passages most of which hold a form of one stem: the first in most of them, the last in few.
    private static func passages(_ random: inout SeededRandom, count: Int, from first: UInt32 = 1) -> [PlainPassage] {
        (0..<UInt32(count)).map { row in
            var words = ["moon"]
            for (form, share) in [(0, 6), (1, 3), (2, 1)] where Int.random(in: 0..<10, using: &random) < share {
                words.append(forms[form])
            }
            if Int.random(in: 0..<80, using: &random) == 0 { words.append("tided") }
            return PlainPassage(id: first + row, document: first + row, title: [], words: words)
        }
    }

    /// 130 rows, of which "tide" has the even ones, "tides" the odd ones.
    @Test func marksHaveTheseBytes() {
        let passages = (UInt32(0)..<130).map { row in
            PlainPassage(id: row, document: row, title: [], words: [row % 2 == 0 ? "tide" : "tides"])
        }
        let bytes = BM25Segment.of(passages, Self.parameters).bytes
        let even = [UInt8](repeating: 0x55, count: 16) + [1]
        let odd = [UInt8](repeating: 0xAA, count: 16) + [2]
        #expect(bytes["POST"].map { Array($0.suffix(34)) } == even + odd)
        // The block's starts are those of the term's postings' and positions' ends; then "tide" in 65 rows, marked, term 0,
        // 17 bytes; "tide" + "s" the same.
        let ends: [UInt8] = [UInt8((bytes["POST"]?.count ?? 0) - 34), 0, 0, 0, 0, 19, 0, 0, 0, 0]
        let words: [UInt8] = [4] + Array("tide".utf8) + [0x86, 2, 0, 17] + [0x41] + Array("s".utf8) + [0x86, 2, 0, 17]
        #expect(bytes["TERM"].map { Array($0.suffix(25)) } == ends + words)
        #expect(bytes["HEAD"]?.first == 3)
    }

    @Test(arguments: 0..<4)
    func rowsAreThoseOfTheDefinition(seed: UInt64) throws {
        var random = SeededRandom(seed: 500 + seed)
        let passages = Self.passages(&random, count: [127, 128, 300, 2_000][Int(seed)])
        let segment = BM25Segment.of(passages, Self.parameters)
        let inspection = SegmentInspection(segment)
        let naive = NaiveSegment(passages, Self.parameters)
        for word in Self.forms + ["tided"] {
            let expected = naive.postings[2][word]?.map(\.row)
            #expect(inspection.postings(of: word, field: 2)?.map(\.row) == expected)
        }
        // A question for the word itself finds just them.
        var index = BM25Index(parameters: Self.parameters)
        index.append(segment)
        var live = IDSet()
        for passage in passages { live.insert(PassageID(passage.id)) }
        for word in Self.forms {
            let found = try index.snapshot.search(.term(BM25Term(word, field: .surface)), k: 5_000, live: live)
            let expected = naive.postings[2][word]?.map { naive.rows[$0.row].id } ?? []
            #expect(found.hits.map(\.passage.rawValue).sorted() == expected)
        }
    }

    /// Deaths are counted by seeking each, while they are few, or by walking the rows.
    @Test(arguments: 0..<3)
    func theLivingAreCounted(seed: UInt64) {
        var random = SeededRandom(seed: 510 + seed)
        var passages = Self.passages(&random, count: 900)
        var index = BM25Index(parameters: Self.parameters)
        index.append(BM25Segment.of(passages, Self.parameters))
        for count in [1, 5, 12, 300] {
            for _ in 0..<count {
                let place = Int.random(in: passages.indices, using: &random)
                let id = passages.remove(at: place).id
                index.remove(id..<id + 1)
            }
            for word in Self.forms {
                let expected = passages.count { $0.words.contains(word) }
                #expect(index.snapshot.liveDocumentFrequency(of: word, field: 2) == expected)
            }
        }
    }

    /// Segments that mark their rows, others that have lists, and dead rows, joined in the order of ids or another.
    @Test(arguments: 0..<6)
    func aMergeMarksAnew(seed: UInt64) throws {
        var random = SeededRandom(seed: 520 + seed)
        var index = BM25Index(parameters: Self.parameters)
        var passages: [PlainPassage] = []
        var live = IDSet()
        for count in [400, 30, 250, 3] {
            let new = Self.passages(&random, count: count, from: (passages.last?.id ?? 0) + 1)
            index.append(BM25Segment.of(new, Self.parameters))
            for passage in new { live.insert(PassageID(passage.id)) }
            passages += new
        }
        if seed % 2 == 1 {
            for _ in 0..<60 {
                let id = passages.remove(at: Int.random(in: passages.indices, using: &random)).id
                live.remove(id..<id + 1)
                index.remove(id..<id + 1)
            }
        }
        let due = index.flushPlan()
        let plan = try #require(due)
        let written = try plan.run(live: live, reorderingFrom: seed < 2 ? 1 : 1_000)
        let merged = try #require(written)
        let inspection = SegmentInspection(merged)
        let ids = inspection.rows.map(\.id)
        for word in Self.forms + ["tided"] {
            let found = (inspection.postings(of: word, field: 2) ?? []).map { ids[$0.row] }
            #expect(found.sorted() == passages.filter { $0.words.contains(word) }.map(\.id))
        }
        if seed >= 2 { #expect(merged.bytes == BM25Segment.of(passages, Self.parameters).bytes) }
    }
}

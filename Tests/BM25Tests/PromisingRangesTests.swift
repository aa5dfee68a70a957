import BM25
import IndexCore
import TestKit
import Testing

/// Questions with so many postings that the ranges of rows which promise most are looked through first: answers are those of
/// looking at every row, which counting all matches does.
@Suite struct PromisingRangesTests {
    private static let words = (0..<24).map { "w\(Character(Unicode.Scalar(UInt8(97 + $0))))q" }
    private static let passageCount: UInt32 = 24_000

    /// Passages whose words come in waves, so that some ranges have more of a question than others; documents of one to
    /// three.
    private static let segment: BM25Segment = {
        var random = SeededRandom(seed: 600)
        var passages: [PlainPassage] = []
        var document: UInt32 = 0
        for id in UInt32(0)..<passageCount {
            if Int.random(in: 0..<2, using: &random) == 0 || id - document > 1 { document = id }
            let crest = Int(id) / 500 % words.count
            var text: [String] = []
            for (number, word) in words.enumerated() {
                let distance = (number - crest + words.count) % words.count
                let share = distance < 4 ? 70 : 4 + number
                while Int.random(in: 0..<100, using: &random) < share, text.count < 60 { text.append(word) }
            }
            passages.append(PlainPassage(id: id, document: document, title: [], words: text))
        }
        return BM25Segment.of(passages, BM25Parameters(titleWeight: 0))
    }()

    @Test(arguments: 0..<6)
    func answersAreThoseOfLookingAtEveryRow(seed: UInt64) throws {
        var random = SeededRandom(seed: 610 + seed)
        var index = BM25Index(parameters: BM25Parameters(titleWeight: 0))
        index.append(Self.segment)
        var live = IDSet()
        live.insert(0..<Self.passageCount)
        if seed % 2 == 1 {
            for _ in 0..<900 {
                let id = UInt32.random(in: 0..<Self.passageCount, using: &random)
                live.remove(id..<id + 1)
                index.remove(id..<id + 1)
            }
        }
        var filter: IDSet?
        if seed % 3 == 2 {
            var some = IDSet()
            for id in 0..<Self.passageCount where Int.random(in: 0..<20, using: &random) == 0 {
                some.insert(PassageID(id))
            }
            filter = some
        }
        let snapshot = index.snapshot
        for count in [6, 9, 14, 24] {
            let asked = Array(Self.words.shuffled(using: &random).prefix(count))
            let postings = asked.reduce(0) { $0 + snapshot.liveDocumentFrequency(of: $1, field: 0) }
            if count >= 14 { #expect(postings >= 65_536) }
            let question = snapshot.analyze(asked.joined(separator: " "))
            for k in [1, 10, 40] {
                let found = try snapshot.search(question, k: k, live: live, filter: filter)
                let all = try snapshot.search(question, k: k, live: live, filter: filter, countsAll: true)
                #expect(found.hits == all.hits)
                #expect(found.hits.count == k)
            }
        }
    }
}

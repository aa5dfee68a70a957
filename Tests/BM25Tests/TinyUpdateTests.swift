import BM25
import IndexCore
import TestKit
import Testing

/// Segments of one document, joined again and again, against segments and an index built at once.
@Suite struct TinyUpdateTests {
    @Test(arguments: 0..<6)
    func everyJoinHasTheBytesOfAFreshBuild(seed: UInt64) throws {
        var random = SeededRandom(seed: 700 + seed)
        let parameters = BM25Parameters(titleWeight: Int(seed % 3), surfaceWords: seed != 5)
        var index = BM25Index(parameters: parameters)
        var live = IDSet()
        var passages: [PlainPassage] = []
        var next: UInt32 = 1
        var checked: Set<ClosedRange<UInt32>> = []
        var joined = 0
        for step in 0..<260 {
            let new = Self.document(&random, from: next, vocabulary: seed < 3 ? 30 : 3_000)
            next = (new.last?.id ?? next) + 1
            for passage in new { live.insert(PassageID(passage.id)) }
            passages += new
            index.append(BM25Segment.of(new, parameters), live: live)
            // Some documents go again, mostly young ones: their segments are joined without them.
            if seed % 2 == 1, Int.random(in: 0..<4, using: &random) == 0 {
                let victim = passages[max(0, passages.count - Int.random(in: 1...30, using: &random))].document
                let ids = passages.filter { $0.document == victim }.map(\.id)
                guard let first = ids.first, let last = ids.last else { continue }
                passages.removeAll { $0.document == victim }
                live.remove(first..<last + 1)
                index.remove(first..<last + 1)
            }
            #expect(index.memorySegments.count <= 8)
            for segment in index.memorySegments where checked.insert(segment.idRange).inserted {
                let inside = passages.filter { segment.idRange.contains($0.id) }
                guard inside.count == segment.passageCount else { continue }
                #expect(segment.bytes == BM25Segment.of(inside, parameters).bytes)
                joined += inside.count > 3 ? 1 : 0
            }
            if step % 40 == 39 { try Self.compare(index, passages, live, &random) }
        }
        #expect(joined > 20)
    }

    /// A document of one to three passages: words of all lengths, and now and then a text long enough for positions of
    /// many bits.
    private static func document(_ random: inout SeededRandom, from first: UInt32, vocabulary: Int) -> [PlainPassage] {
        let count = Int.random(in: 1...3, using: &random)
        let length = Int.random(in: 0..<12, using: &random) == 0 ? 900 : 40
        return PlainPassage.random(
            &random, count: count, from: first, words: 0...length, vocabulary: vocabulary, gaps: false
        ).map { passage in
            var passage = passage
            passage.document = first
            passage.words = passage.words.map { $0.utf8.count % 3 == 0 ? "counterrevolution" + $0 : $0 }
            return passage
        }
    }

    /// Every word's documents and scores, to the last bit.
    private static func compare(
        _ index: BM25Index, _ passages: [PlainPassage], _ live: IDSet, _ random: inout SeededRandom
    ) throws {
        var fresh = BM25Index(parameters: index.parameters)
        fresh.append(BM25Segment.of(passages, index.parameters))
        let (snapshot, expected) = (index.snapshot, fresh.snapshot)
        #expect(snapshot.statistics == expected.statistics)
        for _ in 0..<40 {
            guard let passage = passages.randomElement(using: &random), !passage.words.isEmpty else { continue }
            let start = Int.random(in: 0..<passage.words.count, using: &random)
            let words = passage.words[start...].prefix(3).joined(separator: " ")
            let terms = snapshot.analyze(words).terms
            let questions: [BM25Expression] = [
                .boolean(should: terms.map { .term(BM25Term($0)) }),
                .phrase(
                    .combined, terms.enumerated().map { PhraseTerm($0.element, position: UInt32($0.offset)) }, slop: 1),
            ]
            for question in questions {
                let hits = try snapshot.search(question, k: 20, live: live).hits
                let wanted = try expected.search(question, k: 20, live: live).hits
                #expect(hits == wanted)
                #expect(hits.map(\.score.bitPattern) == wanted.map(\.score.bitPattern))
            }
        }
    }
}

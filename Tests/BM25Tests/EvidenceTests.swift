import BM25
import Glibc
import IndexCore
import TestKit
import Testing

@Suite("Evidence for fusion")
struct EvidenceTests {
    private func collection(_ texts: [String]) -> (index: BM25Index, live: IDSet) {
        var index = BM25Index()
        var live = IDSet()
        for (place, text) in texts.enumerated() {
            let id = PassageID(UInt32(place + 1))
            var builder = BM25SegmentBuilder(parameters: BM25Parameters())
            builder.add(id, document: id, title: "", text: text)
            live.insert(id.rawValue..<id.rawValue + 1)
            index.append(builder.build(), live: live)
        }
        return (index, live)
    }

    private let texts = [
        "apple pear", "apple plum", "apple", "fig plum", "fig pear apple", "quince", "medlar quince", "apple fig",
    ]

    private func idf(_ frequency: Double, of count: Double) -> Double {
        log(1 + (count - frequency + 0.5) / (frequency + 0.5))
    }

    @Test("noise and reach follow from the document frequencies, unknown words reach too")
    func words() throws {
        let snapshot = collection(texts).index.snapshot
        let evidence = try snapshot.prepare(snapshot.analyze("apple fig zebra apple")).evidence(of: [])
        let (apple, fig) = (idf(5, of: 8), idf(3, of: 8))
        #expect(abs(evidence.noise - (apple * apple * 5 / 8 + fig * fig * 3 / 8).squareRoot()) < 1e-6)
        #expect(abs(evidence.attainable - (apple + fig + idf(0, of: 8))) < 1e-6)
    }

    @Test("deaths count at once")
    func deaths() throws {
        var (index, live) = collection(texts)
        live.remove(3..<4)
        index.remove(3..<4)
        let evidence = try index.snapshot.prepare(index.snapshot.analyze("apple")).evidence(of: [])
        #expect(abs(evidence.attainable - idf(4, of: 7)) < 1e-6)
    }

    @Test("a phrase is one term, what is excluded is none, a boost multiplies")
    func trees() throws {
        let snapshot = collection(texts).index.snapshot
        let (apple, pear, fig) = (idf(5, of: 8), idf(2, of: 8), idf(3, of: 8))
        let phrase = BM25Expression.phrase(
            .combined, [PhraseTerm("appl", position: 0), PhraseTerm("pear", position: 1)], slop: 0)
        let expression = BM25Expression.boolean(
            must: [], should: [phrase, .boost(.term(BM25Term("fig")), 2)], mustNot: [.term(BM25Term("plum"))],
            minimumShouldMatch: 1)
        let evidence = try snapshot.prepare(expression).evidence(of: [])
        let whole = apple + pear
        #expect(abs(evidence.attainable - (whole + 2 * fig)) < 1e-6)
        #expect(abs(evidence.noise - (whole * whole * 2 / 8 + 4 * fig * fig * 3 / 8).squareRoot()) < 1e-6)
    }

    @Test("scores are those of a search, bit for bit", arguments: 0..<10)
    func scores(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed) + 31)
        var collection = RandomCollection()
        for _ in 0..<6 { collection.append(documentCount: 20, isReferenced: false, &random) }
        for _ in 0..<15 { collection.removeDocument(&random) }
        let snapshot = collection.index.snapshot
        let query = snapshot.analyze(randomText(&random, words: 1...6, vocabulary: 60))
        let found = try snapshot.search(query, k: 1_000, live: collection.live)
        let evidence = try snapshot.prepare(query).evidence(of: found.hits.map(\.passage))
        #expect(evidence.scores == found.hits.map { $0.score })
    }

    @Test("passages are found whatever the gaps between their ids", arguments: 0..<6)
    func gaps(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed) + 77)
        var builder = BM25SegmentBuilder(parameters: BM25Parameters())
        var live = IDSet()
        var id: UInt32 = 5
        for _ in 0..<1_500 {
            builder.add(
                PassageID(id), document: PassageID(id), title: "",
                text: randomText(&random, words: 1...8, vocabulary: 30))
            live.insert(id..<id + 1)
            // Without gaps, with small ones, with great ones now and then.
            let isGap = Int.random(in: 0..<100, using: &random) < [0, 3, 50, 100, 2, 90][seed]
            id += isGap ? UInt32.random(in: 1...[1, 400, 3, 2, 100_000, 9][seed], using: &random) : 1
        }
        var index = BM25Index()
        index.append(builder.build(), live: live)
        let query = index.snapshot.analyze("w0 w1 w7 w29")
        let found = try index.snapshot.search(query, k: 1_500, live: live).hits
        let scores = Dictionary(uniqueKeysWithValues: found.map { ($0.passage.rawValue, $0.score) })
        for share in [1, 7, 300] {
            var asked = (0..<2_000).map { _ in UInt32.random(in: 0...id, using: &random) } + Array(scores.keys)
            asked = Set(asked).filter { _ in Int.random(in: 0..<share, using: &random) == 0 }.sorted()
            let evidence = try index.snapshot.prepare(query).evidence(of: asked.map { PassageID($0) })
            #expect(evidence.scores == asked.map { scores[$0] })
        }
    }

    @Test("nobody has any of it: no noise, and nothing to score")
    func nothing() throws {
        let snapshot = BM25Index().snapshot
        let evidence = try snapshot.prepare(snapshot.analyze("apple")).evidence(of: [PassageID(1)])
        #expect(evidence.noise == 0)
        #expect(evidence.scores == [nil])
    }
}

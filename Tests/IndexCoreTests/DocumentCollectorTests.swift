import IndexCore
import TestKit
import Testing

@Suite struct DocumentCollectorTests {
    /// Sorts everything, then takes each document's first hit.
    private func oracle(_ hits: [DocumentHit], k: Int) -> [DocumentHit] {
        let sorted = hits.sorted {
            if $0.score != $1.score { return $0.score > $1.score }
            return $0.document != $1.document ? $0.document < $1.document : $0.passage < $1.passage
        }
        var seen = Set<PassageID>()
        return Array(sorted.filter { seen.insert($0.document).inserted }.prefix(k))
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func agreesWithSorting(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let k = [1, 2, 3, 7, 10, 50, 100, 333][Int(seed % 8)]
        let documentCount = [1, 5, 40, 400, 3_000][Int(seed % 5)]
        let distinctScores = [2, 10, 100_000][Int(seed % 3)]  // few scores: many ties
        var hits = (0..<2_000).map { _ in
            let document = UInt32.random(in: 0..<UInt32(documentCount), using: &random) * 8
            return DocumentHit(
                document: PassageID(document), passage: PassageID(document + UInt32.random(in: 0..<8, using: &random)),
                score: Float(Int.random(in: 0..<distinctScores, using: &random)) - 1)
        }
        if seed % 4 == 0 {  // consecutive passages, as a scan meets them
            hits.sort { $0.passage < $1.passage }
        }
        var collector = DocumentCollector(k: k)
        var previous = -Float.infinity
        for (index, hit) in hits.enumerated() {
            collector.insert(hit)
            #expect(collector.threshold >= previous)
            previous = collector.threshold
            if index % 400 == 399 {
                let expected = oracle(Array(hits[...index]), k: k)
                #expect(collector.threshold == (expected.count == k ? expected.last?.score : -.infinity))
                #expect(collector.count == expected.count)
            }
        }
        #expect(collector.finish() == oracle(hits, k: k))
    }

    @Test(arguments: [true, false])
    func monotoneScoresAgreeWithSorting(ascending: Bool) {
        let hits = (0..<5_000 as Range<UInt32>).map { id in
            DocumentHit(
                document: PassageID(id / 3), passage: PassageID(id), score: ascending ? Float(id) : -Float(id))
        }
        var collector = DocumentCollector(k: 100)
        hits.forEach { collector.insert($0) }
        #expect(collector.finish() == oracle(hits, k: 100))
    }

    @Test func `a collector of nothing keeps nothing`() {
        var collector = DocumentCollector(k: 0)
        collector.insert(DocumentHit(document: PassageID(1), passage: PassageID(1), score: .infinity))
        #expect(collector.finish().isEmpty)
    }

    @Test func `a score that is not a number is not kept`() {
        var collector = DocumentCollector(k: 2)
        collector.insert(DocumentHit(document: PassageID(1), passage: PassageID(1), score: .nan))
        collector.insert(DocumentHit(document: PassageID(2), passage: PassageID(2), score: -1))
        #expect(collector.finish().map(\.document) == [PassageID(2)])
    }
}

@Suite struct TopKTests {
    @Test(arguments: 0..<20 as Range<UInt64>)
    func agreesWithSorting(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let k = Int(seed * 7 % 50)
        let entries = (0..<500).map { (id: $0, score: Float(Int.random(in: 0..<60, using: &random))) }
        var top = TopK<Int>(k: k)
        for entry in entries.shuffled(using: &random) {
            top.insert(entry.id, score: entry.score)
        }
        let expected = entries.sorted { $0.score != $1.score ? $0.score > $1.score : $0.id < $1.id }.prefix(k)
        #expect(top.threshold == (k > 0 ? expected.last?.score : .infinity))
        #expect(top.finish().map(\.id) == expected.map(\.id))
    }
}

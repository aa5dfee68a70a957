import HNSW
import IndexCore
import TestKit
import Testing

@Suite struct ScanTests {
    @Test(arguments: [UInt64(1), 2, 3], [1, 3, 17])
    func theDeltaIsAnsweredExactly(seed: UInt64, dimension: Int) throws {
        // Low dimensions and equal vectors: coarse codes and many ties.
        let fixture = VectorFixture(count: 700, dimension: dimension, passagesPerDocument: 3, seed: seed)
        let snapshot = try fixture.index(segmentCount: 0).snapshot
        var random = SeededRandom(seed: seed)
        for k in [1, 5, 50, 1_000] {
            let query = fixture.query(&random)
            let expected = fixture.oracle(query, k: k) { _ in true }
            #expect(try snapshot.search(query, k: k, live: fixture.live) == expected)
            #expect(try snapshot.exactSearch(query, k: k, live: fixture.live) == expected)
        }
    }

    @Test(arguments: [UInt64(4), 5])
    func scansEqualExactSearchUnderFiltersAndDeletions(seed: UInt64) throws {
        let fixture = VectorFixture(count: 3_000, dimension: 100, passagesPerDocument: 2, seed: seed)
        let snapshot = try fixture.index(segmentCount: 2_000, parameters: HNSWParameters()).snapshot
        var random = SeededRandom(seed: seed)
        for share in [0, 1, 20, 400, 1_000] {
            var live = fixture.live
            var filter = IDSet()
            for passage in 0..<UInt32(fixture.count) {
                if random.unit() < 0.2 {
                    live.remove(PassageID(passage))
                }
                if Int.random(in: 0..<1_000, using: &random) < share {
                    filter.insert(PassageID(passage))
                }
            }
            filter.insert(PassageID(1_000_000))  // a filter may name passages without a vector
            let query = fixture.query(&random)
            let expected = fixture.oracle(query, k: 20) { live.contains($0) && filter.contains($0) }
            #expect(try snapshot.search(query, k: 20, live: live, filter: filter) == expected)
            #expect(try snapshot.exactSearch(query, k: 20, live: live, filter: filter) == expected)
        }
    }

    @Test func `equal vectors of many documents are answered by document id`() throws {
        var index = VectorIndex(dimension: 4)
        for id in 0..<600 as Range<UInt32> {
            try index.append(PassageID(id), document: PassageID(id), vector: [1, 2, 3, 4])
        }
        var live = IDSet()
        live.insert(0..<600)
        live.remove(PassageID(0))
        let hits = try index.snapshot.search([1, 2, 3, 4], k: 5, live: live)
        #expect(hits.map(\.document.rawValue) == [1, 2, 3, 4, 5])
        #expect(hits.allSatisfy { abs($0.score - 1) < 1e-6 })
    }

    @Test func vectorsOfAnyLengthAreComparedByDirection() throws {
        var index = VectorIndex(dimension: 2)
        try index.append(PassageID(0), document: PassageID(0), vector: [3e38, 3e38])
        try index.append(PassageID(1), document: PassageID(1), vector: [.leastNormalMagnitude / 4, 0])
        var live = IDSet()
        live.insert(0..<2)
        let hits = try index.snapshot.search([1e-30, 1e-30], k: 2, live: live)
        #expect(hits.map(\.document.rawValue) == [0, 1])
        #expect(abs(hits[0].score - 1) < 1e-6 && abs(hits[1].score - Float(0.5).squareRoot()) < 1e-6)
    }
}

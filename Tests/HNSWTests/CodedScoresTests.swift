import HNSW
import IndexCore
import TestKit
import Testing

/// What is left unscored because of its code is not among the best: walks that keep every row, beside scoring each one.
@Suite struct CodedScoresTests {
    private static let count = 2_000
    private static let k = 10
    private static let questions = 60

    private func mayMiss(_ missed: Int) -> Bool {
        // Of 600 answers; four deviations leave less than one in ten thousand.
        missed <= 1
    }

    @Test(arguments: VectorMetric.allCases, TraversalCodes.allCases)
    func noneOfTheBestIsLeftOut(metric: VectorMetric, codes: TraversalCodes) throws {
        for passagesPerDocument in [1, 3] {
            let fixture = VectorFixture(
                count: Self.count, dimension: 72, passagesPerDocument: passagesPerDocument, seed: 131)
            let index = try fixture.index(
                segmentCount: Self.count, parameters: HNSWParameters(metric: metric, codes: codes, graphThreshold: 1))
            var random = SeededRandom(seed: 132)
            var missed = 0
            for _ in 0..<Self.questions {
                let query = fixture.query(&random)
                let exact = try index.snapshot.exactSearch(query, k: Self.k, live: fixture.live)
                let found = try index.snapshot.search(
                    query, k: Self.k, ef: Self.count, live: fixture.live, path: .sweep)
                #expect(found.count == Self.k)
                missed += exact.count { !found.contains($0) }
            }
            #expect(mayMiss(missed), "\(missed) missed with \(passagesPerDocument) passages a document")
        }
    }

    @Test(arguments: VectorMetric.allCases, TraversalCodes.allCases)
    func theBareLoopLeavesNoneOut(metric: VectorMetric, codes: TraversalCodes) throws {
        let fixture = VectorFixture(count: Self.count, dimension: 72, seed: 133)
        let index = try fixture.index(
            segmentCount: Self.count, parameters: HNSWParameters(metric: metric, codes: codes, graphThreshold: 1))
        let segment = try #require(index.segment)
        var random = SeededRandom(seed: 134)
        var missed = 0
        for _ in 0..<Self.questions {
            let query = ExactNeighbors.normalized(fixture.query(&random))
            let exact = try index.snapshot.exactSearch(query, k: Self.k, live: fixture.live)
            var passages = [UInt32](repeating: .max, count: Self.k)
            let found = segment.nearest(query, k: Self.k, ef: Self.count, rescored: Self.count, into: &passages).found
            #expect(found == Self.k)
            missed += exact.count { !passages.contains($0.passage.rawValue) }
        }
        #expect(mayMiss(missed), "\(missed) missed")
    }
}

import HNSW
import IndexCore
import TestKit
import Testing

@Suite struct CompletionTests {
    @Test(arguments: [0, 1, 900, 2_000] as [Int])
    func similaritiesAreTheScoresOfASearch(segmentCount: Int) throws {
        let fixture = VectorFixture(count: 2_000, passagesPerDocument: 1, seed: 81)
        let snapshot = try fixture.index(segmentCount: segmentCount).snapshot
        var random = SeededRandom(seed: 82)
        for _ in 0..<5 {
            let query = fixture.query(&random)
            let all = try snapshot.exactSearch(query, k: fixture.count, live: fixture.live)
            let scores = Dictionary(uniqueKeysWithValues: all.map { ($0.passage, $0.score) })
            let asked = (0..<2_400 as Range<UInt32>).filter { _ in random.unit() < 0.1 }.map { PassageID($0) }
            let found = try snapshot.similarities(of: asked, to: query)
            #expect(found == asked.map { scores[$0] })
            #expect(found.contains { $0 == nil } && found.contains { $0 != nil })
            let graph = try snapshot.search(query, k: 10, live: fixture.live)
            let ids = graph.map(\.passage).sorted()
            let completed = zip(ids, try snapshot.similarities(of: ids, to: query))
            #expect(completed.allSatisfy { id, score in graph.contains { $0.passage == id && $0.score == score } })
        }
    }

    @Test(arguments: VectorMetric.allCases)
    func everyMetricHasItsOwn(metric: VectorMetric) throws {
        let fixture = VectorFixture(count: 800, seed: 86)
        var parameters = HNSWParameters.graphOnly
        parameters.metric = metric
        let snapshot = try fixture.index(segmentCount: 600, parameters: parameters).snapshot
        var random = SeededRandom(seed: 87)
        let query = fixture.query(&random)
        let all = try snapshot.exactSearch(query, k: 800, live: fixture.live)
        let asked = all.map(\.passage).sorted()
        let scores = Dictionary(uniqueKeysWithValues: all.map { ($0.passage, $0.score) })
        #expect(try snapshot.similarities(of: asked, to: query) == asked.map { scores[$0] })
        #expect(try snapshot.search(query, k: 800, live: fixture.live) == all)
    }

    @Test func passagesInAnyOrderOfArrivalAreFound() throws {
        let fixture = VectorFixture(count: 1_500, seed: 83)
        var index = VectorIndex(dimension: fixture.dimension)
        var random = SeededRandom(seed: 84)
        for passage in (0..<fixture.count).shuffled(using: &random) {
            let id = PassageID(UInt32(passage * 2))
            try index.append(id, document: id, vector: fixture.vectors[passage])
        }
        let query = fixture.query(&random)
        let asked = (0..<3_000 as Range<UInt32>).map { PassageID($0) }
        let found = try index.snapshot.similarities(of: asked, to: query)
        let unit = ExactNeighbors.normalized(query)
        for (id, score) in zip(asked, found) {
            let vector = id.rawValue % 2 == 0 ? fixture.vectors[Int(id.rawValue / 2)] : nil
            #expect(score == vector.map { VectorKernelsReference.score(unit, ExactNeighbors.normalized($0)) })
        }
    }

    @Test func vectorsComeBackAtUnitLength() throws {
        let fixture = VectorFixture(count: 600, seed: 85)
        let snapshot = try fixture.index(segmentCount: 500).snapshot
        let asked = [0, 499, 500, 599, 600].map { PassageID($0) }
        let found = snapshot.vectors(of: asked)
        #expect(
            found
                == asked.map { id in
                    id.rawValue < 600 ? ExactNeighbors.normalized(fixture.vectors[Int(id.rawValue)]) : nil
                })
        #expect(snapshot.vectors(of: []).isEmpty)
    }

    @Test func theHighestIdIsNoTrouble() throws {
        var index = VectorIndex(dimension: 2)
        for id in [UInt32.max - 1, .max] {
            try index.append(PassageID(id), document: PassageID(id), vector: [1, Float(id & 1)])
        }
        let asked = [0, UInt32.max - 1, .max].map { PassageID($0) }
        let found = try index.snapshot.similarities(of: asked, to: [1, 0])
        #expect(found[0] == nil && found[1] == 1 && found[2] != nil)
        #expect(throws: HNSWError.zeroVector) { try index.snapshot.similarities(of: asked, to: [0, 0]) }
    }
}

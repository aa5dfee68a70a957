import HNSW
import IndexCore
import TestKit
import Testing

/// Filters from few to all passages, drawn at random, near the question and far from it.
@Suite struct FilterTests {
    private static let fixture = VectorFixture(count: 6_000, dimension: 32, passagesPerDocument: 2, seed: 91)
    private static let index = Result { try fixture.index(segmentCount: 5_700) }
    private static var snapshot: VectorSnapshot {
        get throws { try index.get().snapshot }
    }

    enum Kind: CaseIterable { case random, near, far }

    private static func filter(
        _ kind: Kind, _ share: Double, _ query: [Float], _ random: inout SeededRandom
    ) throws -> IDSet {
        let count = Int(share * Double(fixture.count))
        var set = IDSet()
        guard kind != .random else {
            for id in (0..<UInt32(fixture.count)).shuffled(using: &random).prefix(count) { set.insert(PassageID(id)) }
            return set
        }
        let scores = try snapshot.similarities(of: (0..<UInt32(fixture.count)).map { PassageID($0) }, to: query)
        let order = scores.indices.sorted { (scores[$0] ?? 0) > (scores[$1] ?? 0) }
        for id in kind == .near ? order.prefix(count) : order.suffix(count) { set.insert(PassageID(UInt32(id))) }
        return set
    }

    @Test(arguments: [0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 0.9, 1], Kind.allCases)
    func `enough of the truth is found whatever passes`(share: Double, kind: Kind) throws {
        var random = SeededRandom(seed: 92)
        let live = Self.fixture.live
        var recall = 0.0
        let rounds = 12
        for _ in 0..<rounds {
            let query = Self.fixture.query(&random)
            let filter = try Self.filter(kind, share, query, &random)
            let truth = try Self.snapshot.exactSearch(query, k: 10, live: live, filter: filter)
            let found = try Self.snapshot.search(query, k: 10, live: live, filter: filter)
            #expect(truth == Self.fixture.oracle(query, k: 10) { filter.contains($0) })
            #expect(found.count == truth.count)
            #expect(found.allSatisfy { filter.contains($0.passage) })
            #expect(Set(found.map(\.document)).count == found.count)
            recall += ExactNeighbors.recall(of: found.map(\.document), expected: truth.map(\.document))
            // A scan misses nothing, whether its rows are listed or go by in order.
            #expect(try Self.snapshot.search(query, k: 10, live: live, filter: filter, path: .scan) == truth)
        }
        #expect(recall / Double(rounds) >= 0.95)
    }

    @Test func `a walk that goes astray becomes a scan`() throws {
        var random = SeededRandom(seed: 93)
        for _ in 0..<10 {
            let query = Self.fixture.query(&random)
            // Half of all, the half that no path from the question leads to soon: planned as a walk.
            let filter = try Self.filter(.far, 0.5, query, &random)
            let truth = try Self.snapshot.exactSearch(query, k: 10, live: Self.fixture.live, filter: filter)
            let found = try Self.snapshot.search(query, k: 10, live: Self.fixture.live, filter: filter)
            #expect(found == truth)
        }
    }

    private static let wide = VectorFixture(count: 20_000, dimension: 64, clusters: 4_000, seed: 97)

    @Test(arguments: [TraversalCodes.int8, .int4], [VectorMetric.cosine, .euclidean])
    func `codes that cannot tell what passes are not believed`(codes: TraversalCodes, metric: VectorMetric) throws {
        let fixture = Self.wide
        var parameters = HNSWParameters.graphOnly
        parameters.codes = codes
        parameters.metric = metric
        let index = try fixture.index(segmentCount: fixture.count, parameters: parameters)
        for share in [0.95, 0.98, 0.99] {
            #expect(try recallBeyondTheNearest(share, index) >= 0.95)
        }
    }

    @Test(arguments: VectorMetric.allCases)
    func `floats are walked for again where the nearest do not pass`(metric: VectorMetric) throws {
        let fixture = Self.wide
        var parameters = HNSWParameters.graphOnly
        parameters.codes = .float32
        parameters.metric = metric
        let index = try fixture.index(segmentCount: fixture.count, parameters: parameters)
        // One walk finds .67 to .75.
        #expect(try recallBeyondTheNearest(0.995, ef: 12, index) >= 0.95)
    }

    /// Recall where the nearest of all are what does not pass: the best that do lie in a shell where many are as near.
    private func recallBeyondTheNearest(_ share: Double, ef: Int? = nil, _ index: VectorIndex) throws -> Double {
        let fixture = Self.wide
        var random = SeededRandom(seed: 98)
        var recall = 0.0
        for _ in 0..<10 {
            let query = fixture.query(&random)
            var filter = fixture.live
            let nearest = try index.snapshot.exactSearch(
                query, k: Int((1 - share) * Double(fixture.count)), live: fixture.live)
            for hit in nearest { filter.remove(hit.passage) }
            let truth = try index.snapshot.exactSearch(query, k: 10, live: fixture.live, filter: filter)
            let found = try index.snapshot.search(query, k: 10, ef: ef, live: fixture.live, filter: filter)
            recall += ExactNeighbors.recall(of: found.map(\.document), expected: truth.map(\.document))
        }
        return recall / 10
    }

    @Test func `the dead count as passages that do not pass`() throws {
        var random = SeededRandom(seed: 94)
        for share in [0.01, 0.1, 0.4] {
            let query = Self.fixture.query(&random)
            let live = try Self.filter(.random, share, query, &random)
            let filter = try Self.filter(.random, 0.7, query, &random)
            let truth = try Self.snapshot.exactSearch(query, k: 10, live: live, filter: filter)
            let found = try Self.snapshot.search(query, k: 10, live: live, filter: filter)
            #expect(truth == Self.fixture.oracle(query, k: 10) { live.contains($0) && filter.contains($0) })
            #expect(ExactNeighbors.recall(of: found.map(\.document), expected: truth.map(\.document)) >= 0.9)
        }
    }

    @Test func `passages whose ids have gaps are found in a list`() throws {
        let fixture = VectorFixture(count: 2_000, dimension: 16, seed: 95)
        var index = VectorIndex(dimension: 16, parameters: .graphOnly)
        var random = SeededRandom(seed: 96)
        var ids: [PassageID] = []
        var next: UInt32 = 7
        var live = IDSet()
        for vector in fixture.vectors {
            // Runs without a gap, and gaps of every size.
            next += random.unit() < 0.9 ? 1 : UInt32.random(in: 1..<500, using: &random)
            try index.append(PassageID(next), document: PassageID(next), vector: vector)
            ids.append(PassageID(next))
            live.insert(PassageID(next))
        }
        let merge = index.merge(live: live)
        index.install(try merge.run().segment, from: merge)
        for share: Float in [0.01, 0.3] {
            var filter = IDSet()
            for id in 0..<next + 100 where random.unit() < share { filter.insert(PassageID(id)) }
            let query = fixture.query(&random)
            let truth = try index.snapshot.exactSearch(query, k: 20, live: live, filter: filter)
            #expect(try index.snapshot.search(query, k: 20, live: live, filter: filter, path: .scan) == truth)
            let asked = (0..<next + 100).map { PassageID($0) }.filter { filter.contains($0) }
            let found = try index.snapshot.similarities(of: asked, to: query)
            #expect(zip(asked, found).allSatisfy { live.contains($0) == ($1 != nil) })
        }
    }
}

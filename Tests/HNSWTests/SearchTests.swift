import HNSW
import IndexCore
import TestKit
import Testing

@Suite struct SearchTests {
    /// Mean share of the exact answer's documents that the search found.
    private func recall(
        _ snapshot: VectorSnapshot, _ fixture: VectorFixture, k: Int, ef: Int? = nil, live: IDSet, filter: IDSet? = nil
    ) throws -> Double {
        var random = SeededRandom(seed: 41)
        var sum = 0.0
        for _ in 0..<50 {
            let query = fixture.query(&random)
            let found = try snapshot.search(query, k: k, ef: ef, live: live, filter: filter)
            let exact = try snapshot.exactSearch(query, k: k, live: live, filter: filter)
            #expect(found.count == exact.count)
            #expect(found.allSatisfy { live.contains($0.passage) && filter?.contains($0.passage) != false })
            for (first, second) in zip(found, found.dropFirst()) {
                #expect(first.precedes(second))
            }
            // What both found carries one score: codes never reach an answer.
            let scores = Dictionary(uniqueKeysWithValues: exact.map { ($0.passage, $0.score) })
            #expect(found.allSatisfy { scores[$0.passage, default: $0.score] == $0.score })
            sum += ExactNeighbors.recall(of: found.map(\.document), expected: exact.map(\.document))
        }
        return sum / 50
    }

    @Test func theGraphFindsTheNeighbors() throws {
        let fixture = VectorFixture(count: 4_000, passagesPerDocument: 2, seed: 42)
        let snapshot = try fixture.index(segmentCount: 4_000).snapshot
        #expect(try recall(snapshot, fixture, k: 10, live: fixture.live) >= 0.95)
        #expect(try recall(snapshot, fixture, k: 10, ef: 300, live: fixture.live) >= 0.99)
    }

    @Test func segmentAndDeltaAreOneAnswer() throws {
        let fixture = VectorFixture(count: 4_000, passagesPerDocument: 5, seed: 43)
        let snapshot = try fixture.index(segmentCount: 2_501).snapshot
        #expect(snapshot.count == 4_000)
        #expect(try recall(snapshot, fixture, k: 10, live: fixture.live) >= 0.95)
    }

    @Test(arguments: [0.1, 0.5, 0.95])
    func deletedPassagesNeverComeBack(deleted: Float) throws {
        let fixture = VectorFixture(count: 4_000, seed: 44)
        let snapshot = try fixture.index(segmentCount: 3_500).snapshot
        var random = SeededRandom(seed: 45)
        var live = fixture.live
        for passage in 0..<UInt32(4_000) where random.unit() < deleted {
            live.remove(PassageID(passage))
        }
        #expect(try recall(snapshot, fixture, k: 10, live: live) >= 0.95)
    }

    @Test(arguments: [0.02, 0.15, 0.5, 0.9])
    func filtersAreKept(share: Float) throws {
        let fixture = VectorFixture(count: 4_000, seed: 46)
        let snapshot = try fixture.index(segmentCount: 3_700).snapshot
        var random = SeededRandom(seed: 47)
        var filter = IDSet()
        for passage in 0..<UInt32(4_000) where random.unit() < share {
            filter.insert(PassageID(passage))
        }
        #expect(try recall(snapshot, fixture, k: 10, live: fixture.live, filter: filter) >= 0.95)
    }

    @Test func efGrowsUntilThereAreEnoughDocuments() throws {
        // The 500 passages nearest to the query are one document's.
        var random = SeededRandom(seed: 48)
        let near = random.gaussians(count: 1, dimension: 24)
        var index = VectorIndex(dimension: 24, parameters: .graphOnly)
        for passage in 0..<20_000 as Range<UInt32> {
            let noise = random.gaussians(count: 1, dimension: 24)
            let isNear = (3_000..<3_500).contains(passage)
            let vector = isNear ? zip(near, noise).map { $0 + 0.05 * $1 } : noise
            try index.append(
                PassageID(passage), document: PassageID(isNear ? 3_000 : passage), vector: vector)
        }
        var live = IDSet()
        live.insert(0..<20_000)
        let merge = index.merge(live: live)
        index.install(try merge.run().segment, from: merge)
        let found = try index.snapshot.search(near, k: 10, live: live)
        let exact = try index.snapshot.exactSearch(near, k: 10, live: live)
        #expect(found.count == 10)
        #expect(found.first == exact.first)
        #expect(found.first?.document == PassageID(3_000))
        #expect(ExactNeighbors.recall(of: found.map(\.document), expected: exact.map(\.document)) >= 0.8)
    }

    @Test func moreDocumentsThanThereAreGivesAll() throws {
        let fixture = VectorFixture(count: 900, passagesPerDocument: 9, seed: 49)
        let snapshot = try fixture.index(segmentCount: 600).snapshot
        var random = SeededRandom(seed: 50)
        let query = fixture.query(&random)
        let expected = fixture.oracle(query, k: 500) { _ in true }
        #expect(expected.count == 100)
        #expect(try snapshot.search(query, k: 500, live: fixture.live) == expected)
        #expect(try snapshot.search(query, k: .max, live: fixture.live) == expected)
    }

    @Test func anEmptyIndexAnswersNothing() throws {
        let snapshot = VectorIndex(dimension: 3).snapshot
        #expect(snapshot.count == 0)
        #expect(try snapshot.search([1, 0, 0], k: 5, live: IDSet()).isEmpty)
        #expect(try snapshot.exactSearch([1, 0, 0], k: 5, live: IDSet()).isEmpty)
        let fixture = VectorFixture(count: 300, seed: 51)
        let full = try fixture.index(segmentCount: 200).snapshot
        #expect(try full.search(fixture.vectors[0], k: 5, live: IDSet()).isEmpty)
        #expect(try full.search(fixture.vectors[0], k: 5, live: fixture.live, filter: IDSet()).isEmpty)
        #expect(try full.search(fixture.vectors[0], k: 0, live: fixture.live).isEmpty)
    }

    @Test func badVectorsAreRefused() throws {
        var index = VectorIndex(dimension: 2)
        let id = PassageID(7)
        #expect(throws: HNSWError.dimensionMismatch(expected: 2, found: 3)) {
            try index.append(id, document: id, vector: [1, 2, 3])
        }
        #expect(throws: HNSWError.nonFiniteComponent(component: 1)) {
            try index.append(id, document: id, vector: [1, .nan])
        }
        #expect(throws: HNSWError.nonFiniteComponent(component: 0)) {
            try index.append(id, document: id, vector: [-.infinity, 1])
        }
        #expect(throws: HNSWError.zeroVector) { try index.append(id, document: id, vector: [0, -0.0]) }
        #expect(index.count == 0 && !index.contains(id))
        try index.append(id, document: id, vector: [0, 1])
        #expect(throws: HNSWError.duplicatePassage(id)) { try index.append(id, document: id, vector: [1, 0]) }
        #expect(index.count == 1 && index.contains(id))
        #expect(throws: HNSWError.zeroVector) { try index.snapshot.search([0, 0], k: 1, live: IDSet()) }
        #expect(throws: HNSWError.dimensionMismatch(expected: 2, found: 0)) {
            try index.snapshot.search([], k: 1, live: IDSet())
        }
    }

    @Test func storedBytesEqualTheFloatsTheyStandFor() throws {
        let vector: [Float] = [0.25, -3, 1e-3]
        var fromFloats = VectorIndex(dimension: 3)
        try fromFloats.append(PassageID(1), document: PassageID(1), vector: vector)
        var fromBytes = VectorIndex(dimension: 3)
        // The floats start at an odd address.
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 13, alignment: 4)
        defer { memory.deallocate() }
        for (component, value) in vector.enumerated() {
            memory.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: 1 + 4 * component, as: UInt32.self)
        }
        let stored = UnsafeRawBufferPointer(rebasing: memory[1...])
        try fromBytes.append(PassageID(1), document: PassageID(1), bytes: stored)
        var live = IDSet()
        live.insert(PassageID(1))
        #expect(
            try fromBytes.snapshot.search([1, 1, 1], k: 1, live: live)
                == fromFloats.snapshot.search([1, 1, 1], k: 1, live: live))
        let short = UnsafeRawBufferPointer(rebasing: stored[..<11])
        #expect(throws: HNSWError.dimensionMismatch(expected: 3, found: 2)) {
            try fromBytes.append(PassageID(2), document: PassageID(2), bytes: short)
        }
    }

    @Test func aPassedDeadlineStopsTheSearch() throws {
        let fixture = VectorFixture(count: 1_000, seed: 52)
        let index = try fixture.index(segmentCount: 0)
        let gone = SearchDeadline(instant: nil) { true }
        #expect(throws: HNSWError.deadlineExceeded) {
            try index.snapshot.search(fixture.vectors[0], k: 3, live: fixture.live, deadline: gone)
        }
        #expect(throws: HNSWError.deadlineExceeded) { try index.merge(live: fixture.live).run(deadline: gone) }
    }
}

import HNSW
import IndexCore
import TestKit
import Testing

@Suite struct GraphTests {
    private func segment(_ fixture: VectorFixture, parameters: HNSWParameters = .graphOnly) throws -> VectorSegment {
        var index = VectorIndex(dimension: fixture.dimension, parameters: parameters)
        try fixture.append(0..<fixture.count, to: &index)
        return try #require(try index.merge(live: fixture.live).run().segment)
    }

    /// Rows that links on level 0 lead to from the entry.
    private func reachable(_ segment: VectorSegment) -> Set<Int> {
        var seen: Set<Int> = [segment.entry.row]
        var open = [segment.entry.row]
        while let row = open.popLast() {
            for neighbor in segment.neighbors(row: row, level: 0) where seen.insert(neighbor).inserted {
                open.append(neighbor)
            }
        }
        return seen
    }

    @Test(arguments: [(1, 16), (2, 2), (600, 4), (2_000, 16)])
    func linksAreWithinBounds(count: Int, m: Int) throws {
        let fixture = VectorFixture(count: count, seed: 31)
        let segment = try segment(fixture, parameters: HNSWParameters(m: m, scanLimit: 0, graphThreshold: 1))
        var highest = 0
        for row in 0..<count {
            let level = segment.level(row: row)
            highest = max(highest, level)
            for graphLevel in 0...level {
                let neighbors = segment.neighbors(row: row, level: graphLevel)
                #expect(neighbors.count <= (graphLevel == 0 ? 2 * m : m))
                #expect(Set(neighbors).count == neighbors.count)
                #expect(neighbors.allSatisfy { $0 != row && (0..<count).contains($0) })
                #expect(neighbors.allSatisfy { segment.level(row: $0) >= graphLevel })
            }
        }
        #expect(Set((0..<count).map { segment.passage(row: $0).rawValue }) == Set(0..<UInt32(count)))
        #expect(segment.entry.level == highest)
        #expect(segment.level(row: segment.entry.row) == highest)
        #expect(reachable(segment).count == count)
    }

    @Test func levelsFallByTheFactorM() throws {
        let segment = try segment(VectorFixture(count: 4_000, dimension: 8, seed: 32))
        let above = (0..<4_000).filter { segment.level(row: $0) > 0 }.count
        #expect((150...350).contains(above))  // 4,000 / 16 = 250
    }

    @Test func twoBuildsAreByteEqualWhateverTheOrderOfArrival() throws {
        let fixture = VectorFixture(count: 1_500, seed: 33)
        let first = try segment(fixture)
        var index = VectorIndex(dimension: fixture.dimension, parameters: .graphOnly)
        var random = SeededRandom(seed: 1)
        for passage in (0..<fixture.count).shuffled(using: &random) {
            try index.append(
                PassageID(UInt32(passage)), document: PassageID(UInt32(passage)), vector: fixture.vectors[passage])
        }
        let second = try #require(try index.merge(live: fixture.live).run().segment)
        #expect(first.bytes == second.bytes)
        #expect(first.count == 1_500)
    }

    @Test func everyOneOfManyEqualVectorsIsReachable() throws {
        var fixture = VectorFixture(count: 1_200, seed: 34)
        fixture = VectorFixture(repeatingFirst: 500, of: fixture)
        #expect(reachable(try segment(fixture)).count == fixture.count)
    }

    @Test func neighborsLieInDifferentDirections() throws {
        // Two tight pairs on either side of the first row: it must link to both sides, not only to the nearer pair.
        var index = VectorIndex(dimension: 2, parameters: HNSWParameters(m: 2, scanLimit: 0, graphThreshold: 1))
        for (id, angle) in [Float(0), 0.10, 0.101, -0.3, -0.301].enumerated() {
            let vector: [Float] = [1 - angle * angle / 2, angle]
            try index.append(PassageID(UInt32(id)), document: PassageID(UInt32(id)), vector: vector)
        }
        var live = IDSet()
        live.insert(0..<5)
        let segment = try #require(try index.merge(live: live).run().segment)
        let row = try #require((0..<5).first { segment.passage(row: $0) == PassageID(0) })
        let neighbors = segment.neighbors(row: row, level: 0).map { segment.passage(row: $0).rawValue }
        #expect(neighbors.contains(1) || neighbors.contains(2))
        #expect(neighbors.contains(3) || neighbors.contains(4))
    }
}

extension VectorFixture {
    /// `other` with its first `count` vectors all equal.
    init(repeatingFirst count: Int, of other: VectorFixture) {
        dimension = other.dimension
        passagesPerDocument = other.passagesPerDocument
        vectors = other.vectors.enumerated().map { $0 < count ? other.vectors[0] : $1 }
    }
}

import HNSW
import IndexCore
import TestKit
import Testing

/// Vectors come and go until none of the first is left.
@Suite struct ChurnTests {
    private func recall(_ snapshot: VectorSnapshot, _ fixture: VectorFixture, live: IDSet) throws -> Double {
        var random = SeededRandom(seed: 131)
        var sum = 0.0
        for _ in 0..<80 {
            let query = fixture.query(&random)
            let found = try snapshot.search(query, k: 10, ef: 40, live: live)
            let exact = try snapshot.exactSearch(query, k: 10, live: live)
            #expect(found.allSatisfy { live.contains($0.passage) })
            sum += ExactNeighbors.recall(of: found.map(\.document), expected: exact.map(\.document))
        }
        return sum / 80
    }

    /// Replaces all of `count` vectors in random order, `step` at a time, with a merge after each.
    private func churn(count: Int, dimension: Int, step: Int) throws {
        // Passage count + i has the vector of a new text; it comes when passage i goes.
        let fixture = VectorFixture(count: 2 * count, dimension: dimension, seed: 132)
        var random = SeededRandom(seed: 133)
        let order = (0..<count).shuffled(using: &random)
        var live = IDSet()
        live.insert(0..<UInt32(count))
        var index = VectorIndex(dimension: dimension, parameters: .graphOnly)
        try fixture.append(0..<count, to: &index)
        var anew = 0
        for first in stride(from: 0, through: count, by: step) {
            let merge = first == 0 ? index.merge(live: live) : index.continuation(live: live)
            let segment = try #require(try merge.run(threads: 2).segment)
            index.install(segment, from: merge)
            anew += segment.count == count ? 1 : 0
            // Never more than the dead that 30 % allow.
            #expect(Double(segment.count) <= Double(count) / 0.7 + Double(step))
            for place in order[first..<min(first + step, count)] {
                live.remove(PassageID(UInt32(place)))
                live.insert(PassageID(UInt32(count + place)))
                try fixture.append(count + place..<count + place + 1, to: &index)
            }
        }
        #expect((3..<count / step).contains(anew), "built from scratch \(anew) times")
        #expect(index.deltaCount == 0 && live.count == count)
        var fresh = VectorIndex(dimension: dimension, parameters: .graphOnly)
        try fixture.append(count..<2 * count, to: &fresh)
        let merge = fresh.merge(live: live)
        fresh.install(try merge.run(threads: 2).segment, from: merge)
        let churned = try recall(index.snapshot, fixture, live: live)
        let expected = try recall(fresh.snapshot, fixture, live: live)
        #expect(churned >= expected - 0.01, "\(churned) after the churn, \(expected) fresh")
    }

    @Test func recallDoesNotDecay() throws {
        try churn(count: 2_000, dimension: 24, step: 250)
    }

    @Test func blocksWithManyDeadAreWrittenAnew() throws {
        let fixture = VectorFixture(count: 900, dimension: 8, seed: 134)
        var index = VectorIndex(dimension: 8, parameters: .graphOnly)
        var live = fixture.live
        for range in [0..<400, 400..<800] {
            try fixture.append(range, to: &index)
            let merge = index.continuation(live: live)
            index.install(try merge.run().segment, from: merge)
        }
        let old = try #require(index.segment)
        #expect(old.blocks.map(\.count) == [400, 400])
        live.remove(0..<250)
        try fixture.append(800..<900, to: &index)
        let result = try index.continuation(live: live).run()
        // 250 of 800 are dead: from scratch. The second block has lost none and stays; the rest becomes one.
        #expect(result.segment?.count == 650 && result.segment?.trainedCount == 650)
        #expect(result.newBlocks.map(\.count) == [250])
        #expect(result.segment?.blocks.map(\.count) == [400, 250])
        #expect(result.segment?.blocks[0] === old.blocks[1])
    }

    @Test func aMergeIsDueByCountByShareAndByBytes() throws {
        // Too few for a graph, whatever their number: merges are cheap.
        let parameters = HNSWParameters(metric: .dot, graphThreshold: .max)
        var index = VectorIndex(dimension: 1, parameters: parameters)
        var live = IDSet()
        live.insert(0..<200_000)
        var next: UInt32 = 0
        func add(_ count: Int) throws {
            for _ in 0..<count {
                try index.append(PassageID(next), document: PassageID(next), vector: [Float(next)])
                next += 1
            }
        }
        try add(9_999)
        #expect(!index.isMergeDue)
        try add(1)
        #expect(index.isMergeDue && !index.isMergeUrgent)
        try add(86_000)
        #expect(index.isMergeUrgent)
        let merge = index.merge(live: live)
        index.install(try merge.run().segment, from: merge)
        try add(11_999)
        #expect(!index.isMergeDue)
        try add(1)
        #expect(index.pendingMerge(live: live) != nil)

        var wide = VectorIndex(dimension: 4_096, parameters: parameters)
        let vector = [Float](repeating: 1, count: 4_096)
        // 16,384 bytes of floats, 4,096 of codes and 24 beside them.
        let due = (64 << 20) / 20_504 + 1
        for id in 0..<UInt32(due) {
            #expect(!wide.isMergeDue)
            try wide.append(PassageID(id), document: PassageID(id), vector: vector)
        }
        #expect(wide.isMergeDue && wide.isMergeUrgent)
    }
}

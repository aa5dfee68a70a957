import HNSW
import IndexCore
import Synchronization
import TestKit
import Testing

@Suite struct DeterminismTests {
    private func index(_ fixture: VectorFixture, _ range: Range<Int>, _ codes: TraversalCodes) throws -> VectorIndex {
        var index = VectorIndex(
            dimension: fixture.dimension, parameters: HNSWParameters(codes: codes, scanLimit: 0, graphThreshold: 1))
        try fixture.append(range, to: &index)
        return index
    }

    /// The segment of sections that were copied: what a restart gives.
    private func reopened(_ segment: VectorSegment) throws -> VectorSegment {
        let blocks = try segment.blocks.reversed().map { block in
            try VectorBlock(sections: SegmentSections(copying: block.sections.copies))
        }
        return try VectorSegment(sections: SegmentSections(copying: segment.sections.copies), blocks: blocks)
    }

    /// With 512 numbers builders ask bits of rows first.
    @Test(arguments: TraversalCodes.allCases, [20, 512])
    func threadsDoNotChangeAByte(codes: TraversalCodes, dimension: Int) throws {
        let fixture = VectorFixture(count: 3_000, dimension: dimension, seed: 121)
        let merge = try index(fixture, 0..<3_000, codes).merge(live: fixture.live)
        let one = try #require(try merge.run(threads: 1).segment)
        for threads in [2, 3] {
            let many = try #require(try merge.run(threads: threads).segment)
            #expect(many.bytes == one.bytes)
            #expect(many.contentHash == one.contentHash)
        }
    }

    @Test func aRestartChangesNothing() throws {
        let fixture = VectorFixture(count: 2_600, dimension: 20, seed: 122)
        var index = try index(fixture, 0..<1_500, .int4)
        var live = fixture.live
        live.remove(0..<100)
        let merge = index.merge(live: live)
        index.install(try merge.run().segment, from: merge)
        live.remove(200..<300)
        let segment = try #require(index.segment)
        var twin = VectorIndex(dimension: 20, parameters: index.parameters)
        twin.attach(try reopened(segment))
        #expect(twin.count == index.count && twin.contains(PassageID(150)) && !twin.contains(PassageID(50)))
        var random = SeededRandom(seed: 123)
        for _ in 0..<10 {
            let query = fixture.query(&random)
            #expect(
                try twin.snapshot.search(query, k: 10, live: live) == index.snapshot.search(query, k: 10, live: live))
        }
        // Both are continued to the same bytes, on different numbers of threads.
        try fixture.append(1_500..<2_600, to: &index)
        try fixture.append(1_500..<2_600, to: &twin)
        let first = try index.continuation(live: live).run(threads: 1)
        let second = try twin.continuation(live: live).run(threads: 2)
        #expect(first.segment?.trainedCount == 1_400)
        #expect(first.segment?.bytes == second.segment?.bytes)
        #expect(first.newBlocks.map(\.bytes) == second.newBlocks.map(\.bytes))
        #expect(first.segment?.blocks.count == 2)
    }

    /// A delta that was told how many vectors come is taken as it lies; where it cannot be, rows are copied.
    @Test(arguments: [VectorMetric.cosine, .dot, .euclidean])
    func aBlockThatWasADeltaHasTheSameBytes(metric: VectorMetric) throws {
        let fixture = VectorFixture(count: 1_400, dimension: 20, seed: 128)
        let parameters = HNSWParameters(metric: metric, scanLimit: 0, graphThreshold: 1)
        func index(_ ranges: [Range<Int>], expecting: Int) throws -> VectorIndex {
            var index = VectorIndex(dimension: 20, parameters: parameters, expecting: expecting)
            for range in ranges {
                try fixture.append(range, to: &index)
            }
            return index
        }
        var fewer = fixture.live
        fewer.remove(1_200..<1_400)
        var holes = fixture.live
        holes.remove(100..<150)
        for live in [fixture.live, fewer, holes] {
            let expected = try index([0..<1_400], expecting: 0).merge(live: live).run()
            let all: [[Range<Int>]] = [[0..<1_400], [700..<1_400, 0..<700]]
            for ranges in all {
                for expecting in [1_400, 5_000, 1_000, VectorIndex.capacity] {
                    let result = try index(ranges, expecting: expecting).merge(live: live).run(threads: 2)
                    #expect(result.segment?.bytes == expected.segment?.bytes)
                    #expect(result.newBlocks.map(\.bytes) == expected.newBlocks.map(\.bytes))
                }
            }
        }
    }

    /// The chunk that became a block goes on as a delta: with more room than rows were there, and for older snapshots.
    @Test func aDeltaGoesOnBehindABlockThatItBecame() throws {
        let fixture = VectorFixture(count: 1_400, dimension: 20, seed: 129)
        let parameters = HNSWParameters(scanLimit: 0, graphThreshold: 1)
        var index = VectorIndex(dimension: 20, parameters: parameters, expecting: 1_400)
        var twin = VectorIndex(dimension: 20, parameters: parameters)
        var firstRows = IDSet()
        firstRows.insert(0..<900)
        try fixture.append(0..<900, to: &index)
        try fixture.append(0..<900, to: &twin)
        let before = index.snapshot
        var random = SeededRandom(seed: 130)
        let query = fixture.query(&random)
        let answer = try before.search(query, k: 10, live: firstRows)
        for ids in [900..<1_100, 1_100..<1_400] {
            let merge = index.merge(live: fixture.live)
            try fixture.append(ids, to: &index)
            #expect(index.install(try merge.run().segment, from: merge))
            let plain = twin.merge(live: fixture.live)
            try fixture.append(ids, to: &twin)
            #expect(twin.install(try plain.run().segment, from: plain))
            #expect(index.deltaCount == ids.count)
            let live = fixture.live
            #expect(
                try index.snapshot.search(query, k: 10, live: live) == twin.snapshot.search(query, k: 10, live: live))
        }
        let last = try index.merge(live: fixture.live).run()
        #expect(try last.segment?.bytes == twin.merge(live: fixture.live).run().segment?.bytes)
        #expect(try before.search(query, k: 10, live: firstRows) == answer)
    }

    @Test func compactionDependsOnRowsAndIDsAlone() throws {
        let fixture = VectorFixture(count: 2_000, dimension: 20, seed: 124)
        var live = fixture.live
        live.remove(300..<700)
        // At once.
        var plain = try index(fixture, 0..<300, .int4)
        try fixture.append(700..<2_000, to: &plain)
        let expected = try plain.merge(live: live).run()
        // In steps, out of order, with rows that die on the way.
        var steps = try index(fixture, 1_000..<1_800, .int4)
        for range in [0..<400, 400..<1_000, 1_800..<2_000] {
            let merge = steps.continuation(live: fixture.live)
            steps.install(try merge.run().segment, from: merge)
            try fixture.append(range, to: &steps)
        }
        let compacted = try steps.merge(live: live).run(threads: 2)
        #expect(compacted.segment?.bytes == expected.segment?.bytes)
        #expect(compacted.newBlocks.map(\.bytes) == expected.newBlocks.map(\.bytes))
        #expect(compacted.newBlocks.count == 1 && compacted.newBlocks[0].count == 1_600)
    }

    @Test func aBuildTellsHowFarItIsAndCanBeStopped() throws {
        let fixture = VectorFixture(count: 1_500, dimension: 8, seed: 125)
        let merge = try index(fixture, 0..<1_500, .int8).merge(live: fixture.live)
        var shares: [Double] = []
        _ = try merge.run { shares.append($0) }
        #expect(shares.count > 10 && shares == shares.sorted() && shares.last == 1)
        #expect(shares.allSatisfy { (0...1).contains($0) })
        let asked = Atomic<Int>(0)
        let soon = SearchDeadline(instant: nil) { asked.add(1, ordering: .relaxed).newValue > 20 }
        #expect(throws: HNSWError.deadlineExceeded) { try merge.run(threads: 2, deadline: soon) }
        #expect(asked.load(ordering: .relaxed) == 21)
    }
}

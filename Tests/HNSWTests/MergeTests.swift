import HNSW
import IndexCore
import Synchronization
import TestKit
import Testing

@Suite struct MergeTests {
    private func hits(_ index: VectorIndex, _ fixture: VectorFixture, live: IDSet) throws -> [[DocumentHit]] {
        var random = SeededRandom(seed: 61)
        return try (0..<10).map { _ in
            try index.snapshot.exactSearch(fixture.query(&random), k: 10, live: live)
        }
    }

    @Test func aMergeDropsTheDeadAndKeepsLaterArrivals() throws {
        let fixture = VectorFixture(count: 2_000, seed: 62)
        var index = VectorIndex(dimension: fixture.dimension, parameters: .graphOnly)
        try fixture.append(0..<1_100, to: &index)
        var live = fixture.live
        live.remove(100..<300)
        let merge = index.merge(live: live)
        try fixture.append(1_100..<2_000, to: &index)
        let before = index.snapshot
        let segment = try merge.run().segment
        #expect(segment?.count == 900)
        let installed = index.install(segment, from: merge)
        #expect(installed)
        #expect(index.count == 1_800 && index.deltaCount == 900)
        #expect(!index.contains(PassageID(150)) && index.contains(PassageID(99)) && index.contains(PassageID(1_999)))
        // Taken before the merge was installed, a snapshot still sees all it saw.
        #expect(before.count == 2_000 && before.contains(PassageID(150)))

        var plain = VectorIndex(dimension: fixture.dimension)
        try fixture.append(0..<2_000, to: &plain)
        #expect(try hits(index, fixture, live: live) == hits(plain, fixture, live: live))

        // A second merge starts from a delta whose first chunk is partly gone.
        live.remove(1_000..<1_200)
        let second = index.merge(live: live)
        #expect(second.count == 1_800)
        let installedSecond = try index.install(second.run().segment, from: second)
        #expect(installedSecond)
        #expect(index.count == 1_600 && index.deltaCount == 0)
        #expect(try hits(index, fixture, live: live) == hits(plain, fixture, live: live))
    }

    @Test func aMergeOfWhatHasBeenMergedIsNotInstalled() throws {
        let fixture = VectorFixture(count: 600, seed: 63)
        var index = VectorIndex(dimension: fixture.dimension)
        try fixture.append(0..<500, to: &index)
        let first = index.merge(live: fixture.live)
        let second = index.merge(live: fixture.live)
        let installed = try index.install(first.run().segment, from: first)
        #expect(installed)
        let installedTwice = try index.install(second.run().segment, from: second)
        #expect(!installedTwice)
        #expect(index.count == 500 && index.deltaCount == 0)
    }

    @Test func mergingInStepsGivesTheGraphOfMergingAtOnce() throws {
        let fixture = VectorFixture(count: 1_200, seed: 64)
        var steps = VectorIndex(dimension: fixture.dimension, parameters: .graphOnly)
        var last: VectorSegment?
        for range in [0..<400, 400..<401, 401..<1_200] {
            try fixture.append(range, to: &steps)
            let merge = steps.merge(live: fixture.live)
            let segment = try merge.run().segment
            steps.install(segment, from: merge)
            last = segment
        }
        var once = VectorIndex(dimension: fixture.dimension, parameters: .graphOnly)
        try fixture.append(0..<1_200, to: &once)
        #expect(try last?.bytes == once.merge(live: fixture.live).run().segment?.bytes)
    }

    @Test func aMergeOfNothingLiveLeavesAnEmptyIndex() throws {
        let fixture = VectorFixture(count: 300, seed: 65)
        var index = try fixture.index(segmentCount: 200)
        let merge = index.merge(live: IDSet())
        let installed = try index.install(merge.run().segment, from: merge)
        #expect(installed)
        #expect(index.count == 0 && index.byteCount == 0)
        #expect(try index.snapshot.search(fixture.vectors[0], k: 3, live: fixture.live).isEmpty)
        try fixture.append(0..<1, to: &index)
        #expect(try index.snapshot.search(fixture.vectors[0], k: 3, live: fixture.live).count == 1)
    }

    @Test func aMergeIsDueAtTheThreshold() throws {
        var random = SeededRandom(seed: 66)
        var index = VectorIndex(dimension: 2)
        for id in 0..<UInt32(VectorIndex.mergeThreshold) {
            #expect(index.pendingMerge(live: IDSet()) == nil)
            try index.append(PassageID(id), document: PassageID(id), vector: [1, random.gaussian()])
        }
        #expect(index.pendingMerge(live: IDSet()) != nil)
    }

    @Test func copiesOfAnIndexDoNotShareWhatTheyAppend() throws {
        let fixture = VectorFixture(count: 900, seed: 67)
        var original = VectorIndex(dimension: fixture.dimension)
        try fixture.append(0..<300, to: &original)
        var copy = original
        try fixture.append(300..<600, to: &original)
        try fixture.append(600..<900, to: &copy)
        var plain = VectorIndex(dimension: fixture.dimension)
        try fixture.append(0..<300, to: &plain)
        try fixture.append(600..<900, to: &plain)
        #expect(try hits(copy, fixture, live: fixture.live) == hits(plain, fixture, live: fixture.live))
        var other = VectorIndex(dimension: fixture.dimension)
        try fixture.append(0..<600, to: &other)
        #expect(try hits(original, fixture, live: fixture.live) == hits(other, fixture, live: fixture.live))
    }

    /// The proof by trial of what `VectorRows` claims: readers search snapshots while the writer appends and merges, also
    /// where a chunk that goes on becomes a block.
    @Test(arguments: [0, 3_000])
    func readersOfASnapshotNeverSeeWhatComesLater(expecting: Int) async throws {
        let fixture = VectorFixture(count: 3_000, dimension: 24, seed: 68)
        var writer = VectorIndex(dimension: fixture.dimension, parameters: .graphOnly, expecting: expecting)
        try fixture.append(0..<500, to: &writer)
        let board = Board(writer.snapshot)
        let live = fixture.live
        try await withThrowingTaskGroup(of: Int.self) { group in
            for reader in 0..<3 as Range<UInt64> {
                group.addTask {
                    var random = SeededRandom(seed: reader)
                    var searches = 0
                    repeat {
                        let snapshot = board.published.withLock { $0 }
                        let query = fixture.query(&random)
                        let first = try snapshot.exactSearch(query, k: 5, live: live)
                        let found = try snapshot.search(query, k: 5, live: live)
                        // Any row seen half-written, or after its time, would change the second answer.
                        #expect(try snapshot.exactSearch(query, k: 5, live: live) == first)
                        #expect(found.allSatisfy { $0.passage.rawValue < UInt32(snapshot.count) && $0.score.isFinite })
                        searches += 1
                        await Task.yield()  // the writer may share this thread
                    } while searches < 2_000 && !board.finished.load(ordering: .acquiring)
                    return searches
                }
            }
            defer { board.finished.store(true, ordering: .releasing) }
            for first in stride(from: 500, to: 3_000, by: 50) {
                try fixture.append(first..<first + 50, to: &writer)
                if first == 1_500 {
                    let merge = writer.merge(live: live)
                    writer.install(try merge.run().segment, from: merge)
                }
                board.published.withLock { $0 = writer.snapshot }
                await Task.yield()
            }
            board.finished.store(true, ordering: .releasing)
            for try await searches in group {
                #expect(searches > 0)
            }
        }
        #expect(try hits(writer, fixture, live: live).allSatisfy { $0.count == 10 })
    }
}

/// Where the writer leaves its newest snapshot for the readers.
private final class Board: Sendable {
    let published: Mutex<VectorSnapshot>
    let finished = Atomic<Bool>(false)

    init(_ snapshot: VectorSnapshot) {
        published = Mutex(snapshot)
    }
}

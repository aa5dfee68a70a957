import HNSW
import IndexCore
import TestKit
import Testing

private let isOptimised: Bool = {
    #if DEBUG
        false
    #else
        true
    #endif
}()

/// 50,000 vectors come and go until none of the first is left, with the parameters of a product and its own rule of when to
/// merge.
///
/// Only optimised: unoptimised the graphs of this size take half an hour.
@Suite(.enabled(if: isOptimised, "graphs of 50,000 vectors are built optimised alone"))
struct LargeChurnTests {
    private static let count = 50_000
    private static let dimension = 48
    /// So many that chance moves their mean recall by less than a third of the difference that is looked for.
    private static let questions = 1_500

    @Test(arguments: [UInt64(50_132)])
    func recallDoesNotDecay(seed: UInt64) throws {
        // Passage count + i has the vector of a new text; it comes when passage i goes.
        let fixture = VectorFixture(
            count: 2 * Self.count, dimension: Self.dimension, clusters: 200, seed: seed)
        var random = SeededRandom(seed: seed + 1)
        var live = IDSet()
        live.insert(0..<UInt32(Self.count))
        var index = VectorIndex(dimension: Self.dimension)
        try fixture.append(0..<Self.count, to: &index)
        let first = index.merge(live: live)
        index.install(try first.run(threads: 2).segment, from: first)
        var merges = 0
        for place in (0..<Self.count).shuffled(using: &random) {
            live.remove(PassageID(UInt32(place)))
            live.insert(PassageID(UInt32(Self.count + place)))
            try fixture.append(Self.count + place..<Self.count + place + 1, to: &index)
            guard let merge = index.pendingMerge(live: live) else { continue }
            index.install(try merge.run(threads: 2).segment, from: merge)
            merges += 1
        }
        #expect(live.count == Self.count && merges >= 3, "\(merges) merges")
        // What waits in the delta is scanned; the graph alone is judged.
        let last = index.continuation(live: live)
        index.install(try last.run(threads: 2).segment, from: last)
        #expect(index.deltaCount == 0)

        var fresh = VectorIndex(dimension: Self.dimension)
        try fixture.append(Self.count..<2 * Self.count, to: &fresh)
        let merge = fresh.merge(live: live)
        fresh.install(try merge.run(threads: 2).segment, from: merge)
        #expect(fresh.segment?.hasGraph == true && index.segment?.hasGraph == true)
        let churned = try recall(index.snapshot, fixture, live, seed)
        let expected = try recall(fresh.snapshot, fixture, live, seed)
        #expect(churned >= expected - 0.01, "\(churned) after the churn, \(expected) fresh")
        // A graph that found everything whatever its state would show nothing.
        #expect(expected < 0.999, "\(expected) fresh: this ef finds all")
    }

    private func recall(
        _ snapshot: VectorSnapshot, _ fixture: VectorFixture, _ live: IDSet, _ seed: UInt64
    ) throws -> Double {
        var random = SeededRandom(seed: seed + 2)
        var sum = 0.0
        for _ in 0..<Self.questions {
            let query = fixture.query(&random)
            let found = try snapshot.search(query, k: 10, ef: 24, live: live, path: .sweep)
            let exact = try snapshot.exactSearch(query, k: 10, live: live)
            sum += ExactNeighbors.recall(of: found.map(\.document), expected: exact.map(\.document))
        }
        return sum / Double(Self.questions)
    }
}

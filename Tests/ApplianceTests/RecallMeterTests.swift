import Appliance
import HNSW
import IndexCore
import TestKit
import Testing

@Suite struct RecallMeterTests {
    private static let dimension = 32

    /// Points without clusters, of which a narrow beam misses some, and a walk however few they are.
    private static func index(count: Int, seed: UInt64) throws -> (VectorSnapshot, IDSet, [[Float]]) {
        var random = SeededRandom(seed: seed)
        var index = VectorIndex(
            dimension: dimension,
            parameters: HNSWParameters(m: 4, efConstruction: 8, scanLimit: 0, graphThreshold: 1))
        var live = IDSet()
        for number in 0..<UInt32(count) {
            let vector = random.gaussians(count: 1, dimension: dimension)
            try index.append(PassageID(number), document: PassageID(number), vector: vector)
            live.insert(PassageID(number))
        }
        let merge = index.merge(live: live)
        index.install(try merge.run().segment, from: merge)
        return (index.snapshot, live, (0..<40).map { _ in random.gaussians(count: 1, dimension: dimension) })
    }

    private static func recall(_ snapshot: VectorSnapshot, _ live: IDSet, _ queries: [[Float]], ef: Int) throws
        -> Double
    {
        try queries.reduce(0) { sum, query in
            let truth = try snapshot.exactSearch(query, k: 10, live: live).map(\.document)
            let found = try snapshot.search(query, k: 10, ef: ef, live: live).map(\.document)
            return sum + ExactNeighbors.recall(of: found, expected: truth)
        } / Double(queries.count)
    }

    /// The number behind a name and its labels in the exposition.
    private static func number(_ meter: RecallMeter, _ series: String) -> Double? {
        meter.exposition.split(separator: "\n").first { $0.hasPrefix("carrel_" + series + " ") }
            .flatMap { Double($0.drop { $0 != " " }.dropFirst()) }
    }

    @Test func `it tells the recall of what was answered, and the beam that reaches more`() async throws {
        let (snapshot, live, queries) = try Self.index(count: 3_000, seed: 5)
        let meter = RecallMeter(share: 1, log: .silent)
        for (number, query) in queries.enumerated() {
            let answered = try snapshot.search(query, k: 10, ef: 12, live: live).map(\.document)
            meter.take(
                RecallMeter.Sample(
                    tenant: "acme", vectors: snapshot, query: query, live: live, filter: nil, answered: answered,
                    depth: 10))
            for _ in 0..<2_000 {
                if Self.number(meter, "recall_samples_total{tenant_id=\"acme\"}") == Double(number + 1) { break }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        let mean = try Self.recall(snapshot, live, queries, ef: 12)
        #expect(mean < 0.9, "the test needs misses")
        let told = try #require(Self.number(meter, "recall_at_10{tenant_id=\"acme\"}"))
        #expect(abs(told - mean) < 1e-9)
        #expect(Self.number(meter, "recall_samples_skipped_total") == 0)
        for aim in [0.95, 0.99] {
            let expected = try [16, 32, 64, 128, 256, 512].first {
                try Self.recall(snapshot, live, queries, ef: $0) >= aim
            }
            let series = "recall_recommended_ef{tenant_id=\"acme\",recall=\"\(aim)\"}"
            #expect(Self.number(meter, series) == expected.map(Double.init))
        }
        meter.forget(tenant: "acme")
        #expect(!meter.exposition.contains("acme"))
    }

    @Test func `an answer that lacks documents is told of`() async throws {
        let (snapshot, live, queries) = try Self.index(count: 200, seed: 6)
        let meter = RecallMeter(share: 1, log: .silent)
        let truth = try snapshot.exactSearch(queries[0], k: 10, live: live).map(\.document)
        meter.take(
            RecallMeter.Sample(
                tenant: "acme", vectors: snapshot, query: queries[0], live: live, filter: nil,
                answered: Array(truth.prefix(4)), depth: 10))
        for _ in 0..<2_000 {
            if Self.number(meter, "recall_samples_total{tenant_id=\"acme\"}") == 1 { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(Self.number(meter, "recall_at_10{tenant_id=\"acme\"}") == 0.4)
        // One question recommends nothing.
        #expect(!meter.exposition.contains("recommended_ef{"))
    }

    @Test func `what comes while it is busy is let go and counted`() async throws {
        let (snapshot, live, queries) = try Self.index(count: 3_000, seed: 7)
        let meter = RecallMeter(share: 1, log: .silent)
        for _ in 0..<200 {
            meter.take(
                RecallMeter.Sample(
                    tenant: "acme", vectors: snapshot, query: queries[0], live: live, filter: nil, answered: [],
                    depth: 10))
        }
        var total = 0.0
        for _ in 0..<2_000 {
            let taken = Self.number(meter, "recall_samples_total{tenant_id=\"acme\"}") ?? 0
            total = taken + (Self.number(meter, "recall_samples_skipped_total") ?? 0)
            if total == 200 { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(total == 200)
        #expect((Self.number(meter, "recall_samples_skipped_total") ?? 0) > 0)
    }

    @Test(arguments: [0, 0.25, 1.0])
    func `the share is kept`(share: Double) {
        let meter = RecallMeter(share: share, log: .silent)
        let taken = (0..<4_000).count { _ in meter.takesNext() }
        #expect(abs(Double(taken) / 4_000 - share) < 0.03)
        if share == 0 || share == 1 { #expect(Double(taken) == 4_000 * share) }
    }
}

import Appliance
import HNSW
import TestKit
import Testing

@Suite struct MergeTests {
    /// The fingerprint once it differs from `old`; bounded.
    private static func fingerprint(_ engine: TenantEngine, after old: String) async throws -> String {
        var present = old
        for _ in 0..<1_200 where present == old {
            try await Task.sleep(for: .milliseconds(100))
            present = try await engine.search(SearchRequest(query: "w1")).indexFingerprint
        }
        return present
    }

    @Test(.timeLimit(.minutes(4)))
    func `callers' vectors become a graph, and again after a restart`() async throws {
        var random = SeededRandom(seed: 3)
        let first = try EngineHarness()
        var request = SearchRequest(query: "w1")
        (request.mode, request.embedding) = (.vector, RandomText.vector(&random))
        let before: SearchResponse
        do {
            let engine = try await first.engine()
            for start in stride(from: 0, to: VectorIndex.mergeThreshold, by: 500) {
                let documents = (start..<start + 500).map { number in
                    DocumentInput(id: "d\(number)", text: "w\(number % 7)", embedding: RandomText.vector(&random))
                }
                _ = try await engine.put(documents, collection: nil)
            }
            let scanned = try await engine.search(SearchRequest(query: "w1")).indexFingerprint
            #expect(try await Self.fingerprint(engine, after: scanned) != scanned, "merged without a further write")
            before = try await engine.search(request)
        }
        await first.close()
        try await EngineHarness.run(reopening: first) { harness in
            let engine = try await harness.engine()
            var after = try await engine.search(request)
            for _ in 0..<1_200 where after.indexFingerprint != before.indexFingerprint {
                try await Task.sleep(for: .milliseconds(100))
                after = try await engine.search(request)
            }
            #expect(after.bytes == before.bytes, "the same rows give the same graph")
        }
    }
}

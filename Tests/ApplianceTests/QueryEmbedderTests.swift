import Appliance
import Embedding
import TestKit
import Testing

@Suite struct QueryEmbedderTests {
    @Test func `without a model there is a reason instead of a vector`() async throws {
        guard case .unavailable(let reason) = try await QueryEmbedder(service: nil).embed("privacy") else {
            Issue.record("a vector from nowhere")
            return
        }
        #expect(reason.contains("no embedding model"))
    }

    @Test(.enabled(if: InstalledPack.path != nil, InstalledPack.unavailable), .timeLimit(.minutes(1)))
    func `a stopped embedder is a reason too, and known queries go on`() async throws {
        let service = try InstalledPack.service()
        let embedder = QueryEmbedder(service: service)
        guard case .vector(let vector, false) = try await embedder.embed("privacy") else {
            Issue.record("no vector")
            return
        }
        #expect(vector.count == service.dimension)
        service.shutdown()
        guard case .vector(let cached, _) = try await embedder.embed("privacy") else {
            Issue.record("the known query was asked again")
            return
        }
        #expect(cached == vector)
        for number in 0..<5 {
            guard case .unavailable = try await embedder.embed("new \(number)") else {
                Issue.record("a vector from a stopped embedder")
                return
            }
        }
    }
}

@Suite(.enabled(if: InstalledPack.path != nil, InstalledPack.unavailable))
struct SlowEmbedderTests {
    @Test(.timeLimit(.minutes(1)))
    func `an embedder that does not answer in time costs the limit, then nothing for a while`() async throws {
        let service = try InstalledPack.service()
        // Keeps every thread of the embedder busy for much longer than the limit below.
        let long = String(repeating: "retention of invoices ", count: 200)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask { _ = try? await service.embedQuery("\(number) \(long)") }
            }
            try await Task.sleep(for: .milliseconds(20))
            let embedder = QueryEmbedder(service: service, timeout: .milliseconds(5))
            for attempt in 0..<3 {
                guard case .unavailable(let reason) = try await embedder.embed("attempt \(attempt)") else {
                    Issue.record("an answer in 5 ms behind 40 long queries")
                    return
                }
                #expect(reason == "the embedder did not answer in time")
            }
            guard case .unavailable(let reason) = try await embedder.embed("once more") else {
                Issue.record("the pause was not kept")
                return
            }
            #expect(reason.contains("given a pause"))
        }
        service.shutdown()
    }
}

@Suite(.enabled(if: InstalledPack.path != nil, InstalledPack.unavailable))
struct VectorBackfillTests {
    @Test(.timeLimit(.minutes(3)))
    func `what waits is embedded, an update embeds only what changed, and a restart answers alike`() async throws {
        var random = SeededRandom(seed: 11)
        let paragraphs = (0..<6).map { _ in (0..<14).map { _ in RandomText.sentence(&random) }.joined() + "\n\n" }
        let first = try EngineHarness(embedder: try InstalledPack.service())
        var request = SearchRequest(query: "hospital patients and their consent")
        let before: SearchResponse
        do {
            let engine = try await first.engine()
            _ = try await engine.put(
                [
                    DocumentInput(id: "long", title: "Long", text: paragraphs.joined()),
                    DocumentInput(id: "short", text: "patients must consent to treatment in a hospital"),
                ], collection: nil)
            try await engine.waitForVectors()
            let passages = try #require(engine.collections().first).passages
            _ = try await engine.put(
                [DocumentInput(id: "long", title: "Long", text: paragraphs.dropLast().joined() + "A new end.")],
                collection: nil)
            let info = try #require(engine.collections().first)
            #expect(
                passages > 4 && info.waiting <= 2,
                "unchanged passages keep their vectors: \(info.waiting) of \(passages)")
            try await engine.waitForVectors()
            before = try await engine.search(request)
            #expect(!before.degraded && before.warnings.isEmpty && before.hits.first?.documentID == "short")
            request.mode = .vector
            #expect(try await engine.search(request).hits.count == 2)
            request.mode = .hybrid
        }
        await first.close()
        try await EngineHarness.run(embedder: try InstalledPack.service(), reopening: first) { harness in
            let after = try await harness.engine().search(request)
            #expect(after.bytes == before.bytes)
        }
    }
}

import Appliance
import IndexCore
import TestKit
import Testing

@Suite struct SimilarTests {
    private static func similar(_ engine: TenantEngine, _ request: SimilarRequest) async throws -> (
        SearchResponse, String?
    ) {
        let search = try await engine.similaritySearch(request, deadline: .none)
        return (try await engine.search(search), search.likeness?.fallback)
    }

    /// Cosine in `Double`.
    private static func cosine(_ a: [Float], _ b: [Float]) -> Double {
        let dot = zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        func length(_ v: [Float]) -> Double { v.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
        return dot / length(a) / length(b)
    }

    @Test(arguments: [UInt64](1...4))
    func `the nearest come first and the document itself never`(seed: UInt64) async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            var random = SeededRandom(seed: seed)
            var vectors: [String: [Float]] = [:]
            let documents = (0..<50).map { number in
                vectors["d\(number)"] = RandomText.vector(&random)
                return DocumentInput(
                    id: "d\(number)", text: RandomText.sentence(&random), embedding: vectors["d\(number)"])
            }
            _ = try await engine.put(documents, collection: "notes")
            for id in ["d0", "d17", "d49"] {
                let own = try #require(vectors[id])
                let expected = vectors.keys.filter { $0 != id }
                    .sorted { Self.cosine(own, vectors[$0] ?? []) > Self.cosine(own, vectors[$1] ?? []) }
                var request = SimilarRequest(documentID: id)
                request.search.limit = 7
                var found: [String] = []
                repeat {
                    let (answer, fallback) = try await Self.similar(engine, request)
                    #expect(fallback == nil && !answer.degraded)
                    for hit in answer.hits {
                        #expect(abs(Double(hit.vectorScore) - Self.cosine(own, vectors[hit.documentID] ?? [])) < 1e-5)
                    }
                    found += answer.hits.map(\.documentID)
                    request.search.cursor = answer.nextCursor
                } while request.search.cursor != nil && found.count < 100
                #expect(found == expected)
                request.search.cursor = nil
                request.search.minVectorScore = Self.cosine(own, vectors[expected[2]] ?? []) - 1e-6
                #expect(try await Self.similar(engine, request).0.hits.map(\.documentID) == Array(expected[..<3]))
            }
        }
    }

    @Test func `without a vector the telling words find what is like it`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            var random = SeededRandom(seed: 7)
            var documents = (0..<30).map { number in
                DocumentInput(id: "d\(number)", text: (0..<5).map { _ in RandomText.sentence(&random) }.joined())
            }
            documents.append(DocumentInput(id: "owl", text: "The barn owl hunts voles at dusk. Unheardof."))
            documents.append(DocumentInput(id: "vole", text: "A vole hides from every owl at dusk."))
            _ = try await engine.put(documents, collection: "notes")
            let (answer, fallback) = try await Self.similar(engine, SimilarRequest(documentID: "owl"))
            #expect(try #require(fallback).contains("no vector yet"))
            #expect(answer.hits.first?.documentID == "vole")
            #expect(!answer.hits.contains { $0.documentID == "owl" })
            let search = try await engine.similaritySearch(SimilarRequest(documentID: "owl"), deadline: .none)
            // What no other document holds can find nothing.
            #expect(!search.query.lowercased().contains("unheardof") && search.query.contains("owl"))
        }
    }

    @Test func `another collection can be looked in`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            var random = SeededRandom(seed: 11)
            let vector = RandomText.vector(&random)
            for collection in ["drafts", "published"] {
                _ = try await engine.put(
                    [
                        DocumentInput(id: "same", text: "one", embedding: vector),
                        DocumentInput(id: "\(collection)-other", text: "two", embedding: RandomText.vector(&random)),
                    ], collection: collection)
            }
            var request = SimilarRequest(documentID: "same")
            await #expect(throws: ApplianceError.self) { try await Self.similar(engine, request) }
            request.collection = "drafts"
            #expect(try await Self.similar(engine, request).0.hits.map(\.documentID) == ["drafts-other"])
            request.search.collection = "published"
            // An equal id elsewhere is another document.
            #expect(
                try await Self.similar(engine, request).0.hits.map(\.documentID) == ["same", "published-other"])
        }
    }
}

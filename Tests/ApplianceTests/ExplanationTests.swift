import Appliance
import BM25
import IndexCore
import TestKit
import Testing

/// Explanations against searches: every number of a hit must come out of its explanation, bit for bit.
@Suite struct ExplanationTests {
    private static func fill(_ engine: TenantEngine, seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        for (collection, count) in [("alpha", 60), ("beta", 20)] {
            let documents = (0..<count).map { number in
                DocumentInput(
                    id: "\(collection)-\(number)", title: number % 3 == 0 ? RandomText.sentence(&random, words: 3) : "",
                    text: (0..<Int.random(in: 1...40, using: &random)).map { _ in RandomText.sentence(&random) }
                        .joined(),
                    embedding: number % 5 == 0 ? nil : RandomText.vector(&random))
            }
            _ = try await engine.put(documents, collection: collection)
        }
        // Dead passages must count nowhere.
        _ = try await engine.delete(["alpha-1", "alpha-7"], collection: "alpha")
    }

    private static func request(_ random: inout SeededRandom) -> SearchRequest {
        var request = SearchRequest(query: RandomText.sentence(&random, words: Int.random(in: 1...6, using: &random)))
        request.mode = SearchRequest.Mode.allCases.randomElement(using: &random) ?? .hybrid
        request.fusion = Bool.random(using: &random) ? .rrf : .minmax
        request.limit = Int.random(in: 1...30, using: &random)
        request.depth = [1, 5, 20, 100].randomElement(using: &random) ?? 100
        request.k = Double.random(in: 1...100, using: &random)
        request.keywordWeight = Double.random(in: 0...2, using: &random)
        request.vectorWeight = Double.random(in: 0.1...2, using: &random)
        if Int.random(in: 0..<3, using: &random) == 0 { request.minScore = .random(in: 0...1, using: &random) }
        if Int.random(in: 0..<3, using: &random) == 0 {
            request.minVectorScore = .random(in: -0.1...0.1, using: &random)
        }
        if Bool.random(using: &random) { request.collection = "alpha" }
        if request.mode != .bm25 { request.embedding = RandomText.vector(&random) }
        return request
    }

    @Test(arguments: [UInt64](1...6))
    func `a hit and its explanation say the same`(seed: UInt64) async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await Self.fill(engine, seed: seed)
            var random = SeededRandom(seed: seed &+ 100)
            var found = 0
            var missing: Set<String> = []
            for _ in 0..<25 {
                let request = Self.request(&random)
                let answer = try await engine.search(request)
                for (place, hit) in answer.hits.enumerated() {
                    let explanation = try await engine.explain(hit.documentID, for: request, deadline: .none)
                    found += 1
                    #expect(explanation.rank == place + 1)
                    #expect(explanation.excludedBy == nil)
                    #expect(explanation.fusion?.score == hit.score)
                    #expect(explanation.fusion?.fusionScore == hit.fusionScore)
                    #expect(explanation.fusion?.keyword?.leg.rank == hit.keywordRank)
                    #expect(explanation.fusion?.vector?.leg.rank == hit.vectorRank)
                    if hit.keywordRank != nil {
                        #expect(explanation.keyword?.rank == hit.keywordRank)
                        #expect(explanation.keyword?.score == hit.keywordScore)
                        #expect(explanation.terms.score == hit.keywordScore)
                    }
                    if hit.vectorRank != nil { #expect(explanation.vector?.score == hit.vectorScore) }
                    #expect(
                        Float(explanation.terms.terms.reduce(0) { $0 + $1.contribution }) == explanation.terms.score)
                    #expect(explanation.indexFingerprint == answer.indexFingerprint)
                    #expect(explanation.degraded == answer.degraded)
                }
                guard answer.nextCursor == nil else { continue }
                let ids = Set(answer.hits.map(\.documentID))
                let all = try await engine.list(collection: request.collection, limit: 500, cursor: nil).documents
                for other in all.map(\.id) where !ids.contains(other) {
                    let explanation = try await engine.explain(other, for: request, deadline: .none)
                    #expect(explanation.rank == nil, "\(other) is on no page")
                    let reason = try #require(explanation.excludedBy)
                    missing.insert(reason.rawValue)
                }
            }
            #expect(found > 60 && missing.count >= 3, "\(found) \(missing)")
        }
    }

    @Test func `places on later pages are told`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await Self.fill(engine, seed: 3)
            var request = SearchRequest(query: "privacy audit")
            (request.mode, request.collection, request.limit) = (.bm25, "alpha", 1_000)
            let whole = try await engine.search(request)
            request.limit = 2
            for place in [0, 1, 2, 17, whole.hits.count - 1] {
                let explanation = try await engine.explain(
                    whole.hits[place].documentID, for: request, deadline: .none)
                #expect(explanation.rank == place + 1)
                #expect(explanation.keyword?.exactRank == place + 1)
            }
        }
    }

    @Test func `a rank beyond the depth is exact and said to be beyond`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await Self.fill(engine, seed: 4)
            var random = SeededRandom(seed: 9)
            var wide = SearchRequest(query: "privacy audit ledger")
            wide.embedding = RandomText.vector(&random)
            (wide.collection, wide.limit, wide.depth) = ("alpha", 1_000, 1_000)
            var byWords = wide
            byWords.mode = .bm25
            var byMeaning = wide
            byMeaning.mode = .vector
            let words = try await engine.search(byWords).hits.map(\.documentID)
            let meaning = try await engine.search(byMeaning).hits.map(\.documentID)
            var narrow = wide
            (narrow.depth, narrow.limit) = (5, 5)
            for id in words {
                let explanation = try await engine.explain(id, for: narrow, deadline: .none)
                let place = try #require(words.firstIndex(of: id)) + 1
                #expect(explanation.keyword?.exactRank == place)
                #expect(explanation.keyword?.isBeyond == (place > 5))
                #expect(explanation.keyword?.rank == (place > 5 ? nil : place))
                #expect(explanation.vector?.exactRank == meaning.firstIndex(of: id).map { $0 + 1 })
                if explanation.rank == nil { #expect(explanation.excludedBy == .depth) }
            }
        }
    }

    @Test func `terms are told as they are indexed`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            _ = try await engine.put(
                [
                    DocumentInput(id: "a", title: "Running", text: "Runs and runs. Walks."),
                    DocumentInput(id: "b", text: "He walks."),
                ], collection: nil)
            var request = SearchRequest(query: "running walks running nowhere")
            request.mode = .bm25
            let explanation = try await engine.explain("a", for: request, deadline: .none)
            #expect(explanation.terms.terms.map(\.term) == ["run", "walk", "nowher"])
            // The title counts twice.
            #expect(explanation.terms.terms.map(\.frequency) == [4, 1, 0])
            #expect(explanation.terms.terms.map(\.documentFrequency) == [1, 2, 0])
            #expect(explanation.terms.length == 6 && explanation.statistics.passageCount == 2)
            #expect(explanation.terms.terms[2].contribution == 0)
            let missing = try await engine.explain("b", for: SearchRequest(query: "running"), deadline: .none)
            #expect(missing.excludedBy == .noMatch && missing.degraded)
            await #expect(throws: ApplianceError.self) {
                try await engine.explain("c", for: request, deadline: .none)
            }
        }
    }
}

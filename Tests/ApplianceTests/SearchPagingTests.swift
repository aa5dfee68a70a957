import Appliance
import TestKit
import Testing

@Suite struct SearchPagingTests {
    /// All pages of a request.
    private static func pages(_ request: SearchRequest, of engine: TenantEngine) async throws -> [SearchResponse] {
        var pages: [SearchResponse] = []
        var request = request
        repeat {
            let page = try await engine.search(request)
            pages.append(page)
            request.cursor = page.nextCursor
        } while request.cursor != nil && pages.count < 100
        return pages
    }

    private static func fill(_ engine: TenantEngine) async throws {
        var random = SeededRandom(seed: 5)
        for (collection, count) in [("alpha", 70), ("beta", 25)] {
            let documents = (0..<count).map { number in
                DocumentInput(
                    id: "\(collection)-\(number)",
                    text: "privacy " + (0..<Int.random(in: 1...30, using: &random)).map { _ in RandomText.sentence(&random) }.joined(),
                    embedding: number % 5 == 0 ? nil : RandomText.vector(&random))
            }
            _ = try await engine.put(documents, collection: collection)
        }
    }

    @Test(arguments: SearchRequest.Mode.allCases, SearchRequest.Fusion.allCases)
    func `pages show every document once, in one order`(mode: SearchRequest.Mode, fusion: SearchRequest.Fusion) async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await Self.fill(engine)
            var random = SeededRandom(seed: 6)
            for collection in [nil, "alpha"] {
                var request = SearchRequest(query: "privacy incident")
                (request.mode, request.fusion, request.collection) = (mode, fusion, collection)
                request.embedding = mode == .bm25 ? nil : RandomText.vector(&random)
                request.limit = 1_000
                request.depth = 1_000
                let whole = try await engine.search(request)
                #expect(whole.nextCursor == nil && whole.hits.count <= whole.total)
                if mode == .bm25 { #expect(whole.hits.count == (collection == nil ? 95 : 70)) }
                request.limit = 9
                let pages = try await Self.pages(request, of: engine)
                #expect(pages.flatMap { $0.hits.map(\.documentID) } == whole.hits.map(\.documentID))
                #expect(pages.flatMap { $0.hits.map(\.score) } == whole.hits.map(\.score))
                #expect(pages.allSatisfy { !$0.warnings.contains { $0.hasPrefix("paging ends") } }, "nothing was cut")
                #expect(Set(pages.map(\.indexFingerprint)).count == 1)
                for score in whole.hits.map(\.score) { #expect((0...1).contains(score)) }
            }
        }
    }

    @Test func `the end by depth is said`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await Self.fill(engine)
            var random = SeededRandom(seed: 6)
            var request = SearchRequest(query: "privacy")
            request.embedding = RandomText.vector(&random)
            (request.collection, request.limit, request.depth) = ("alpha", 5, 12)
            let pages = try await Self.pages(request, of: engine)
            let ids = pages.flatMap { $0.hits.map(\.documentID) }
            #expect(Set(ids).count == ids.count && (12...24).contains(ids.count))
            #expect(pages.last?.warnings.contains { $0.hasPrefix("paging ends") } == true)
        }
    }

    @Test func `a leg that did not run or did not find`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            var random = SeededRandom(seed: 8)
            let vector = RandomText.vector(&random)
            _ = try await engine.put(
                [DocumentInput(id: "words", text: "privacy"), DocumentInput(id: "meaning", text: "other", embedding: vector)],
                collection: nil)
            var request = SearchRequest(query: "privacy")
            let keywords = try await engine.search(request)
            #expect(keywords.degraded && keywords.hits.map(\.documentID) == ["words"])
            #expect(keywords.hits.first?.score == 1, "the leg that ran has the whole weight")
            request.embedding = vector
            let both = try await engine.search(request)
            let byID = Dictionary(uniqueKeysWithValues: both.hits.map { ($0.documentID, $0) })
            #expect(!both.degraded && both.totalRelation == .atLeast)
            #expect(byID["words"]?.vectorRank == nil && byID["words"]?.vectorScore == 0)
            #expect(byID["meaning"]?.keywordRank == nil && byID["meaning"]?.keywordScore == 0)
            #expect(both.hits.allSatisfy { $0.score == 0.5 })
            request.mode = .vector
            let meaning = try await engine.search(request)
            #expect(meaning.hits.map(\.documentID) == ["meaning"] && meaning.hits.first?.score == 1)
            #expect(!String(decoding: both.bytes, as: UTF8.self).contains("null"), "a missing rank is left out")
        }
    }

    @Test func `a cursor goes on after a change and says so, and belongs to its request`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await Self.fill(engine)
            var request = SearchRequest(query: "privacy")
            (request.mode, request.collection) = (.bm25, "alpha")
            request.cursor = try await engine.search(request).nextCursor
            _ = try await engine.put([DocumentInput(id: "new", text: "privacy")], collection: "alpha")
            let next = try await engine.search(request)
            #expect(next.warnings.contains { $0.hasPrefix("index_changed") } && next.hits.count == 10)
            request.query = "incident"
            await #expect(throws: ApplianceError.invalidCursor) { try await engine.search(request) }
        }
    }
}

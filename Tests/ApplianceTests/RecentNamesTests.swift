import Appliance
import IndexCore
import TestKit
import Testing

/// Hits told by ids alone, whose names are remembered, beside hits told with texts, which are read each time.
@Suite struct RecentNamesTests {
    private static let collection = "notes"

    private func put(_ numbers: Range<Int>, titles: String, into engine: TenantEngine) async throws {
        _ = try await engine.put(
            numbers.map { number in
                var random = SeededRandom(seed: UInt64(number))
                return DocumentInput(
                    id: "d\(number)", title: "\(titles) \(number)",
                    text: "# Part \(number)\n" + RandomText.sentence(&random, words: 40))
            }, collection: Self.collection)
    }

    /// Asks for each word both ways, twice.
    private func compare(_ engine: TenantEngine, _ comment: Comment) async throws {
        for word in RandomText.words {
            var request = SearchRequest(query: word)
            (request.mode, request.collection, request.limit) = (.bm25, Self.collection, 50)
            let told = try await engine.search(request).hits
            request.detail = .ids
            for _ in 0..<2 {
                let named = try await engine.search(request).hits
                #expect(named.map(\.documentID) == told.map(\.documentID), comment)
                #expect(named.map(\.title) == told.map(\.title), comment)
                #expect(named.map(\.heading) == told.map(\.heading), comment)
                #expect(named.map(\.passage) == told.map(\.passage), comment)
                #expect(named.map(\.score) == told.map(\.score), comment)
            }
        }
    }

    @Test func `remembered names are those of the rows, whatever becomes of the documents`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await put(0..<300, titles: "First", into: engine)
            try await compare(engine, "as they came")
            try await put(0..<150, titles: "Second", into: engine)
            try await compare(engine, "replaced")
            _ = try await engine.delete((100..<200).map { "d\($0)" }, collection: Self.collection)
            try await compare(engine, "deleted")
            try await harness.compact()
            try await compare(engine, "compacted")
            _ = try await engine.dropCollection(Self.collection)
            try await put(0..<300, titles: "Third", into: engine)
            try await compare(engine, "in a collection made anew under the same name")
        }
    }

    @Test func `very long titles are told whole`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await put(0..<20, titles: String(repeating: "long ", count: 200), into: engine)
            try await compare(engine, "long titles")
        }
    }
}

import Access
import Appliance
import IndexCore
import JSON
import TenantStore
import TestKit
import Testing

@Suite struct TenantEngineTests {
    /// What a test knows a document to be.
    private struct Expected: Equatable {
        var title: String
        var text: String
        var revision: Int
    }

    private static func input(_ id: String, _ expected: Expected, _ embedding: [Float]?) -> DocumentInput {
        DocumentInput(
            id: id, title: expected.title, text: expected.text,
            metadata: ["revision": .integer(Int64(expected.revision))],
            embedding: embedding)
    }

    /// Puts and deletes of one client on ids of its own, each awaited; returns what must be there at the end.
    private static func change(_ engine: TenantEngine, client: Int, seed: UInt64) async throws -> [String: Expected] {
        var random = SeededRandom(seed: seed)
        var model: [String: Expected] = [:]
        for step in 0..<25 {
            let ids = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                "c\(client)-\(Int.random(in: 0..<12, using: &random))"
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                let report = try await engine.delete(ids, collection: nil)
                let known = Set(ids).filter { model[$0] != nil }
                #expect(report.deleted == known.count && report.unknown == ids.count - known.count)
                for id in ids { model[id] = nil }
                continue
            }
            var documents: [DocumentInput] = []
            for id in ids {
                let sentences = Int.random(in: 0...40, using: &random)
                let expected = Expected(
                    title: "Title \(id) \(step)",
                    text: (0..<sentences).map { _ in RandomText.sentence(&random) }.joined(),
                    revision: step)
                documents.append(input(id, expected, Bool.random(using: &random) ? RandomText.vector(&random) : nil))
                // The last of equal ids wins.
                model[id] = expected
            }
            let report = try await engine.put(documents, collection: "notes")
            #expect(report.ids == ids && report.errors.isEmpty)
            let last = try #require(ids.last)
            #expect(
                try await engine.document(last, collection: nil).title == model[last]?.title,
                "visible when acknowledged")
        }
        return model
    }

    private static func expectDocuments(_ engine: TenantEngine, _ model: [String: Expected]) async throws {
        let found = try await engine.allDocuments().mapValues { document in
            let metadata = try JSONValue(parsing: document.metadata)
            return Expected(
                title: document.title, text: document.text, revision: Int(metadata["revision"]?.integerValue ?? -1))
        }
        #expect(found == model)
        let counted = engine.collections().reduce(0) { $0 + $1.documents }
        #expect(counted == model.count)
    }

    /// Searches of every kind.
    private static func requests(seed: UInt64) -> [SearchRequest] {
        var random = SeededRandom(seed: seed)
        var requests: [SearchRequest] = []
        for mode in SearchRequest.Mode.allCases {
            for fusion in SearchRequest.Fusion.allCases {
                var request = SearchRequest(query: RandomText.sentence(&random, words: 3))
                (request.mode, request.fusion, request.detail) = (mode, fusion, .full)
                request.embedding = mode == .bm25 ? nil : RandomText.vector(&random)
                requests.append(request)
                request.minVectorScore = mode == .bm25 ? nil : 0
                request.minScore = 0.2
                requests.append(request)
            }
        }
        return requests
    }

    @Test(.timeLimit(.minutes(3)), arguments: UInt64(1)...3)
    func `concurrent changes leave what a dictionary would hold, also after reopening`(seed: UInt64) async throws {
        var model: [String: Expected] = [:]
        var answers: [[UInt8]] = []
        let first = try EngineHarness()
        do {
            let engine = try await first.engine()
            try await withThrowingTaskGroup(of: [String: Expected].self) { group in
                for client in 0..<4 {
                    group.addTask { try await Self.change(engine, client: client, seed: seed * 100 + UInt64(client)) }
                }
                for try await part in group { model.merge(part) { $1 } }
            }
            try await Self.expectDocuments(engine, model)
            for request in Self.requests(seed: seed) { answers.append(try await engine.search(request).bytes) }
        }
        await first.close()
        try await EngineHarness.run(reopening: first) { harness in
            let engine = try await harness.engine()
            try await Self.expectDocuments(engine, model)
            for (request, answer) in zip(Self.requests(seed: seed), answers) {
                let again = try await engine.search(request).bytes
                #expect(again == answer, "equal fingerprint, equal answer: \(request.mode) \(request.fusion ?? .rrf)")
            }
        }
    }

    @Test func `deleting the last vector leaves the same answers as a restart`() async throws {
        let first = try EngineHarness()
        var request = SearchRequest(query: "privacy")
        var random = SeededRandom(seed: 1)
        request.embedding = RandomText.vector(&random)
        var engine: TenantEngine? = try await first.engine()
        _ = try await engine?.put(
            [
                DocumentInput(id: "a", text: "privacy rules", embedding: RandomText.vector(&random)),
                DocumentInput(id: "b", text: "privacy report"),
            ], collection: nil)
        _ = try await engine?.delete(["a"], collection: nil)
        let before = try await engine?.search(request)
        engine = nil
        await first.close()
        try await EngineHarness.run(reopening: first) { harness in
            let after = try await harness.engine().search(request)
            #expect(before?.bytes == after.bytes)
            #expect(after.degraded && after.hits.map(\.documentID) == ["b"])
        }
    }

    @Test func `canonically equivalent ids are two documents`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            let ids = ["caf\u{E9}", "cafe\u{301}"]
            #expect(ids[0] == ids[1], "equal to Swift")
            let report = try await engine.put(
                ids.enumerated().map { DocumentInput(id: $1, text: "text \($0)") }, collection: nil)
            #expect(report.added == 2)
            #expect(try await engine.document(ids[0], collection: nil).text == "text 0")
            #expect(try await engine.document(ids[1], collection: nil).text == "text 1")
            #expect(try await engine.delete([ids[0]], collection: nil).deleted == 1)
            #expect(try await engine.document(ids[1], collection: nil).text == "text 1")
        }
    }

    @Test func `in one batch the last of equal ids wins and unchanged ones are counted`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            let documents = ["one", "two", "two", "one"].map { DocumentInput(id: "a", text: $0) }
            let report = try await engine.put(documents, collection: nil)
            #expect((report.added, report.updated, report.unchanged) == (1, 2, 1))
            #expect(try await engine.document("a", collection: nil).text == "one")
            let fingerprint = try await engine.search(SearchRequest(query: "one")).indexFingerprint
            let again = try await engine.put([DocumentInput(id: "a", text: "one")], collection: nil)
            #expect(again.unchanged == 1)
            #expect(try await engine.search(SearchRequest(query: "one")).indexFingerprint == fingerprint)
            let bad = try await engine.put(
                [
                    DocumentInput(id: "", text: "x"), DocumentInput(id: "b", text: "y"),
                    DocumentInput(id: "c", text: ""),
                ],
                collection: nil)
            #expect(bad.errors.map(\.index) == [0, 2] && bad.ids == ["b"])
        }
    }

    @Test func `a document without text is found by its title, one without an id by its content`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            let document = DocumentInput(title: "Breach notification", text: "")
            let report = try await engine.put([document], collection: nil)
            #expect(try await engine.put([document], collection: nil).unchanged == 1)
            let answer = try await engine.search(SearchRequest(query: "notification"))
            #expect(answer.hits.map(\.documentID) == report.ids)
            #expect(answer.hits.first?.snippet == "")
        }
    }

    @Test func `a collection keeps its way of cutting`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            let text = String(repeating: "one two three four five. ", count: 200)
            try await engine.createCollection("whole", passages: .whole)
            _ = try await engine.put([DocumentInput(id: "a", text: text)], collection: "whole")
            #expect(engine.collections().map(\.passages) == [1])
            await #expect(
                throws: ApplianceError.collectionSettingsConflict(
                    collection: "whole", setting: "passages", existing: "whole")
            ) { try await engine.put([], collection: "whole", options: WriteOptions(passages: .auto)) }
            _ = try await engine.put([DocumentInput(id: "a", text: text)], collection: "cut")
            await #expect(throws: ApplianceError.noCollectionChosen(existing: ["cut", "whole"])) {
                try await engine.put([DocumentInput(id: "b", text: text)], collection: nil)
            }
            await #expect(throws: ApplianceError.ambiguousDocument(id: "a", collections: ["cut", "whole"])) {
                try await engine.document("a", collection: nil)
            }
            await #expect(throws: ApplianceError.ambiguousDocument(id: "a", collections: ["cut", "whole"])) {
                try await engine.delete(["a"], collection: nil)
            }
            await #expect(throws: ApplianceError.unknownCollection(name: "no", existing: ["cut", "whole"])) {
                try await engine.search(
                    {
                        var r = SearchRequest(query: "one"); r.collection = "no"; return r
                    }())
            }
        }
    }

    @Test func `a document of one huge line goes in and comes out whole`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            let text = String(repeating: "x", count: 400_000) + " needle " + String(repeating: "数", count: 100_000)
            _ = try await engine.put([DocumentInput(id: "a", text: text)], collection: nil)
            #expect(try await engine.document("a", collection: nil).text.utf8.elementsEqual(text.utf8))
            let hit = try #require(try await engine.search(SearchRequest(query: "needle")).hits.first)
            let range = try #require(hit.highlights.first)
            #expect(range == 400_001..<400_007, "offsets count scalars of the document")
        }
    }

    @Test func `a phrase is marked as a whole, its words nowhere else`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            let text = "learning first, machine learning then"
            _ = try await engine.put([DocumentInput(id: "a", text: text)], collection: nil)
            var request = SearchRequest(query: "\"machine learning\"")
            request.syntax = .query
            let hit = try #require(try await engine.search(request).hits.first)
            #expect(hit.highlights == [16..<32])
        }
    }

    @Test func `a write that fails half-way leaves nothing behind`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            _ = try await engine.put([DocumentInput(id: "a", text: "privacy before")], collection: nil)
            let before = try await engine.search(SearchRequest(query: "privacy")).bytes
            let outside = try harness.outsideWriter()
            try outside.connection.execute(
                script: """
                    BEGIN IMMEDIATE;
                    CREATE TRIGGER fault BEFORE INSERT ON passage WHEN NEW.text LIKE '%poison%'
                    BEGIN SELECT RAISE(ABORT, 'fault'); END;
                    COMMIT
                    """)
            let documents = [
                DocumentInput(id: "a", text: "privacy after"), DocumentInput(id: "b", text: "privacy new"),
                DocumentInput(id: "c", text: "privacy poison"),
            ]
            await #expect(throws: StoreError.self) { try await engine.put(documents, collection: nil) }
            await #expect(throws: StoreError.self) { try await engine.put([documents[2]], collection: "other") }
            #expect(try await engine.search(SearchRequest(query: "privacy")).bytes == before)
            #expect(try await engine.allDocuments().keys.sorted() == ["a"])
            #expect(engine.collections().map(\.name) == ["default"])
            // One bad write among many that share a turn fails alone.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        if number % 10 == 0 {
                            await #expect(throws: StoreError.self) {
                                try await engine.put([documents[2]], collection: nil)
                            }
                        } else {
                            _ = try await engine.put([DocumentInput(id: "n\(number)", text: "good")], collection: nil)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await engine.search(SearchRequest(query: "good")).total == 36)
            try outside.connection.execute(script: "BEGIN IMMEDIATE; DROP TRIGGER fault; COMMIT")
            try outside.connection.close()
            let report = try await engine.put(documents, collection: nil)
            #expect((report.added, report.updated) == (2, 1))
            #expect(try await engine.search(SearchRequest(query: "privacy")).total == 3)
        }
    }

    @Test func `records of reads wait while they cannot be written`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            _ = try await engine.put([DocumentInput(id: "a", text: "text")], collection: nil)
            let outside = try harness.outsideWriter()
            try outside.connection.execute(
                script:
                    "BEGIN IMMEDIATE; CREATE TRIGGER fault BEFORE INSERT ON usage BEGIN SELECT RAISE(ABORT, 'fault'); END; COMMIT"
            )
            let row = UsageRow(
                time: 1, requestID: "r", user: "u", operation: "search", status: "200", duration: 1, byteCount: 0,
                tokenCount: 0,
                cost: 0)
            #expect(engine.recordRead(usage: row, audit: nil))
            try await Task.sleep(for: .milliseconds(1_500))
            try outside.connection.execute(script: "BEGIN IMMEDIATE; DROP TRIGGER fault; COMMIT")
            try outside.connection.close()
            let reader = try TenantReader.open(harness.folder.tenantDatabase(try TenantName("acme")))
            for _ in 0..<100 where try reader.usage(limit: 10).isEmpty { try await Task.sleep(for: .milliseconds(50)) }
            #expect(try reader.usage(limit: 10).map(\.row) == [row])
            try reader.close()
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a search sees all of a write or nothing of it`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            @Sendable func version(_ number: Int) -> [DocumentInput] {
                (0..<20).map { DocumentInput(id: "d\($0)", title: "v\(number)", text: "privacy common text \(number)") }
            }
            _ = try await engine.put(version(0), collection: nil)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 1...40 { _ = try await engine.put(version(number), collection: nil) }
                }
                for _ in 0..<3 {
                    group.addTask {
                        var request = SearchRequest(query: "privacy")
                        (request.limit, request.detail) = (50, .full)
                        for _ in 0..<60 {
                            let answer = try await engine.search(request)
                            #expect(answer.hits.count == 20 && answer.total == 20)
                            #expect(Set(answer.hits.map(\.title)).count == 1)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    // MARK: Callers' vectors

    /// The cosine of document `id` with `vector`.
    private static func cosine(_ engine: TenantEngine, _ id: String, _ vector: [Float]) async throws -> Float? {
        var request = SearchRequest(query: "")
        (request.mode, request.embedding) = (.vector, vector)
        return try await engine.search(request).hits.first { $0.documentID == id && $0.vectorRank != nil }?.vectorScore
    }

    @Test func `a caller's new vector takes the old one's place, for good`() async throws {
        var random = SeededRandom(seed: 7)
        let (old, new) = (RandomText.vector(&random), RandomText.vector(&random))
        let first = try EngineHarness()
        do {
            let engine = try await first.engine()
            _ = try await engine.put([DocumentInput(id: "a", text: "same text", embedding: old)], collection: nil)
            _ = try await engine.put([DocumentInput(id: "a", text: "same text", embedding: new)], collection: nil)
            #expect(abs((try await Self.cosine(engine, "a", new) ?? 0) - 1) < 1e-5)
        }
        await first.close()
        try await EngineHarness.run(reopening: first) { harness in
            let engine = try await harness.engine()
            #expect(abs((try await Self.cosine(engine, "a", new) ?? 0) - 1) < 1e-5)
            // The same vector under other metadata stays; without one the text waits for the embedder's.
            _ = try await engine.put(
                [DocumentInput(id: "a", text: "same text", metadata: ["n": 1], embedding: new)], collection: nil)
            #expect(abs((try await Self.cosine(engine, "a", new) ?? 0) - 1) < 1e-5)
            _ = try await engine.put([DocumentInput(id: "a", text: "same text")], collection: nil)
            #expect(try await Self.cosine(engine, "a", new) == nil)
            #expect(engine.collections().map(\.waiting) == [1])
        }
    }

    @Test func `a vector that cannot be used is the document's own problem`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            let report = try await engine.put(
                [
                    DocumentInput(id: "a", text: "t", embedding: [1, 2]),
                    DocumentInput(id: "b", text: "t", embedding: [Float](repeating: 0, count: 384)),
                    DocumentInput(id: "c", text: "t", embedding: [Float](repeating: .nan, count: 384)),
                    DocumentInput(id: "d", text: "t"),
                ], collection: nil)
            #expect(report.ids == ["d"] && report.errors.map(\.index) == [0, 1, 2])
        }
    }
}

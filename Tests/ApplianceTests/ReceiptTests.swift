import Access
import Appliance
import IndexCore
import JSON
import TestKit
import Testing

/// Receipts against the index that gave them: they hold, and no number in them can be another.
@Suite struct ReceiptTests {
    private static func fill(_ engine: TenantEngine, seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        for (collection, count) in [("alpha", 40), ("beta", 20)] {
            let documents = (0..<count).map { number in
                DocumentInput(
                    // Some ids are in both collections.
                    id: "\(number < 5 ? "both" : collection)-\(number)",
                    title: number % 3 == 0 ? RandomText.sentence(&random, words: 3) : "",
                    text: (0..<Int.random(in: 1...30, using: &random)).map { _ in RandomText.sentence(&random) }
                        .joined(),
                    embedding: number % 5 == 0 ? nil : RandomText.vector(&random))
            }
            _ = try await engine.put(documents, collection: collection)
        }
    }

    private static func request(_ random: inout SeededRandom) -> SearchRequest {
        var request = SearchRequest(query: RandomText.sentence(&random, words: Int.random(in: 1...6, using: &random)))
        request.mode = SearchRequest.Mode.allCases.randomElement(using: &random) ?? .hybrid
        request.fusion = SearchRequest.Fusion.allCases.randomElement(using: &random) ?? .rrf
        request.limit = Int.random(in: 1...10, using: &random)
        request.depth = [1, 5, 20, 100].randomElement(using: &random) ?? 100
        if Bool.random(using: &random) { request.collection = "alpha" }
        if Int.random(in: 0..<3, using: &random) == 0 { request.diversity = 0.3 }
        if Int.random(in: 0..<3, using: &random) == 0 { request.minScore = 0.1 }
        if request.mode != .bm25 { request.embedding = RandomText.vector(&random) }
        request.receipts = true
        return request
    }

    private static func object(_ receipt: [UInt8]?) throws -> JSONObject {
        let text = try #require(receipt)
        return try #require(try JSONValue(parsing: text).objectValue)
    }

    private static func verify(_ object: JSONObject, _ engine: TenantEngine) async throws -> ReceiptVerification {
        let explanation = try await engine.verify(ReceiptClaim(object), deadline: .none)
        return try #require(explanation.verification)
    }

    @Test(arguments: [UInt64](1...4))
    func `a receipt holds, whatever the request`(seed: UInt64) async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await Self.fill(engine, seed: seed)
            var random = SeededRandom(seed: seed &+ 50)
            var count = 0
            for _ in 0..<12 {
                let request = Self.request(&random)
                for hit in try await engine.search(request, deadline: .none).hits {
                    let object = try Self.object(hit.receipt)
                    #expect(hit.receipt == JSONValue.object(object).canonical)
                    let found = try await Self.verify(object, engine)
                    #expect(found.isEqual, "\(found.differences) \(request)")
                    #expect(found.seal == .intact)
                    count += 1
                }
            }
            #expect(count > 20)
        }
    }

    /// Every leaf, one after the other: what decides the search finds another hit, the rest is compared.
    @Test(arguments: [UInt64](5...7))
    func `no leaf can be another`(seed: UInt64) async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await Self.fill(engine, seed: seed)
            var random = SeededRandom(seed: seed)
            var request = Self.request(&random)
            (request.mode, request.embedding, request.minScore) = (.hybrid, RandomText.vector(&random), nil)
            request.fusion = SearchRequest.Fusion.allCases[Int(seed % 3)]
            let hits = try await engine.search(request, deadline: .none).hits
            let object = try Self.object(hits.first?.receipt)
            let paths = Self.leaves(.object(object), at: [])
            #expect(paths.count > 50)
            for path in paths where !["seal", "format", "tenant_id", "request"].contains(path[0].name) {
                let forged = try #require(Self.changed(.object(object), path[...]).objectValue)
                let found = try await Self.verify(forged, engine)
                #expect(!found.isEqual && found.seal == .broken, "\(path)")
            }
        }
    }

    @Test func `a receipt of another tenant is unknown`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine("one")
            let other = try await harness.engine("two")
            for engine in [engine, other] { try await Self.fill(engine, seed: 1) }
            var random = SeededRandom(seed: 2)
            var request = Self.request(&random)
            (request.mode, request.minScore) = (.bm25, nil)
            var object = try Self.object(try await engine.search(request, deadline: .none).hits.first?.receipt)
            let claim = try ReceiptClaim(object)
            await #expect(throws: ApplianceError.receiptUnknown) { try await other.verify(claim, deadline: .none) }
            // The same documents, the same numbers: only the seal knows.
            object["tenant_id"] = "two"
            let found = try await Self.verify(object, other)
            #expect(found.isEqual && found.seal == .broken)
        }
    }

    @Test func `differences are told by their place`() throws {
        func differences(_ receipt: String, _ index: String) throws -> [String] {
            ReceiptDifference.all(receipt: try JSONValue(parsing: receipt), index: try JSONValue(parsing: index))
                .map(\.member)
        }
        #expect(try differences(#"{"a":1,"b":[{"c":2}]}"#, #"{"b":[{"c":2.0}],"a":1e0}"#).isEmpty)
        #expect(
            try differences(#"{"a":1,"b":[{"c":2}]}"#, #"{"b":[{"c":3},4],"d":null}"#) == ["a", "b[0].c", "b[1]", "d"])
        #expect(try differences(#"{"a":{"b":1}}"#, #"{"a":[1]}"#) == ["a"])
        #expect(try differences(#"{"a":null}"#, #"{}"#) == ["a"])
        #expect(try differences(#"{"a":"1"}"#, #"{"a":1}"#) == ["a"])
        #expect(try differences(#"{"a":0.1}"#, #"{"a":0.10000000000000002}"#) == ["a"])
    }

    @Test func `a mark fits one text, one purpose and one key`() {
        let seal = TokenSeal(key: [UInt8](repeating: 7, count: 32))
        let text = Array("a receipt".utf8)
        let mark = seal.mark(text, for: "receipt a")
        #expect(seal.isMark(mark, of: text, for: "receipt a"))
        #expect(!seal.isMark(mark, of: text, for: "receipt b"))
        #expect(!seal.isMark(mark, of: text + [0], for: "receipt a"))
        #expect(!seal.isMark("", of: text, for: "receipt a") && !seal.isMark("%%", of: text, for: "receipt a"))
        #expect(!TokenSeal(key: [UInt8](repeating: 8, count: 32)).isMark(mark, of: text, for: "receipt a"))
        // What seals a cursor marks no text, and the reverse.
        #expect(seal.open(mark, for: "receipt a") == nil)
    }

    // MARK: Forging

    private enum Step: Sendable {
        case member(String)
        case item(Int)

        var name: String {
            switch self {
            case .member(let name): name
            case .item(let place): "[\(place)]"
            }
        }
    }

    private static func leaves(_ value: JSONValue, at path: [Step]) -> [[Step]] {
        switch value {
        case .object(let object): object.members.flatMap { leaves($0.value, at: path + [.member($0.key)]) }
        case .array(let items): items.enumerated().flatMap { leaves($0.element, at: path + [.item($0.offset)]) }
        default: [path]
        }
    }

    private static func changed(_ value: JSONValue, _ path: ArraySlice<Step>) -> JSONValue {
        guard let step = path.first else {
            return switch value {
            case .bool(let flag): .bool(!flag)
            case .string(let text): .string(text + "x")
            default: .number((value.doubleValue ?? 0) + 0.5)
            }
        }
        switch (step, value) {
        case (.member(let name), .object(var object)):
            object[name] = changed(object[name] ?? .null, path.dropFirst())
            return .object(object)
        case (.item(let place), .array(var items)):
            items[place] = changed(items[place], path.dropFirst())
            return .array(items)
        default: return value
        }
    }
}

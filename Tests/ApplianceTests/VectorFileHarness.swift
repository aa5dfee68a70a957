import Appliance
import Glibc
import IndexCore
import TenantStore
import TestKit
import Testing

/// Documents with vectors of their own, and questions asked by vectors.
enum VectorCorpus {
    static func documents(_ range: Range<Int>, seed: UInt64 = 1) -> [DocumentInput] {
        range.map { number in
            var random = SeededRandom(seed: seed &* 7_000_003 &+ UInt64(number))
            return DocumentInput(
                id: "d\(number)", text: "w\(number) text", embedding: RandomText.vector(&random))
        }
    }

    static func put(_ range: Range<Int>, into engine: TenantEngine, seed: UInt64 = 1) async throws {
        for start in stride(from: range.lowerBound, to: range.upperBound, by: 500) {
            let end = min(start + 500, range.upperBound)
            _ = try await engine.put(documents(start..<end, seed: seed), collection: "notes")
        }
    }

    /// Answers to questions, byte for byte.
    static func answers(_ engine: TenantEngine, count: Int = 20) async throws -> [[UInt8]] {
        var answers: [[UInt8]] = []
        for response in try await responses(engine, count: count) { answers.append(response.bytes) }
        return answers
    }

    static func responses(_ engine: TenantEngine, count: Int = 20) async throws -> [SearchResponse] {
        var random = SeededRandom(seed: 77)
        var responses: [SearchResponse] = []
        for _ in 0..<count { responses.append(try await engine.search(question(&random))) }
        return responses
    }

    static func question(_ random: inout SeededRandom) -> SearchRequest {
        var request = SearchRequest(query: "text")
        (request.mode, request.embedding, request.limit) = (.vector, RandomText.vector(&random), 20)
        return request
    }
}

extension EngineHarness {
    /// The files of vectors and graphs, by what they hold.
    var vectorFiles: [String] { allIndexFiles.filter { $0.hasSuffix(".vec") || $0.hasSuffix(".hnsw") } }

    /// Compacts the collection of the tests and waits for the end.
    func compact() async throws {
        let engine = try await engine()
        try await engine.compact("notes")
        try await settle()
    }

    /// Waits until searches by vectors miss nothing and nothing is at work.
    func waitUntilWhole() async throws {
        let engine = try await engine()
        var random = SeededRandom(seed: 5)
        let request = VectorCorpus.question(&random)
        try await eventually("whole again") {
            try await engine.search(request).degraded == false && engine.isIndexQuiet
        }
    }
}

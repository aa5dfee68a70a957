import Embedding
import TestKit
import Testing

/// The encoders against vectors that `transformers` computed, and against each other.
@Suite(.enabled(if: ModelFiles.source != nil && ModelFiles.pack != nil, ModelFiles.unavailable))
struct MiniLMTests {
    private struct Reference {
        let text: String
        let isPlain: Bool
        let vector: [Float]
    }

    private static func references() throws -> [Reference] {
        let bytes = try ModelFiles.fixture("vectors.f32")
        let numbers = stride(from: 0, to: bytes.count, by: 4).map { offset in
            Float(bitPattern: bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
        }
        let rows = try ModelFiles.table("vectors.tsv")
        #expect(numbers.count == rows.count * 384)
        return rows.enumerated().map { index, row in
            Reference(
                text: textOfHexadecimal(row[0]), isPlain: row[1] == "plain",
                vector: Array(numbers[index * 384..<(index + 1) * 384])
            )
        }
    }

    /// Texts of many lengths, so that batches break everywhere and tiles have every remainder.
    private static func mixedTexts(seed: UInt64) -> [String] {
        var state = seed
        func random(_ bound: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % bound)
        }
        let words = ["court", "ruling", "patient", "dose", "ledger", "audit", "naïve", "the", "of", "7", "β-cell", "§"]
        let lengths = Array(0...26) + [32, 65, 130, 260]
        return lengths.map { length in
            (0..<length).map { _ in words[random(UInt64(words.count))] }.joined(separator: " ")
        }
    }

    private static func quantized(_ level: KernelLevel = .best) throws -> MiniLM {
        try MiniLM(packAt: try #require(ModelFiles.pack), level: level)
    }

    @Test func `float32 equals the reference implementation`() throws {
        let model = try MiniLM(packAt: try #require(ModelFiles.float32Pack))
        let scratch = model.makeScratch()
        for reference in try Self.references() {
            let result = try model.embed([reference.text], scratch: scratch)
            #expect(cosine(result[0].vector, reference.vector) >= 0.99999, "\(reference.text.prefix(60))")
        }
    }

    @Test func `int8 stays near the reference implementation`() throws {
        let model = try Self.quantized()
        let scratch = model.makeScratch()
        for reference in try Self.references() {
            let result = try model.embed([reference.text], scratch: scratch)
            let floor = reference.isPlain ? 0.99 : 0.97
            #expect(cosine(result[0].vector, reference.vector) >= floor, "\(reference.text.prefix(60))")
        }
    }

    @Test(arguments: [UInt64(1)]) func `every kernel level gives the same bits`(seed: UInt64) throws {
        let texts = Self.mixedTexts(seed: seed)
        let oracle = try Self.quantized(.portable)
        let expected = try oracle.embed(texts, scratch: oracle.makeScratch())
        for level in KernelLevel.allCases where level.isAvailable {
            let model = try Self.quantized(level)
            let found = try model.embed(texts, scratch: model.makeScratch())
            #expect(found == expected, "\(level)")
        }
    }

    @Test func `a vector does not depend on its batch`() throws {
        let model = try Self.quantized()
        let scratch = model.makeScratch()
        let texts = Self.mixedTexts(seed: 3)
        let together = try model.embed(texts, scratch: scratch)
        let backwards = try model.embed(texts.reversed(), scratch: scratch)
        for (index, text) in texts.enumerated() {
            let alone = try model.embed([text], scratch: model.makeScratch())
            #expect(together[index] == alone[0])
            #expect(backwards[texts.count - 1 - index] == alone[0])
        }
    }

    @Test func `vectors have unit length and say what was read`() throws {
        let model = try Self.quantized()
        let texts = ["", "short", String(repeating: "word ", count: 254), String(repeating: "word ", count: 255)]
        let results = try model.embed(texts, scratch: model.makeScratch())
        #expect(results.map(\.tokenCount) == [2, 3, 256, 256])
        #expect(results.map(\.truncated) == [false, false, false, true])
        for result in results {
            #expect(result.vector.count == model.dimension)
            let length = result.vector.reduce(0) { $0 + Double($1) * Double($1) }
            #expect(abs(length - 1) < 1e-5)
        }
        #expect(try model.embed([], scratch: model.makeScratch()).isEmpty)
    }

    @Test func `the identity names the vector space`() throws {
        let id = try Self.quantized().id
        #expect(id.description == "minilm-l6-v2/q8/\(id.packSHA256.prefix(8))")
        #expect(id.packSHA256.count == 64)
        #expect(id.dimension == 384)
    }
}

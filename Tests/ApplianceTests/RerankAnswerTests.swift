import Appliance
import TestKit
import Testing

/// What a rerank endpoint may answer: exactly one sound score for each document, or it is not taken.
@Suite struct RerankAnswerTests {
    private static func read(_ text: String, count: Int) -> [Float]? {
        try? RerankAnswer.scores(Array(text.utf8), count: count)
    }

    @Test func `scores come in the order of the documents`() {
        let answer =
            #"{"id": 1, "results": [{"index": 1, "relevance_score": -3}, {"index": 0, "relevance_score": 0.5, "document": {}}]}"#
        #expect(Self.read(answer, count: 2) == [0.5, -3])
        #expect(Self.read(#"{"results": []}"#, count: 0) == [])
    }

    @Test(arguments: [
        "", "[]", "{}", "null", #"{"results": {}}"#, #"{"results": [1, 2]}"#,
        #"{"results": [{"index": 0, "relevance_score": 1}]}"#,
        #"{"results": [{"index": 0, "relevance_score": 1}, {"index": 0, "relevance_score": 1}]}"#,
        #"{"results": [{"index": 0, "relevance_score": 1}, {"index": 2, "relevance_score": 1}]}"#,
        #"{"results": [{"index": 0, "relevance_score": 1}, {"index": 1.5, "relevance_score": 1}]}"#,
        #"{"results": [{"index": 0, "relevance_score": 1}, {"index": 99999999999999999999, "relevance_score": 1}]}"#,
        #"{"results": [{"index": 0, "relevance_score": 1}, {"index": 1, "relevance_score": null}]}"#,
        #"{"results": [{"index": 0, "relevance_score": 1}, {"index": 1, "relevance_score": 1e7}]}"#,
        #"{"results": [{"index": 0, "relevance_score": 1}, {"index": 1, "relevance_score": 1e999}]}"#,
    ])
    func `anything else is refused`(answer: String) {
        #expect(Self.read(answer, count: 2) == nil)
    }

    @Test(arguments: [UInt64](1...4))
    func `broken answers never trap`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let sound = Array(
            #"{"results": [{"index": 1, "relevance_score": 0.25}, {"index": 0, "relevance_score": 0.5}]}"#.utf8)
        for _ in 0..<2_000 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            guard let scores = try? RerankAnswer.scores(bytes, count: 2) else { continue }
            #expect(scores.count == 2 && scores.allSatisfy { $0.isFinite })
        }
    }
}

import BM25
import IndexCore
import TestKit
import Testing

/// Explanations of the engine alone, over segments with dead rows and equal passages.
@Suite("Explanations against searches")
struct ExplanationTests {
    private static let words = (0..<40).map { "word\($0)" }

    private static func text(_ random: inout SeededRandom) -> String {
        (0..<Int.random(in: 0...30, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
            .joined(separator: " ")
    }

    @Test("the sum is the score", arguments: [UInt64](1...8))
    func sumsToTheScore(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let parameters = BM25Parameters(titleWeight: Int.random(in: 0...3, using: &random))
        var index = BM25Index(parameters: parameters)
        var live = IDSet()
        var documents: [Range<UInt32>] = []
        var next: UInt32 = 1
        for _ in 0..<6 {
            var builder = BM25SegmentBuilder(parameters: parameters)
            for _ in 0..<20 {
                let first = next
                let title = Self.text(&random)
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    builder.add(PassageID(next), document: PassageID(first), title: title, text: Self.text(&random))
                    next += 1
                }
                live.insert(first..<next)
                documents.append(first..<next)
            }
            index.append(builder.build(), live: live)
        }
        for _ in 0..<15 {
            let gone = documents.remove(at: Int.random(in: 0..<documents.count, using: &random))
            live.remove(gone)
            index.remove(gone)
        }
        for _ in 0..<20 {
            let snapshot = index.snapshot
            let query = snapshot.analyze(Self.text(&random))
            let hits = try snapshot.search(query, k: documents.count, live: live).hits
            var explained = 0
            for document in documents {
                let explanation = try snapshot.explain(query, document: document)
                let hit = hits.first { $0.document.rawValue == document.lowerBound }
                #expect(explanation.passage == hit?.passage)
                #expect(explanation.score == hit?.score ?? 0)
                #expect(explanation.terms.map(\.term) == query.terms)
                #expect(Float(explanation.terms.reduce(0) { $0 + $1.contribution }) == explanation.score)
                #expect(explanation.terms.allSatisfy { ($0.frequency > 0) == ($0.contribution > 0) })
                explained += hit == nil ? 0 : 1
            }
            #expect(explained == hits.count)
            #expect(
                try explanationWeights(snapshot, query, documents[0])
                    == snapshot.search(query, k: 1, live: live).weights)
        }
    }

    private func explanationWeights(
        _ snapshot: BM25Snapshot, _ query: BM25Query, _ document: Range<UInt32>
    ) throws -> [Double] {
        try snapshot.explain(query, document: document).terms.map(\.inverseDocumentFrequency)
    }
}

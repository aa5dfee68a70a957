import BM25
import IndexCore
import TestKit
import Testing

private typealias Twin = RandomWrites<ReferenceBM25>

extension RandomWrites<ReferenceBM25> {
    fileprivate func check(_ query: String, k: Int, filter: IDSet? = nil) throws {
        let snapshot = index.snapshot
        let analyzed = snapshot.analyze(query)
        let result = try snapshot.search(analyzed, k: k, live: live, filter: filter, countsAll: true)
        let expected = reference.documentScores(analyzed.terms) { filter?.contains(PassageID($0)) ?? true }
        #expect(result.total == expected.count)
        let ranked = expected.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(k)
        #expect(result.hits.count == ranked.count)
        let passageScores = reference.scores(analyzed.terms)
        for (hit, wanted) in zip(result.hits, ranked) {
            #expect(isClose(hit.score, wanted.value))
            #expect(isClose(hit.score, expected[hit.document.rawValue] ?? -1))
            #expect(isClose(hit.score, passageScores[hit.passage.rawValue] ?? -1))
        }
        for (hit, next) in zip(result.hits, result.hits.dropFirst()) {
            #expect(hit.precedes(next))
        }
    }

    private func isClose(_ score: Float, _ wanted: Double) -> Bool {
        abs(Double(score) - wanted) <= 1e-6 * max(wanted, 1e-3)
    }
}

@Suite("Scores against the plain reference")
struct ScoreTests {
    @Test(
        "random writes, updates and merges",
        arguments: [
            BM25Parameters(), BM25Parameters(titleWeight: 0), BM25Parameters(titleWeight: 16),
            BM25Parameters(k1: 0.9, b: 0.4, titleWeight: 1), BM25Parameters(k1: 0, b: 0),
            BM25Parameters(k1: 2, b: 1, titleWeight: 3),
        ], [UInt64(1), 2])
    func randomWrites(parameters: BM25Parameters, seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var twin = Twin(parameters: parameters)
        for step in 0..<120 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5: twin.append(documentCount: 1, longest: 3_000, &random)
            case 5: twin.append(documentCount: Int.random(in: 2...20, using: &random), longest: 3_000, &random)
            case 6: twin.index.mergeAll()
            default: twin.removeDocument(&random)
            }
            guard step % 6 == 0 else { continue }
            try twin.check(randomText(&random, words: 1...8), k: Int.random(in: 1...30, using: &random))
            var filter = IDSet()
            for id in 1...twin.nextID where Bool.random(using: &random) {
                filter.insert(PassageID(id))
            }
            try twin.check(randomText(&random, words: 1...8), k: 10, filter: filter)
        }
        try twin.check("w0 w1 w2 w3 w4 w5 absent", k: 1_000)
    }

    @Test("merges, and the order of merges, move no score by a bit")
    func mergesMoveNothing() throws {
        var random = SeededRandom(seed: 11)
        var twin = Twin(parameters: BM25Parameters())
        for _ in 0..<60 {
            twin.append(documentCount: Int.random(in: 1...6, using: &random), longest: 3_000, &random)
            twin.removeDocument(&random)
        }
        #expect(twin.index.segmentCount > 1)
        let before = twin.index.snapshot
        twin.index.mergeAll()
        let after = twin.index.snapshot
        #expect(after.segmentCount == 1)
        #expect(before.statistics == after.statistics)
        for _ in 0..<100 {
            let query = before.analyze(randomText(&random, words: 1...12))
            let first = try before.search(query, k: 50, live: twin.live)
            #expect(try after.search(query, k: 50, live: twin.live) == first)
            #expect(!first.hits.isEmpty)
        }
    }

    @Test("thousands of passages: many windows, many blocks")
    func large() throws {
        var random = SeededRandom(seed: 12)
        var twin = Twin(parameters: BM25Parameters())
        for _ in 0..<12 {
            twin.append(documentCount: 400, longest: 3_000, &random)
        }
        for _ in 0..<300 {
            twin.removeDocument(&random)
        }
        #expect(twin.index.statistics.passageCount == twin.live.count)
        for _ in 0..<4 {
            try twin.check(randomText(&random, words: 1...6), k: 100)
        }
    }

    @Test("frequencies beyond the table and beyond a byte")
    func highFrequencies() throws {
        var twin = Twin(parameters: BM25Parameters())
        var builder = BM25SegmentBuilder()
        for (id, count) in zip(UInt32(1)..., [1, 15, 16, 17, 255, 256, 70_000]) {
            let text = Array(repeating: "echo", count: count).joined(separator: " ")
            builder.add(PassageID(id), document: PassageID(id), title: "", text: text)
            twin.reference.add(id, document: id, title: "", text: text)
            twin.live.insert(PassageID(id))
        }
        twin.index.append(builder.build())
        try twin.check("echo", k: 10)
    }

    @Test("lengths keep Lucene's byte")
    func norms() {
        let known: [(length: Int, code: UInt8, decoded: Int)] = [
            (0, 0, 0), (1, 1, 1), (23, 23, 23), (24, 24, 24), (39, 39, 39), (40, 40, 40), (41, 40, 40), (42, 41, 42),
            (100, 57, 96), (1_000, 87, 984), (Int(Int32.max), 255, 2_013_265_944),
        ]
        for (length, code, decoded) in known {
            #expect(NormCodec.encode(length) == code)
            #expect(NormCodec.decode(code) == decoded)
        }
        for code in UInt8(0)...255 {
            #expect(NormCodec.encode(NormCodec.decode(code)) == code)
        }
        var random = SeededRandom(seed: 13)
        for _ in 0..<10_000 {
            let length = Int.random(in: 0...Int(Int32.max), using: &random) >> Int.random(in: 0..<31, using: &random)
            #expect(NormCodec.decode(NormCodec.encode(length)) == ReferenceBM25.roundTrip(length))
        }
    }
}

import Appliance
import Testing

@Suite struct RankingMeasuresTests {
    private func close(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-6 }

    /// By hand: DCG = 3 / log2(2) + 0 + 1 / log2(4) = 3.5; ideal = 3 + 2 / log2(3) + 1 / log2(4) = 4.761860.
    @Test func `graded relevance`() {
        let measures = RankingMeasures(ranking: ["a", "x", "c"], judgments: ["a": 3, "b": 2, "c": 1, "x": 0])
        #expect(close(measures.ndcg, 3.5 / 4.761_859_507))
        #expect(close(measures.recall100, 2.0 / 3))
        #expect(measures.reciprocalRank == 1 && measures.success == 1 && measures.unjudged == 0)
    }

    @Test func `what stands below the cut does not count`() {
        let ranking = (1...101).map { "d\($0)" }
        let eleventh = RankingMeasures(ranking: ranking, judgments: ["d11": 1, "d101": 1])
        #expect(eleventh.ndcg == 0 && eleventh.reciprocalRank == 0 && eleventh.recall100 == 0.5)
        let tenth = RankingMeasures(ranking: ranking, judgments: ["d10": 1])
        #expect(close(tenth.ndcg, 0.289_064_826) && tenth.reciprocalRank == 0.1 && tenth.recall100 == 1)
    }

    @Test func `a perfect ranking has measure one, an empty one nothing`() {
        let judgments = Dictionary(uniqueKeysWithValues: (1...20).map { ("d\($0)", 1) })
        let perfect = RankingMeasures(ranking: (1...20).map { "d\($0)" }, judgments: judgments)
        #expect(close(perfect.ndcg, 1) && perfect.recall100 == 1 && perfect.reciprocalRank == 1)
        let empty = RankingMeasures(ranking: [], judgments: judgments)
        #expect(empty.ndcg == 0 && empty.recall100 == 0 && empty.reciprocalRank == 0)
        #expect(RankingMeasures(ranking: ["a"], judgments: ["a": 0]) == empty)
        #expect(RankingMeasures.mean([perfect, empty]).recall100 == 0.5)
        #expect(RankingMeasures.mean([]) == empty)
    }
}

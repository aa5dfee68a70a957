import IndexCore
import TestKit
import Testing

@Suite struct RankFusionTests {
    private func hit(_ document: UInt32, _ score: Float, passage: UInt32? = nil) -> DocumentHit {
        DocumentHit(document: PassageID(document), passage: PassageID(passage ?? document), score: score)
    }

    private func rrf(_ k: Double = 60, _ keyword: Double = 1, _ vector: Double = 1) -> RankFusion {
        RankFusion(method: .reciprocalRank(k: k), keywordWeight: keyword, vectorWeight: vector)
    }

    @Test func firstInBothLegsScoresOne() {
        let fused = rrf().fuse(keyword: [hit(4, 9), hit(5, 8)], vector: [hit(4, 0.5)])
        #expect(fused.map(\.document.rawValue) == [4, 5])
        #expect(abs(fused[0].score - 1) < 1e-12)
        #expect(abs(fused[0].fusionScore - 1 / 61.0) < 1e-15)
        #expect(abs(fused[1].fusionScore - 0.5 / 62.0) < 1e-15)
        #expect(fused[1].vector == nil)
        #expect(fused[1].keyword == LegRank(rank: 2, score: 8, passage: PassageID(5)))
    }

    @Test func aLegThatDidNotRunLeavesTheWholeWeightToTheOther() {
        for fused in [
            rrf(60, 0.1, 0.9).fuse(keyword: [hit(1, 3)], vector: nil),
            rrf(60, 0, 5).fuse(keyword: [hit(1, 3)], vector: nil),
            rrf(60, 1, 0).fuse(keyword: nil, vector: [hit(1, 3)]),
        ] {
            #expect(fused.map(\.score) == [1])
        }
        #expect(rrf().fuse(keyword: nil, vector: nil).isEmpty)
    }

    @Test func aLegThatRanAndFoundNothingKeepsItsWeight() {
        let fused = rrf().fuse(keyword: [hit(1, 3)], vector: [])
        #expect(abs(fused[0].score - 0.5) < 1e-12)
    }

    @Test func weightsCountByTheirRatio() {
        let keyword = [hit(1, 3), hit(2, 2)]
        let vector = [hit(2, 0.9), hit(1, 0.8)]
        #expect(
            rrf(60, 3, 1).fuse(keyword: keyword, vector: vector)
                == rrf(60, 0.75, 0.25).fuse(keyword: keyword, vector: vector))
        #expect(rrf(60, 3, 1).fuse(keyword: keyword, vector: vector).map(\.document.rawValue) == [1, 2])
        #expect(rrf(60, 1, 3).fuse(keyword: keyword, vector: vector).map(\.document.rawValue) == [2, 1])
        #expect(
            rrf(60, 0, 0).fuse(keyword: keyword, vector: vector) == rrf(60, 2, 2).fuse(keyword: keyword, vector: vector)
        )
        let huge = Double.greatestFiniteMagnitude
        #expect(
            rrf(60, huge, huge).fuse(keyword: keyword, vector: vector) == rrf().fuse(keyword: keyword, vector: vector))
    }

    @Test func tiesGoByDocumentAndThePassageByTheHigherRank() {
        let fused = rrf().fuse(
            keyword: [hit(8, 3, passage: 80), hit(7, 2, passage: 70)],
            vector: [hit(7, 0.9, passage: 71), hit(8, 0.8, passage: 81)])
        #expect(fused.map(\.document.rawValue) == [7, 8])
        #expect(fused.map(\.passage.rawValue) == [71, 80])
        let level = rrf().fuse(keyword: [hit(7, 2, passage: 70)], vector: [hit(7, 0.9, passage: 71)])
        #expect(level.map(\.passage.rawValue) == [70])
    }

    @Test func minMaxScalesEachLegToItsOwnRange() {
        let fusion = RankFusion(method: .minMax, keywordWeight: 1, vectorWeight: 1)
        let fused = fusion.fuse(keyword: [hit(1, 10), hit(2, 6), hit(3, 2)], vector: [hit(2, 0.5), hit(3, 0.4)])
        #expect(fused.map(\.document.rawValue) == [2, 1, 3])
        #expect(fused.map(\.score) == [0.75, 0.5, 0])
        let constant = fusion.fuse(keyword: [hit(1, 5), hit(2, 5)], vector: [hit(9, -0.2)])
        #expect(constant.map(\.score) == [0.5, 0.5, 0.5])
        #expect(constant.map(\.document.rawValue) == [1, 2, 9])
    }

    @Test(arguments: 0..<20 as Range<UInt64>, [FusionMethod.reciprocalRank(k: 60), .reciprocalRank(k: 0), .minMax])
    func agreesWithThePlainFormula(seed: UInt64, method: FusionMethod) {
        var random = SeededRandom(seed: seed)
        func leg() -> [DocumentHit] {
            let ids = (0..<60 as Range<UInt32>).shuffled(using: &random).prefix(Int.random(in: 0..<50, using: &random))
            let scores = ids.map { _ in random.unit() * 10 }.sorted(by: >)
            return zip(ids, scores).map { hit($0, $1) }
        }
        let keyword = leg()
        let vector = leg()
        let weights = (keyword: Double(random.unit()) + 0.01, vector: Double(random.unit()) + 0.01)
        let fused = RankFusion(method: method, keywordWeight: weights.keyword, vectorWeight: weights.vector)
            .fuse(keyword: keyword, vector: vector)

        func part(_ leg: [DocumentHit], _ document: PassageID) -> Double {
            guard let index = leg.firstIndex(where: { $0.document == document }) else { return 0 }
            switch method {
            case .reciprocalRank(let k): return 1 / (k + Double(index + 1))
            case .minMax:
                guard let high = leg.first?.score, let low = leg.last?.score, high > low else { return 1 }
                return (Double(leg[index].score) - Double(low)) / (Double(high) - Double(low))
            }
        }
        let total = weights.keyword + weights.vector
        let documents = Set((keyword + vector).map(\.document))
        #expect(Set(fused.map(\.document)) == documents)
        #expect(fused.count == documents.count)
        for entry in fused {
            let expected =
                (weights.keyword * part(keyword, entry.document) + weights.vector * part(vector, entry.document))
                / total
            #expect(abs(entry.fusionScore - expected) < 1e-12)
            #expect((0...1).contains(entry.score))
        }
        for (first, second) in zip(fused, fused.dropFirst()) {
            #expect(
                first.fusionScore > second.fusionScore
                    || (first.fusionScore == second.fusionScore && first.document < second.document))
        }
    }
}

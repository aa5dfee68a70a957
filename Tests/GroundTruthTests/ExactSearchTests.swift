import GroundTruth
import IndexCore
import TestKit
import Testing

@Suite struct ExactSearchTests {
    @Test(arguments: [(1, 1, 1), (3, 50, 7), (300, 5_000, 33), (2, 4_097, 384)])
    func agreesWithScoringEveryRow(queryCount: Int, rowCount: Int, dimension: Int) {
        var random = SeededRandom(seed: 21)
        let queries = random.gaussians(count: queryCount, dimension: dimension)
        var base = random.gaussians(count: rowCount, dimension: dimension)
        if rowCount > 10 {  // equal rows: ties go by row
            for row in [1, 4, 9] {
                base.replaceSubrange(row * dimension..<(row + 1) * dimension, with: base[0..<dimension])
            }
        }
        let found = ExactSearch.topK(queries: queries, base: base, dimension: dimension, k: 10)
        #expect(found.count == queryCount)
        for query in stride(from: 0, to: queryCount, by: max(1, queryCount / 20)) {
            let vector = Array(queries[query * dimension..<(query + 1) * dimension])
            var expected = TopK<Int>(k: 10)
            for row in 0..<rowCount {
                let score = VectorKernelsReference.score(vector, Array(base[row * dimension..<(row + 1) * dimension]))
                expected.insert(row, score: score)
            }
            let entries = expected.finish()
            #expect(found[query].map(\.row) == entries.map(\.id))
            #expect(found[query].map(\.score) == entries.map(\.score))
        }
    }

    @Test func emptyMatricesGiveEmptyAnswers() {
        #expect(ExactSearch.topK(queries: [], base: [1, 2], dimension: 2, k: 3).isEmpty)
        #expect(ExactSearch.topK(queries: [1, 2], base: [], dimension: 2, k: 3).map(\.count) == [0])
        #expect(ExactSearch.topK(queries: [1, 2], base: [3, 4], dimension: 2, k: 0).map(\.count) == [0])
    }
}

import IndexCore
import TestKit
import Testing

@Suite struct MaximalMarginalRelevanceTests {
    /// The definition, step by step, with cosines in `Double`.
    private func oracle(_ relevance: [Double], _ vectors: [[Float]?], diversity: Double) -> [Int] {
        var order: [Int] = []
        for place in vectors.indices {
            guard vectors[place] != nil else {
                order.append(place)
                continue
            }
            let open = vectors.indices.filter { vectors[$0] != nil && !order.contains($0) }
            let values = open.map { index in
                let penalty = order.compactMap { chosen -> Double? in
                    guard let one = vectors[chosen], let other = vectors[index] else { return nil }
                    return cosine(one, other)
                }.max()
                return (1 - diversity) * relevance[index] - diversity * (penalty ?? 0)
            }
            if let best = values.max(), let position = values.firstIndex(of: best) { order.append(open[position]) }
        }
        return order
    }

    private func cosine(_ one: [Float], _ other: [Float]) -> Double {
        ExactNeighbors.dot(one, other)
            / (ExactNeighbors.dot(one, one) * ExactNeighbors.dot(other, other)).squareRoot()
    }

    @Test(arguments: 0..<30 as Range<UInt64>)
    func agreesWithTheDefinition(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 1...60, using: &random)
        let relevance = (0..<count).map { _ in Double(random.unit()) }.sorted(by: >)
        let vectors: [[Float]?] = (0..<count).map { _ in
            seed % 3 == 0 && random.unit() < 0.2 ? nil : random.gaussians(count: 1, dimension: 5)
        }
        for diversity in [0, 0.3, 0.7, 1.0] {
            let ranking = MaximalMarginalRelevance(relevance: relevance, vectors: vectors, diversity: diversity)
            let order = try ranking.order(count: count, deadline: .none)
            #expect(order.map(\.index) == oracle(relevance, vectors, diversity: diversity))
            #expect(ranking.missingCount == vectors.count { $0 == nil })
            for length in [1, count / 2] where length > 0 {
                #expect(try ranking.order(count: length, deadline: .none) == Array(order.prefix(length)))
            }
            for (place, choice) in order.enumerated() {
                guard let vector = vectors[choice.index] else {
                    #expect(choice.index == place && choice.similarity == nil && choice.value == nil)
                    continue
                }
                guard let nearest = choice.nearest, let similarity = choice.similarity else {
                    // Nothing was there to compare with.
                    #expect(order.prefix(place).allSatisfy { vectors[$0.index] == nil })
                    continue
                }
                let other = try #require(vectors[order[nearest].index])
                #expect(nearest < place && abs(Double(similarity) - cosine(vector, other)) < 1e-5)
                #expect(
                    choice.value == (1 - diversity) * relevance[choice.index] - diversity * Double(similarity))
            }
        }
    }

    @Test func `without diversity the order stays, and equals keep theirs`() throws {
        let vectors: [[Float]?] = [[1, 0], [1, 0], [0, 1], [1, 0]]
        let plain = MaximalMarginalRelevance(relevance: [0.9, 0.8, 0.8, 0.1], vectors: vectors, diversity: 0)
        #expect(try plain.order(count: 4, deadline: .none).map(\.index) == [0, 1, 2, 3])
        let diverse = MaximalMarginalRelevance(relevance: [0.9, 0.8, 0.8, 0.8], vectors: vectors, diversity: 0.5)
        #expect(try diverse.order(count: 9, deadline: .none).map(\.index) == [0, 2, 1, 3])
    }

    @Test func `a passed deadline ends it`() {
        let ranking = MaximalMarginalRelevance(relevance: [1], vectors: [[1]], diversity: 0.5)
        #expect(throws: IndexError.deadlineExceeded) {
            try ranking.order(count: 1, deadline: SearchDeadline(instant: nil) { true })
        }
    }
}

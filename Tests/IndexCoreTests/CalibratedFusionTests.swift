import Glibc
import IndexCore
import TestKit
import Testing

/// The formula written down once more, plainly and without any care for speed.
private func reference(
    _ b: [Double], _ c: [Double?], vectors: [[Double]?], noise: Double, attainable: Double, mu: Double?,
    deviation: Double, count: Int, dimension: Int, lowest: Double, weight: Double = 0.6, step: Double = 0.2,
    keywordWeight: Double = 0.5, vectorWeight: Double = 0.5
) -> [Double] {
    let bMax = b.max() ?? 0
    let cMax = c.compactMap { $0 }.max()
    var wb = 0.0
    if bMax > 0 {
        let a = min(1, (bMax / attainable) / 0.15)
        let z = noise == 0 ? 10 : min(bMax / noise, 10)
        wb = weight * a * z / bMax * 2 * keywordWeight / (keywordWeight + vectorWeight)
    }
    var wd = 0.0
    if let mu, let cMax {
        var g = 1.0
        if bMax > 0, count >= 2 {
            let rho = (cMax - mu) / (1 - mu)
            let nu = (2 * log(Double(count)) / Double(dimension)).squareRoot()
            g = max(0, min(1, 2 * rho / nu - 2.5))
        }
        wd = g / deviation * 2 * vectorWeight / (keywordWeight + vectorWeight)
    }
    var s = b.indices.map { wb * b[$0] + (wd > 0 ? wd * (c[$0] ?? lowest) : 0) }
    guard wd > 0 else { return s }
    let best = b.indices.filter { c[$0] != nil }.sorted { left, right in
        if s[left] != s[right] { return s[left] > s[right] }
        let (one, other) = (c[left] ?? 0, c[right] ?? 0)
        return one != other ? one > other : left < right
    }.prefix(2)
    guard !best.isEmpty else { return s }
    let mean = (0..<dimension).map { axis in
        best.reduce(0.0) { $0 + (vectors[$1]?[axis] ?? 0) } / Double(best.count)
    }
    for place in b.indices {
        guard let own = c[place], let vector = vectors[place] else { continue }
        s[place] += step * wd * (zip(mean, vector).reduce(0) { $0 + $1.0 * $1.1 } - own)
    }
    return s
}

/// A question's candidates with vectors, so that feedback can be computed by both sides.
private struct Case {
    var keyword: [Double]
    var vectors: [[Double]?]
    var query: [Double]

    var cosines: [Double?] { vectors.map { $0.map { dot($0, query) } } }

    var candidates: [CalibratedFusion.Candidate] {
        keyword.indices.map {
            CalibratedFusion.Candidate(
                document: PassageID(UInt32(10 * $0 + 3)), keyword: keyword[$0], cosine: cosines[$0])
        }
    }

    func nearness(_ places: [Int]) -> [Double?] {
        let near = places.compactMap { vectors[$0] }
        let mean = query.indices.map { axis in near.reduce(0.0) { $0 + $1[axis] } / Double(near.count) }
        return vectors.map { $0.map { dot($0, mean) } }
    }
}

private func dot(_ one: [Double], _ other: [Double]) -> Double { zip(one, other).reduce(0) { $0 + $1.0 * $1.1 } }

private func unit(_ dimension: Int, near center: [Double]? = nil, _ random: inout SeededRandom) -> [Double] {
    let raw = (0..<dimension).map { (center?[$0] ?? 0) * 2 + Double.random(in: -0.5..<0.5, using: &random) }
    let length = dot(raw, raw).squareRoot()
    return raw.map { $0 / length }
}

@Suite("Calibrated fusion")
struct CalibratedFusionTests {
    private let evidence = CalibratedFusion.KeywordEvidence(noise: 1.3, attainable: 18)

    private func vector(_ mean: Double = 0.1, deviation: Double = 0.09, count: Int = 5_000, dimension: Int = 24)
        -> CalibratedFusion.VectorEvidence
    {
        CalibratedFusion.VectorEvidence(
            meanCosine: mean, deviation: deviation, vectorCount: count, dimension: dimension)
    }

    @Test("sums and order are those of the formula", arguments: 0..<200)
    func formula(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let query = unit(24, &random)
        let count = 1 + Int(random.next() % 40)
        let test = Case(
            keyword: (0..<count).map { _ in
                Double.random(in: 0..<1, using: &random) < 0.3 ? 0 : Double.random(in: 0..<15, using: &random)
            },
            vectors: (0..<count).map { _ in
                Double.random(in: 0..<1, using: &random) < 0.2 ? nil : unit(24, near: query, &random)
            }, query: query)
        let (keywordWeight, vectorWeight) = (
            Double.random(in: 0..<1, using: &random), Double.random(in: 0.1..<1, using: &random)
        )
        let lowest = test.cosines.compactMap { $0 }.min() ?? 0
        let fusion = CalibratedFusion(keywordShare: keywordWeight, vectorShare: vectorWeight)
        let hasVectors = test.cosines.contains { $0 != nil }
        let ranking = fusion.rank(
            test.candidates, keyword: evidence, vector: hasVectors ? vector() : nil, lowestCosine: lowest,
            nearness: test.nearness)
        let expected = reference(
            test.keyword, test.cosines, vectors: test.vectors, noise: 1.3, attainable: 18, mu: hasVectors ? 0.1 : nil,
            deviation: 0.09, count: 5_000, dimension: 24, lowest: lowest, keywordWeight: keywordWeight,
            vectorWeight: vectorWeight)
        for place in test.keyword.indices {
            #expect(abs(ranking.sums[place].total - expected[place]) < 1e-9)
        }
        for (left, right) in zip(ranking.order, ranking.order.dropFirst()) {
            #expect(expected[left] >= expected[right] - 1e-9)
        }
        #expect(ranking.order.sorted() == Array(test.keyword.indices))
    }

    private func ranking(
        _ keyword: [Double], _ cosines: [Double?], evidence: CalibratedFusion.KeywordEvidence? = nil,
        vector: CalibratedFusion.VectorEvidence?, fusion: CalibratedFusion = CalibratedFusion(feedback: 0)
    ) -> CalibratedFusion.Ranking {
        let candidates = keyword.indices.map {
            CalibratedFusion.Candidate(
                document: PassageID(UInt32($0)), keyword: keyword[$0], cosine: cosines[$0])
        }
        return fusion.rank(
            candidates, keyword: evidence ?? self.evidence, vector: vector,
            lowestCosine: cosines.compactMap { $0 }.min() ?? 0, nearness: { _ in [] })
    }

    @Test("without a keyword hit the order is that of the vectors, whatever the gate would say")
    func noKeywordHit() {
        let found = ranking([0, 0, 0], [0.11, 0.12, 0.105], vector: vector())
        #expect(found.scales.keyword == 0)
        #expect(found.scales.gate == 1)
        #expect(found.order == [1, 0, 2])
    }

    @Test("without vectors the order is that of the keywords, and nothing is fed back")
    func noVectors() {
        let found = ranking([2, 5, 3], [nil, nil, nil], vector: nil, fusion: CalibratedFusion())
        #expect(found.scales.vector == 0)
        #expect(found.feedbackPlaces.isEmpty)
        #expect(found.order == [1, 2, 0])
    }

    @Test("nothing in, nothing out")
    func empty() {
        #expect(ranking([], [], vector: vector()).order.isEmpty)
    }

    @Test("equal sums: the nearer first, then the older document")
    func ties() {
        // No vector weight at all: all sums are equal, cosines decide, then ids.
        let found = ranking(
            [4, 4, 4, 4], [0.2, 0.4, 0.4, 0.1], vector: vector(), fusion: CalibratedFusion(feedback: 0, vectorShare: 0))
        #expect(found.order == [1, 2, 0, 3])
    }

    @Test("words that are in every document: no noise, the cap holds")
    func noNoise() {
        let found = ranking([3, 1], [0.5, 0.5], evidence: .init(noise: 0, attainable: 6), vector: vector())
        #expect(found.scales.keyword == 0.6 * 10 / 3)
    }

    @Test("one rare identifier is worth six at most")
    func rareIdentifier() {
        let found = ranking([9, 0], [0.1, 0.5], evidence: .init(noise: 0.01, attainable: 9), vector: vector())
        #expect(abs(found.sums[0].keyword - 6) < 1e-12)
    }

    @Test("little of what was asked for: the keyword leg weighs less")
    func littleAttained() {
        let found = ranking([1.5, 0], [0.5, 0.6], evidence: .init(noise: 1, attainable: 20), vector: vector())
        #expect(abs(found.scales.attainment - 0.5) < 1e-12)
        #expect(abs(found.scales.keyword - 0.6 * 0.5) < 1e-12)
    }

    @Test("a nearest vector no nearer than chance closes the gate")
    func gate() {
        let chance = (2 * log(5_000.0) / 24).squareRoot()
        for (height, expected) in [(1.0, 0.0), (1.25, 0.0), (1.5, 0.5), (1.75, 1.0), (2.5, 1.0)] {
            let nearest = 0.1 + height * chance * 0.9
            let found = ranking([5, 4], [nearest, 0.1], vector: vector())
            #expect(abs(found.scales.gate - expected) < 1e-9, "at \(height) times chance")
        }
    }

    @Test("fewer than two vectors: no chance to be compared with")
    func oneVector() {
        #expect(ranking([5], [0.01], vector: vector(count: 1)).scales.gate == 1)
        #expect(ranking([5], [0.01], vector: vector(count: 0)).scales.gate == 1)
    }

    @Test("a document without a vector counts as the last of the vector leg, and is not moved")
    func missingVector() {
        let fusion = CalibratedFusion()
        let candidates = [
            CalibratedFusion.Candidate(document: PassageID(1), keyword: 1, cosine: nil),
            CalibratedFusion.Candidate(document: PassageID(2), keyword: 1, cosine: 0.9),
            CalibratedFusion.Candidate(document: PassageID(3), keyword: 1, cosine: 0.8),
        ]
        let found = fusion.rank(
            candidates, keyword: evidence, vector: vector(), lowestCosine: 0.8,
            nearness: { places in
                #expect(places == [1, 2])
                return [0.99, 0.9, 0.9]
            })
        #expect(found.sums[0].feedback == 0)
        #expect(found.sums[0].vector == found.sums[2].vector)
    }

    @Test("scores lie between 0 and 1 and keep the order")
    func scores() {
        let sums = stride(from: -20.0, through: 25, by: 0.25).map { CalibratedFusion.score($0) }
        #expect(sums.allSatisfy { (0...1).contains($0) })
        #expect(zip(sums, sums.dropFirst()).allSatisfy { $0 < $1 })
        #expect(CalibratedFusion.score(5) == 0.5)
    }
}

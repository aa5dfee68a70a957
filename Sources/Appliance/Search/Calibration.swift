import BM25
import Columns
import HNSW
import IndexCore

/// Both legs of one collection joined by ``CalibratedFusion``: every candidate gets both scores, whichever leg found it.
struct Calibration {
    /// Where each candidate stood in the lists, by document, ascending.
    let pairs: [DocumentPairs.Pair]
    /// The same documents with their scores.
    let candidates: [CalibratedFusion.Candidate]
    let fusion: CalibratedFusion
    let keyword: CalibratedFusion.KeywordEvidence
    let vector: CalibratedFusion.VectorEvidence?
    let ranking: CalibratedFusion.Ranking
    /// The fused hits, best first.
    let hits: [FusedHit]
    /// Documents of too many passages to ask the other leg about.
    let longDocumentCount: Int
}

/// What a calibration is made of.
struct CalibrationInput {
    var fusion: CalibratedFusion
    var query: KeywordQuery
    var collection: CollectionSnapshot
    var space: SpaceSnapshot
    var queryVector: [Float]
    var filter: IDSet?
    /// The legs' lists, best first.
    var keyword: [DocumentHit]
    var vector: [DocumentHit]
    var deadline: SearchDeadline

    /// A document of more passages keeps its listed score, or has the lowest of the leg that did not list it.
    static let passageLimit = 256

    /// - Throws: What the engines throw.
    /// - Complexity: Of the legs' order: each looks up the passages of the other's documents, in one pass by id.
    func calibrate() throws -> Calibration {
        let pairs = DocumentPairs.of(keyword, vector)
        var candidates = pairs.map { pair in
            CalibratedFusion.Candidate(
                document: pair.document, keyword: pair.keyword.map { Double(keyword[$0].score) } ?? 0,
                cosine: pair.vector.map { Double(vector[$0].score) })
        }
        let gaps = gaps(of: pairs, in: &candidates)
        // Memory fetches the vectors while the words are looked up.
        let located = space.vectors.located(gaps.located)
        let words = try query.evidence(of: gaps.keyword.passages, deadline: deadline)
        let completesKeyword = complete(&candidates, gaps.keyword, words.scores)
        let nearest = try completeVectors(&candidates, gaps, located)
        let evidence = CalibratedFusion.KeywordEvidence(noise: words.noise, attainable: words.attainable)
        let looks = vector.isEmpty ? nil : try vectorEvidence()
        let ranking = try fusion.rank(
            candidates, keyword: evidence, vector: looks, lowestCosine: Double(vector.last?.score ?? 0)
        ) { places in
            try nearness(to: places, of: nearest, located)
        }
        return Calibration(
            pairs: pairs, candidates: candidates, fusion: fusion, keyword: evidence, vector: looks, ranking: ranking,
            hits: ranking.order.map {
                hit(pairs[$0], candidates[$0], ranking.sums[$0], completesKeyword: completesKeyword[$0])
            }, longDocumentCount: gaps.longCount)
    }

    /// The passages that are asked about, ascending, and each one's place among the candidates.
    private struct Gaps {
        struct Leg {
            var passages: [PassageID] = []
            var places: [Int] = []
        }
        /// Of documents that the keyword leg did not list.
        var keyword = Leg()
        /// Of documents that the vector leg did not list: places in ``located``, and among the candidates.
        var vector: (located: [Int], places: [Int]) = ([], [])
        /// Those, and the passages that the vector leg listed.
        var located: [PassageID] = []
        /// By candidate, the place in ``located`` of what the vector leg listed.
        var listed: [Int?] = []
        /// Documents of too many passages, which are in none.
        var longCount = 0
    }

    /// One look at the borders of each document that stands in one list alone.
    private func gaps(of pairs: [DocumentPairs.Pair], in candidates: inout [CalibratedFusion.Candidate]) -> Gaps {
        var gaps = Gaps()
        gaps.located.reserveCapacity(pairs.count)
        gaps.listed.reserveCapacity(pairs.count)
        // Where there are as many documents as passages each has one, and there is nothing to look up.
        let isWhole = collection.passageCount == collection.documentCount
        for (place, pair) in pairs.enumerated() {
            if let listed = pair.vector {
                gaps.listed.append(gaps.located.count)
                gaps.located.append(vector[listed].passage)
                guard pair.keyword == nil else { continue }
            } else {
                gaps.listed.append(nil)
            }
            let first = pair.document
            let passages =
                (isWhole ? nil : collection.columns.passages(of: first)) ?? first.rawValue..<first.rawValue + 1
            if passages.count > Self.passageLimit {
                gaps.longCount += 1
                if pair.keyword == nil { candidates[place].keyword = Double(keyword.last?.score ?? 0) }
                continue
            }
            for passage in passages {
                if pair.keyword == nil {
                    gaps.keyword.passages.append(PassageID(passage))
                    gaps.keyword.places.append(place)
                } else {
                    gaps.vector.located.append(gaps.located.count)
                    gaps.vector.places.append(place)
                    gaps.located.append(PassageID(passage))
                }
            }
        }
        return gaps
    }

    /// Gives each candidate the score of its best passage.
    /// - Returns: By candidate, whether it got one.
    private func complete(
        _ candidates: inout [CalibratedFusion.Candidate], _ missing: Gaps.Leg, _ scores: [Float?]
    ) -> [Bool] {
        var isCompleted = [Bool](repeating: false, count: candidates.count)
        for (place, score) in zip(missing.places, scores) {
            guard let score, Double(score) > candidates[place].keyword else { continue }
            candidates[place].keyword = Double(score)
            isCompleted[place] = true
        }
        return isCompleted
    }

    /// Gives each candidate the cosine of its nearest passage.
    /// - Returns: By candidate, the place of that passage among those located; nil where it has no vector.
    private func completeVectors(
        _ candidates: inout [CalibratedFusion.Candidate], _ gaps: Gaps, _ located: LocatedVectors
    ) throws -> [Int?] {
        var nearest = gaps.listed
        let cosines = try located.similarities(to: queryVector, at: gaps.vector.located)
        for (index, place) in gaps.vector.places.enumerated() {
            guard let cosine = cosines[index], Double(cosine) > candidates[place].cosine ?? -.infinity else { continue }
            candidates[place].cosine = Double(cosine)
            nearest[place] = gaps.vector.located[index]
        }
        return nearest
    }

    private func vectorEvidence() throws -> CalibratedFusion.VectorEvidence {
        let usual = space.usualCosine(of: queryVector, live: collection.live)
        return CalibratedFusion.VectorEvidence(
            meanCosine: usual.mean, deviation: usual.deviation,
            vectorCount: filter.map { $0.intersection(space.embedded).count } ?? space.embeddedCount,
            dimension: space.dimension)
    }

    /// The inner product of every candidate's nearest passage with the mean of those of the candidates at `places`.
    private func nearness(to places: [Int], of nearest: [Int?], _ located: LocatedVectors) throws -> [Double?] {
        let mean = located.mean(at: places.compactMap { nearest[$0] })
        var squares = 0.0
        for value in mean { squares += Double(value) * Double(value) }
        let length = squares.squareRoot()
        var products = [Double?](repeating: nil, count: nearest.count)
        // Opposite vectors leave nothing to move towards.
        guard length > 1e-6 else { return products }
        let known = nearest.indices.filter { nearest[$0] != nil }
        let found = try located.similarities(to: mean, at: known.compactMap { nearest[$0] })
        for (place, score) in zip(known, found) {
            products[place] = score.map { Double($0) * length }
        }
        return products
    }

    private func hit(
        _ pair: DocumentPairs.Pair, _ candidate: CalibratedFusion.Candidate, _ sum: CalibratedFusion.Sum,
        completesKeyword: Bool
    ) -> FusedHit {
        let keywordRank = pair.keyword.map {
            LegRank(rank: $0 + 1, score: keyword[$0].score, passage: keyword[$0].passage)
        }
        let vectorRank = pair.vector.map {
            LegRank(rank: $0 + 1, score: vector[$0].score, passage: vector[$0].passage)
        }
        return FusedHit(
            document: pair.document, passage: FusedHit.shown(keywordRank, vectorRank) ?? pair.document,
            fusionScore: sum.total, score: CalibratedFusion.score(sum.total), keyword: keywordRank, vector: vectorRank,
            completedKeyword: completesKeyword ? Float(candidate.keyword) : nil,
            completedVector: vectorRank == nil ? candidate.cosine.map { Float($0) } : nil)
    }
}

import BM25
import Columns
import HNSW
import IndexCore

/// Both legs of one collection joined by ``CalibratedFusion``: every candidate gets both scores, whichever leg found it.
struct Calibration {
    /// A candidate, where its passages lie, and where it stood in the lists.
    struct Entry {
        var pair: DocumentPairs.Pair
        var candidate: CalibratedFusion.Candidate
        var keywordPassage: PassageID?
        var vectorPassage: PassageID?
    }

    /// By document, ascending.
    let entries: [Entry]
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
        var entries = pairs.map { pair in
            Calibration.Entry(
                pair: pair,
                candidate: CalibratedFusion.Candidate(
                    document: pair.document, keyword: pair.keyword.map { Double(keyword[$0].score) } ?? 0,
                    cosine: pair.vector.map { Double(vector[$0].score) }),
                keywordPassage: pair.keyword.map { keyword[$0].passage },
                vectorPassage: pair.vector.map { vector[$0].passage })
        }
        let gaps = gaps(of: pairs, in: &entries)
        // Memory fetches the vectors while the words are looked up.
        let missing = space.vectors.located(gaps.vector.passages)
        let evidence = try completeKeywords(&entries, gaps.keyword)
        completeVectors(&entries, gaps.vector, try missing.similarities(to: queryVector))
        let looks = vector.isEmpty ? nil : try vectorEvidence()
        let ranking = try fusion.rank(
            entries.map(\.candidate), keyword: evidence, vector: looks,
            lowestCosine: Double(vector.last?.score ?? 0)
        ) { places in
            try nearness(of: entries, to: places)
        }
        return Calibration(
            entries: entries, fusion: fusion, keyword: evidence, vector: looks, ranking: ranking,
            hits: ranking.order.map { hit(entries[$0], ranking.sums[$0]) }, longDocumentCount: gaps.longCount)
    }

    /// The passages of documents that one leg did not list, ascending, and each one's place among the entries.
    private struct Gaps {
        struct Leg {
            var passages: [PassageID] = []
            var places: [Int] = []

            mutating func add(_ range: Range<UInt32>, _ place: Int) {
                for passage in range {
                    passages.append(PassageID(passage))
                    places.append(place)
                }
            }
        }
        var keyword = Leg()
        var vector = Leg()
        /// Documents of too many passages, which are in neither.
        var longCount = 0
    }

    /// One look at the borders of each document that stands in one list alone.
    private func gaps(of pairs: [DocumentPairs.Pair], in entries: inout [Calibration.Entry]) -> Gaps {
        var gaps = Gaps()
        // Where there are as many documents as passages each has one, and there is nothing to look up.
        let isWhole = collection.passageCount == collection.documentCount
        for (place, pair) in pairs.enumerated() {
            guard pair.keyword == nil || pair.vector == nil else { continue }
            let first = pair.document
            let passages =
                (isWhole ? nil : collection.columns.passages(of: first)) ?? first.rawValue..<first.rawValue + 1
            if passages.count > Self.passageLimit {
                gaps.longCount += 1
                if pair.keyword == nil { entries[place].candidate.keyword = Double(keyword.last?.score ?? 0) }
            } else if pair.keyword == nil {
                gaps.keyword.add(passages, place)
            } else {
                gaps.vector.add(passages, place)
            }
        }
        return gaps
    }

    private func completeKeywords(
        _ entries: inout [Calibration.Entry], _ missing: Gaps.Leg
    ) throws -> CalibratedFusion.KeywordEvidence {
        let found = try query.evidence(of: missing.passages, deadline: deadline)
        for (offset, score) in found.scores.enumerated() {
            let place = missing.places[offset]
            guard let score, Double(score) > entries[place].candidate.keyword else { continue }
            entries[place].candidate.keyword = Double(score)
            entries[place].keywordPassage = missing.passages[offset]
        }
        return CalibratedFusion.KeywordEvidence(noise: found.noise, attainable: found.attainable)
    }

    private func completeVectors(_ entries: inout [Calibration.Entry], _ missing: Gaps.Leg, _ cosines: [Float?]) {
        for (offset, score) in cosines.enumerated() {
            let place = missing.places[offset]
            guard let score, Double(score) > entries[place].candidate.cosine ?? -.infinity else { continue }
            entries[place].candidate.cosine = Double(score)
            entries[place].vectorPassage = missing.passages[offset]
        }
    }

    private func vectorEvidence() throws -> CalibratedFusion.VectorEvidence {
        let usual = space.usualCosine(of: queryVector, live: collection.live)
        return CalibratedFusion.VectorEvidence(
            meanCosine: usual.mean, deviation: usual.deviation,
            vectorCount: filter.map { $0.intersection(space.embedded).count } ?? space.embeddedCount,
            dimension: space.dimension)
    }

    /// The inner product of every candidate's nearest passage with the mean of the vectors at `places`.
    private func nearness(of entries: [Calibration.Entry], to places: [Int]) throws -> [Double?] {
        let near = space.vectors.vectors(of: places.compactMap { entries[$0].vectorPassage }.sorted()).compactMap { $0 }
        let mean = (0..<space.dimension).map { index in
            near.reduce(0) { $0 + $1[index] / Float(near.count) }
        }
        let length = mean.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        var products = [Double?](repeating: nil, count: entries.count)
        // Opposite vectors leave nothing to move towards.
        guard length > 1e-6 else { return products }
        let known = entries.indices.filter { entries[$0].vectorPassage != nil }
        let found = try space.vectors.similarities(of: known.compactMap { entries[$0].vectorPassage }, to: mean)
        for (index, score) in zip(known, found) {
            products[index] = score.map { Double($0) * length }
        }
        return products
    }

    private func hit(_ entry: Calibration.Entry, _ sum: CalibratedFusion.Sum) -> FusedHit {
        let keywordRank = entry.pair.keyword.map {
            LegRank(rank: $0 + 1, score: keyword[$0].score, passage: keyword[$0].passage)
        }
        let vectorRank = entry.pair.vector.map {
            LegRank(rank: $0 + 1, score: vector[$0].score, passage: vector[$0].passage)
        }
        return FusedHit(
            document: entry.pair.document, passage: FusedHit.shown(keywordRank, vectorRank) ?? entry.pair.document,
            fusionScore: sum.total, score: CalibratedFusion.score(sum.total), keyword: keywordRank, vector: vectorRank,
            completedKeyword: keywordRank == nil && entry.keywordPassage != nil
                ? Float(entry.candidate.keyword) : nil,
            completedVector: vectorRank == nil ? entry.candidate.cosine.map { Float($0) } : nil)
    }
}

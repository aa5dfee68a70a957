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
        let long = Set(
            entries.indices.filter {
                passages(of: entries[$0]).count > Self.passageLimit
                    && (entries[$0].pair.keyword == nil || entries[$0].pair.vector == nil)
            })
        let evidence = try completeKeywords(&entries, leavingOut: long)
        try completeVectors(&entries, leavingOut: long)
        let looks = vector.isEmpty ? nil : try vectorEvidence()
        let ranking = try fusion.rank(
            entries.map(\.candidate), keyword: evidence, vector: looks,
            lowestCosine: Double(vector.last?.score ?? 0)
        ) { places in
            try nearness(of: entries, to: places)
        }
        return Calibration(
            entries: entries, fusion: fusion, keyword: evidence, vector: looks, ranking: ranking,
            hits: ranking.order.map { hit(entries[$0], ranking.sums[$0]) }, longDocumentCount: long.count)
    }

    private func passages(of entry: Calibration.Entry) -> Range<UInt32> {
        let first = entry.pair.document
        return collection.columns.passages(of: first) ?? first.rawValue..<first.rawValue + 1
    }

    private func completeKeywords(
        _ entries: inout [Calibration.Entry], leavingOut long: Set<Int>
    ) throws -> CalibratedFusion.KeywordEvidence {
        let missing = entries.indices.filter { entries[$0].pair.keyword == nil && !long.contains($0) }
        let places = missing.flatMap { index in passages(of: entries[index]).map { (PassageID($0), index) } }
        let found = try query.evidence(of: places.map(\.0), deadline: deadline)
        for ((passage, index), score) in zip(places, found.scores) {
            guard let score, Double(score) > entries[index].candidate.keyword else { continue }
            entries[index].candidate.keyword = Double(score)
            entries[index].keywordPassage = passage
        }
        for index in long where entries[index].pair.keyword == nil {
            entries[index].candidate.keyword = Double(keyword.last?.score ?? 0)
        }
        return CalibratedFusion.KeywordEvidence(noise: found.noise, attainable: found.attainable)
    }

    private func completeVectors(_ entries: inout [Calibration.Entry], leavingOut long: Set<Int>) throws {
        let missing = entries.indices.filter { entries[$0].pair.vector == nil && !long.contains($0) }
        let places = missing.flatMap { index in passages(of: entries[index]).map { (PassageID($0), index) } }
        let found = try space.vectors.similarities(of: places.map(\.0), to: queryVector)
        for ((passage, index), score) in zip(places, found) {
            guard let score, Double(score) > entries[index].candidate.cosine ?? -.infinity else { continue }
            entries[index].candidate.cosine = Double(score)
            entries[index].vectorPassage = passage
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
        var mean = [Float](repeating: 0, count: space.dimension)
        for vector in near {
            for index in mean.indices { mean[index] += vector[index] / Float(near.count) }
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

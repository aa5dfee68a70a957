import HNSW
import IndexCore
import TestKit

/// Vectors in clusters, as texts about common themes make them; their passages and documents.
struct VectorFixture {
    let dimension: Int
    let vectors: [[Float]]
    let passagesPerDocument: Int

    init(
        count: Int, dimension: Int = 48, clusters: Int = 40, passagesPerDocument: Int = 1, areUnits: Bool = false,
        seed: UInt64
    ) {
        var random = SeededRandom(seed: seed)
        let centers = (0..<clusters).map { _ in random.gaussians(count: 1, dimension: dimension) }
        let vectors = (0..<count).map { _ in
            zip(centers[Int.random(in: 0..<clusters, using: &random)], random.gaussians(count: 1, dimension: dimension))
                .map { $0 + 0.6 * $1 }
        }
        self.vectors = areUnits ? vectors.map { ExactNeighbors.normalized($0) } : vectors
        self.dimension = dimension
        self.passagesPerDocument = passagesPerDocument
    }

    var count: Int { vectors.count }

    /// All passages.
    var live: IDSet {
        var set = IDSet()
        set.insert(0..<UInt32(count))
        return set
    }

    func document(of passage: Int) -> PassageID {
        PassageID(UInt32(passage / passagesPerDocument * passagesPerDocument))
    }

    /// Appends the passages of `range`.
    func append(_ range: Range<Int>, to index: inout VectorIndex) throws {
        for passage in range {
            try index.append(
                PassageID(UInt32(passage)), document: document(of: passage), vector: vectors[passage])
        }
    }

    /// An index whose first `segmentCount` passages are in the segment and the rest in the delta.
    func index(segmentCount: Int, parameters: HNSWParameters = .graphOnly) throws -> VectorIndex {
        var index = VectorIndex(dimension: dimension, parameters: parameters)
        try append(0..<segmentCount, to: &index)
        if segmentCount > 0 {
            let merge = index.merge(live: live)
            index.install(try merge.run().segment, from: merge)
        }
        try append(segmentCount..<count, to: &index)
        return index
    }

    /// A vector near a random passage's.
    func query(_ random: inout SeededRandom) -> [Float] {
        zip(vectors[Int.random(in: 0..<count, using: &random)], random.gaussians(count: 1, dimension: dimension))
            .map { $0 + 0.4 * $1 }
    }

    /// The best documents by the reference score of unit vectors: written without any of the engine's parts.
    func oracle(_ query: [Float], k: Int, passes: (PassageID) -> Bool) -> [DocumentHit] {
        let unit = ExactNeighbors.normalized(query)
        var best: [PassageID: DocumentHit] = [:]
        for passage in 0..<count where passes(PassageID(UInt32(passage))) {
            let score = VectorKernelsReference.score(unit, ExactNeighbors.normalized(vectors[passage]))
            let hit = DocumentHit(
                document: document(of: passage), passage: PassageID(UInt32(passage)), score: score)
            if best[hit.document].map({ score > $0.score }) ?? true {
                best[hit.document] = hit
            }
        }
        return Array(best.values.sorted { $0.precedes($1) }.prefix(k))
    }
}

extension HNSWParameters {
    /// Walks the graph however small it is.
    static let graphOnly = HNSWParameters(scanLimit: 0, graphThreshold: 1)
}

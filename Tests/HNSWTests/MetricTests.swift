import HNSW
import IndexCore
import TestKit
import Testing

@Suite struct MetricTests {
    /// The score of two vectors, written without any of the engine's parts.
    private func score(_ metric: VectorMetric, _ query: [Float], _ row: [Float]) -> Float {
        switch metric {
        case .cosine:
            VectorKernelsReference.score(ExactNeighbors.normalized(query), ExactNeighbors.normalized(row))
        case .dot: VectorKernelsReference.score(query, row)
        case .euclidean: -VectorKernelsReference.distance(query, row)
        }
    }

    private func oracle(_ metric: VectorMetric, _ fixture: VectorFixture, _ query: [Float], k: Int) -> [DocumentHit] {
        fixture.vectors.enumerated().map { passage, vector in
            let id = PassageID(UInt32(passage))
            return DocumentHit(document: id, passage: id, score: score(metric, query, vector))
        }.sorted { $0.precedes($1) }.prefix(k).map { $0 }
    }

    private func index(
        _ fixture: VectorFixture, _ metric: VectorMetric, _ codes: TraversalCodes, segmentCount: Int
    ) throws -> VectorIndex {
        try fixture.index(
            segmentCount: segmentCount,
            parameters: HNSWParameters(metric: metric, codes: codes, scanLimit: 0, graphThreshold: 1))
    }

    @Test(arguments: VectorMetric.allCases, [1, 7, 64, 129])
    func scansAreExact(metric: VectorMetric, dimension: Int) throws {
        let fixture = VectorFixture(count: 500, dimension: dimension, seed: 101)
        var random = SeededRandom(seed: 102)
        // Half of the vectors in a segment without a graph, half in the delta.
        let parameters = HNSWParameters(metric: metric, scanLimit: 0)
        let snapshot = try fixture.index(segmentCount: 250, parameters: parameters).snapshot
        #expect(snapshot.segment?.hasGraph == false)
        for k in [1, 10, 500] {
            let query = fixture.query(&random)
            let expected = oracle(metric, fixture, query, k: k)
            #expect(try snapshot.search(query, k: k, live: fixture.live) == expected)
            #expect(try snapshot.exactSearch(query, k: k, live: fixture.live) == expected)
        }
    }

    @Test(arguments: VectorMetric.allCases, TraversalCodes.allCases)
    func theGraphFindsTheNeighbors(metric: VectorMetric, codes: TraversalCodes) throws {
        let fixture = VectorFixture(count: 2_000, dimension: 40, clusters: 8, seed: 103)
        let snapshot = try index(fixture, metric, codes, segmentCount: 1_900).snapshot
        #expect(snapshot.segment?.hasGraph == true)
        var random = SeededRandom(seed: 104)
        var recall = 0.0
        for _ in 0..<40 {
            let query = fixture.query(&random)
            let expected = oracle(metric, fixture, query, k: 10)
            let found = try snapshot.search(query, k: 10, ef: 120, live: fixture.live)
            recall += ExactNeighbors.recall(of: found.map(\.document), expected: expected.map(\.document))
            let scores = Dictionary(uniqueKeysWithValues: expected.map { ($0.passage, $0.score) })
            #expect(found.allSatisfy { scores[$0.passage, default: $0.score] == $0.score })
        }
        #expect(recall / 40 >= 0.95, "recall \(recall / 40)")
    }

    @Test func aVectorOfZerosHasADistanceButNoDirection() throws {
        let id = PassageID(1)
        var cosine = VectorIndex(dimension: 2)
        #expect(throws: HNSWError.zeroVector) { try cosine.append(id, document: id, vector: [0, 0]) }
        var live = IDSet()
        live.insert(id)
        for metric in [VectorMetric.dot, .euclidean] {
            var index = VectorIndex(dimension: 2, parameters: HNSWParameters(metric: metric))
            try index.append(id, document: id, vector: [0, 0])
            #expect(throws: HNSWError.vectorTooLong) {
                try index.append(PassageID(2), document: PassageID(2), vector: [1e15, 1e14])
            }
            let hits = try index.snapshot.search([3, 4], k: 1, live: live)
            #expect(hits.map(\.score) == [metric == .dot ? 0 : -25])
        }
    }

    @Test func parametersThatChangeBytesChangeTheFingerprint() {
        var fingerprints = Set<UInt64>()
        for metric in VectorMetric.allCases {
            for codes in TraversalCodes.allCases {
                for (m, ef) in [(8, 64), (16, 64), (16, 200)] {
                    for newLinks in [nil, 12, 16] {
                        let parameters = HNSWParameters(
                            metric: metric, codes: codes, m: m, efConstruction: ef, newLinks: newLinks)
                        #expect(fingerprints.insert(parameters.fingerprint).inserted)
                    }
                }
            }
        }
        #expect(HNSWParameters(scanLimit: 1).fingerprint == HNSWParameters(scanLimit: 2).fingerprint)
    }

    /// The example of ``VectorIndex``'s documentation.
    @Test func theExampleOfTheDocumentation() throws {
        var index = VectorIndex(dimension: 3)
        var live = IDSet()
        for (number, vector) in ([[1, 0, 0], [0, 1, 0], [0.6, 0.8, 0]] as [[Float]]).enumerated() {
            let id = PassageID(UInt32(number))
            try index.append(id, document: id, vector: vector)
            live.insert(id)
        }
        let hits = try index.snapshot.search([1, 0.1, 0], k: 2, live: live)
        #expect(hits.map(\.document.rawValue) == [0, 2])
    }
}

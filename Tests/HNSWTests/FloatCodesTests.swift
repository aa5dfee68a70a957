import HNSW
import IndexCore
import TestKit
import Testing

/// Walks by floats beside the same walks with codes that rule nothing out: answers and comparisons are the same.
@Suite struct FloatCodesTests {
    private static let count = 2_000
    private static let factorByteCount = 8

    private func segment(_ fixture: VectorFixture, _ metric: VectorMetric) throws -> VectorSegment {
        let parameters = HNSWParameters(metric: metric, codes: .float32, m: 8, graphThreshold: 1)
        return try #require(try fixture.index(segmentCount: fixture.count, parameters: parameters).segment)
    }

    /// The segment with another error in every row's factors.
    private func altered(_ segment: VectorSegment, error: Float) throws -> VectorSegment {
        var sections = segment.sections.copies
        let place = try #require(sections.firstIndex { $0.name == SegmentSections.Name("FACT") })
        #expect(sections[place].bytes.count == Self.factorByteCount * segment.count)
        let bytes = withUnsafeBytes(of: error.bitPattern.littleEndian) { Array($0) }
        for row in 0..<segment.count {
            sections[place].bytes.replaceSubrange(
                Self.factorByteCount * row + 4..<Self.factorByteCount * (row + 1), with: bytes)
        }
        return try VectorSegment(sections: SegmentSections(copying: sections), blocks: segment.blocks)
    }

    private struct Walk: Equatable {
        var passages: [UInt32]
        var distances: Int
    }

    /// Rows that walks read whole, in all.
    private func whole(_ segment: VectorSegment, _ queries: [[Float]]) -> Int {
        var passages = [UInt32](repeating: .max, count: 10)
        return queries.reduce(0) { sum, query in
            sum + segment.nearest(query, k: 10, ef: 24, rescored: 10, into: &passages).whole
        }
    }

    private func walks(_ segment: VectorSegment, _ queries: [[Float]]) -> [Walk] {
        queries.flatMap { query in
            [10, 24, 100].map { ef in
                var passages = [UInt32](repeating: .max, count: 10)
                let result = segment.nearest(query, k: 10, ef: ef, rescored: ef, into: &passages)
                return Walk(passages: passages, distances: result.distances)
            }
        }
    }

    @Test(arguments: VectorMetric.allCases, [192, 805])
    func whatIsRuledOutChangesNothing(metric: VectorMetric, dimension: Int) throws {
        let fixture = VectorFixture(count: Self.count, dimension: dimension, seed: 171)
        var random = SeededRandom(seed: 172)
        // Queries of many lengths, where lengths count.
        let queries = (0..<40).map { _ in
            let query = fixture.query(&random)
            let length = Float.random(in: 0.01...20, using: &random)
            return metric == .cosine ? ExactNeighbors.normalized(query) : query.map { $0 * length }
        }
        let segment = try segment(fixture, metric)
        let found = walks(segment, queries)
        let blunt = try altered(segment, error: .infinity)
        #expect(found == walks(blunt, queries))
        #expect(whole(segment, queries) < whole(blunt, queries) * 3 / 4)
        // Were the bounds too low, it would show.
        #expect(found != walks(try altered(segment, error: -1e3), queries))
    }

    @Test func vectorsOfManyLengthsKeepTheirBounds() throws {
        var fixtures = SeededRandom(seed: 173)
        for metric in [VectorMetric.dot, .euclidean] {
            var index = VectorIndex(
                dimension: 256, parameters: HNSWParameters(metric: metric, codes: .float32, m: 8, graphThreshold: 1))
            var live = IDSet()
            for row in 0..<UInt32(Self.count) {
                let length = Float.random(in: 1e-6...1e4, using: &fixtures)
                let vector = fixtures.gaussians(count: 1, dimension: 256).map { $0 * length }
                try index.append(PassageID(row), document: PassageID(row), vector: vector)
                live.insert(PassageID(row))
            }
            let segment = try #require(try index.merge(live: live).run().segment)
            let queries = (0..<40).map { _ in fixtures.gaussians(count: 1, dimension: 256).map { $0 * 100 } }
            #expect(walks(segment, queries) == walks(try altered(segment, error: .infinity), queries))
        }
    }

    /// The sections as docs/formats.md has them: the block's own codes in the order of the rows.
    @Test func codesAreThoseOfTheBlock() throws {
        let fixture = VectorFixture(count: 300, dimension: 200, seed: 174)
        let segment = try segment(fixture, .dot)
        let block = segment.blocks[0].sections
        let codes = segment.sections[SegmentSections.Name("INT8")]
        #expect(codes.count == 300 * 256)
        for row in 0..<300 {
            let place = Int(segment.sections[SegmentSections.Name("PLAC")].load(4 * row, as: UInt32.self))
            for byte in 0..<256 {
                let expected = block[SegmentSections.Name("CODE")].load(256 * place + byte, as: UInt8.self)
                #expect(codes.load(256 * row + byte, as: UInt8.self) == expected)
            }
            let factors = segment.sections[SegmentSections.Name("FACT")]
            for (offset, name) in [(0, "SCAL"), (4, "ERRS")] as [(Int, StaticString)] {
                let expected = block[SegmentSections.Name(name)].load(4 * place, as: UInt32.self)
                #expect(factors.load(Self.factorByteCount * row + offset, as: UInt32.self) == expected)
            }
        }
    }

    @Test func shortRowsHaveNone() throws {
        let segment = try segment(VectorFixture(count: 300, dimension: 191, seed: 175), .dot)
        #expect(!segment.sections.copies.contains { $0.name == SegmentSections.Name("INT8") })
        let parameters = HNSWParameters(m: 16)
        #expect(parameters.walkBytes(.float32, dimension: 191) == 768 + 128)
        #expect(parameters.walkBytes(.float32, dimension: 384) == 1_536 + 384 + 8 + 128)
        #expect(parameters.walkBytes(.int8, dimension: 384) == 384 + 128)
        #expect(parameters.walkBytes(.int4, dimension: 384) == 192 + 128)
    }
}

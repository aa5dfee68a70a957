import HNSW
import IndexCore
import TestKit
import Testing

/// Walks that ask the bits of rows first, beside the same walks whose bits let everything through.
@Suite struct SignCodesTests {
    private static let count = 2_000
    private static let head = SegmentSections.Name("HEAD")
    private static let signs = SegmentSections.Name("SIGN")

    private func segment(
        _ fixture: VectorFixture, _ metric: VectorMetric, _ codes: TraversalCodes
    ) throws -> VectorSegment {
        try #require(try index(fixture, metric, codes).segment)
    }

    private func index(
        _ fixture: VectorFixture, _ metric: VectorMetric, _ codes: TraversalCodes
    ) throws -> VectorIndex {
        let parameters = HNSWParameters(metric: metric, codes: codes, m: 8, graphThreshold: 1)
        return try fixture.index(segmentCount: fixture.count, parameters: parameters)
    }

    /// Queries near passages, as the metric has them, with their exact answers.
    private func questions(
        _ fixture: VectorFixture, _ metric: VectorMetric, seed: UInt64
    ) throws -> [(query: [Float], answer: Set<UInt32>)] {
        var random = SeededRandom(seed: seed)
        let snapshot = try index(fixture, metric, .float32).snapshot
        return try (0..<60).map { _ in
            let near = fixture.vectors[Int.random(in: 0..<fixture.count, using: &random)]
            let length = VectorKernelsReference.score(near, near).squareRoot()
            let noise = random.gaussians(count: 1, dimension: fixture.dimension)
            let query = zip(near, noise).map { $0 + 0.35 * length / Float(fixture.dimension).squareRoot() * $1 }
            let hits = try snapshot.exactSearch(query, k: 10, live: fixture.live)
            let isCosine = metric == .cosine
            return (isCosine ? ExactNeighbors.normalized(query) : query, Set(hits.map(\.passage.rawValue)))
        }
    }

    /// The segment with another number in its header.
    private func altered<T>(_ segment: VectorSegment, at offset: Int, _ value: T) throws -> VectorSegment {
        var sections = segment.sections.copies
        let place = try #require(sections.firstIndex { $0.name == Self.head })
        let bytes = withUnsafeBytes(of: value) { Array($0) }
        sections[place].bytes.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        return try VectorSegment(sections: SegmentSections(copying: sections), blocks: segment.blocks)
    }

    private struct Walks {
        var found = 0
        var distances = 0
        var whole = 0
    }

    private func walks(
        _ segment: VectorSegment, _ questions: [(query: [Float], answer: Set<UInt32>)]
    ) -> Walks {
        questions.reduce(into: Walks()) { walks, question in
            var passages = [UInt32](repeating: .max, count: 10)
            let result = segment.nearest(question.query, k: 10, ef: 40, rescored: 20, into: &passages)
            walks.found += question.answer.intersection(passages).count
            walks.distances += result.distances
            walks.whole += result.whole
        }
    }

    @Test(arguments: VectorMetric.allCases, [(TraversalCodes.int8, 600), (.int4, 1_000)])
    func fewRowsAreReadAndAsManyFound(metric: VectorMetric, form: (codes: TraversalCodes, dimension: Int)) throws {
        let fixture = VectorFixture(count: Self.count, dimension: form.dimension, areUnits: true, seed: 181)
        let segment = try segment(fixture, metric, form.codes)
        let questions = try questions(fixture, metric, seed: 182)
        let sifted = walks(segment, questions)
        // A deviation beyond all scores rules nothing out.
        let blunt = walks(try altered(segment, at: 72, Float(1e6)), questions)
        #expect(blunt.whole == blunt.distances)
        #expect(sifted.whole < sifted.distances * 3 / 4)
        #expect(blunt.found >= 560)
        #expect(sifted.found >= blunt.found - 6)
    }

    @Test func damagedNumbersLetEverythingThrough() throws {
        let fixture = VectorFixture(count: 500, dimension: 512, seed: 183)
        let segment = try segment(fixture, .cosine, .int8)
        let questions = try questions(fixture, .cosine, seed: 184)
        for (offset, value) in [(68, Float.nan), (68, 0), (68, -1), (68, .infinity), (72, .nan), (72, -1)] {
            let damaged = walks(try altered(segment, at: offset, value), questions)
            #expect(damaged.whole == damaged.distances)
            #expect(damaged.found >= 590)
        }
    }

    /// The section and the numbers as docs/formats.md has them.
    @Test(arguments: [(TraversalCodes.int8, 500), (.int4, 1_000)])
    func bitsSayWhatIsAboveTheMean(codes: TraversalCodes, dimension: Int) throws {
        let fixture = VectorFixture(count: 300, dimension: dimension, areUnits: true, seed: 185)
        let segment = try segment(fixture, .dot, codes)
        let signs = segment.sections[Self.signs]
        let stride = (dimension + 511) / 512 * 64
        #expect(signs.count == 300 * stride)
        let mean = segment.sections[SegmentSections.Name("QUAN")]
        for row in 0..<300 {
            let vector = fixture.vectors[Int(segment.passage(row: row).rawValue)]
            for place in 0..<8 * stride {
                let bit = signs.load(stride * row + place / 8, as: UInt8.self) >> UInt8(place % 8) & 1 == 1
                let isAbove =
                    place < dimension
                    && vector[place] >= Float(bitPattern: mean.load(4 * place, as: UInt32.self))
                #expect(bit == isAbove)
            }
        }
        let header = segment.sections[Self.head]
        #expect(header.load(0, as: UInt32.self) == 3)
        // Of even noise: √(π/2) and √(π/2 - 1) codes to a standard deviation.
        let unit: Float = codes == .int8 ? 127 / 5 : 7.5 / 2.7
        let slope = Float(bitPattern: header.load(68, as: UInt32.self)) / unit
        let deviation = Float(bitPattern: header.load(72, as: UInt32.self)) / unit
        #expect((1.0...1.5).contains(slope))
        #expect((0.5...1.0).contains(deviation))
    }

    @Test(arguments: [(TraversalCodes.int8, 448), (.int4, 896), (.float32, 2_000)])
    func shortRowsAndFloatsHaveNone(codes: TraversalCodes, dimension: Int) throws {
        let segment = try segment(VectorFixture(count: 100, dimension: dimension, seed: 186), .dot, codes)
        #expect(!segment.sections.copies.contains { $0.name == Self.signs })
    }

    /// Bits do not know lengths: products of long rows would be thought too small.
    @Test(arguments: [VectorMetric.dot, .euclidean])
    func vectorsOfManyLengthsHaveNone(metric: VectorMetric) throws {
        let unit = VectorFixture(count: 1_000, dimension: 512, areUnits: true, seed: 188)
        var random = SeededRandom(seed: 189)
        let vectors = unit.vectors.map { vector in
            let length = Float.random(in: 0.5...2, using: &random)
            return vector.map { $0 * length }
        }
        var index = VectorIndex(
            dimension: 512, parameters: HNSWParameters(metric: metric, codes: .int8, m: 8, graphThreshold: 1))
        for (row, vector) in vectors.enumerated() {
            try index.append(PassageID(UInt32(row)), document: PassageID(UInt32(row)), vector: vector)
        }
        let merge = index.merge(live: unit.live)
        index.install(try merge.run().segment, from: merge)
        let segment = try #require(index.segment)
        #expect(!segment.sections.copies.contains { $0.name == Self.signs })
        var found = 0
        for query in vectors.prefix(50) {
            var passages = [UInt32](repeating: .max, count: 10)
            let result = segment.nearest(query, k: 10, ef: 80, rescored: 20, into: &passages)
            #expect(result.whole == result.distances)
            let exact = try index.snapshot.exactSearch(query, k: 10, live: unit.live).map(\.passage.rawValue)
            found += Set(exact).intersection(passages).count
        }
        #expect(found >= 450)
    }

    @Test func rowsWithBitsTakeMoreMemory() {
        let parameters = HNSWParameters(m: 16)
        #expect(parameters.walkBytes(.int4, dimension: 1_536) == 768 + 192 + 128)
        #expect(parameters.walkBytes(.int8, dimension: 512) == 512 + 64 + 128)
        #expect(parameters.walkBytes(.int8, dimension: 448) == 448 + 128)
    }

    /// One made before there were bits is made anew from its rows.
    @Test func graphsWithoutBitsAreRefused() throws {
        let segment = try segment(VectorFixture(count: 100, dimension: 512, seed: 187), .dot, .int8)
        #expect(throws: IndexError.self) { try altered(segment, at: 0, UInt32(1)) }
    }

    /// Vectors of which all are alike, or each has one component: nothing can be measured of them.
    @Test func poorVectorsAreFound() throws {
        for isAlike in [true, false] {
            var index = VectorIndex(
                dimension: 512, parameters: HNSWParameters(metric: .dot, codes: .int8, m: 8, graphThreshold: 1))
            var live = IDSet()
            for row in 0..<UInt32(400) {
                var vector = [Float](repeating: isAlike ? 0.5 : 0, count: 512)
                vector[Int(row)] = isAlike ? 0.5 : 1
                try index.append(PassageID(row), document: PassageID(row), vector: vector)
                live.insert(PassageID(row))
            }
            let merge = index.merge(live: live)
            index.install(try merge.run().segment, from: merge)
            var query = [Float](repeating: 0, count: 512)
            query[7] = 1
            let hits = try index.snapshot.search(query, k: 5, live: live, path: .sweep)
            #expect(hits.count == 5)
        }
    }
}

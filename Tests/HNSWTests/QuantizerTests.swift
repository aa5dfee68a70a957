import HNSW
import IndexCore
import TestKit
import Testing

/// The codes of a segment, read from its sections and compared with what docs/formats.md says of them.
@Suite struct QuantizerTests {
    private func floats(_ segment: VectorSegment, _ name: StaticString) -> [Float] {
        let section = segment.sections[SegmentSections.Name(name)]
        return (0..<section.count / 4).map { Float(bitPattern: section.load(4 * $0, as: UInt32.self)) }
    }

    private func segment(_ vectors: [[Float]], codes: TraversalCodes, metric: VectorMetric) throws -> VectorSegment {
        var index = VectorIndex(
            dimension: vectors[0].count,
            parameters: HNSWParameters(metric: metric, codes: codes, graphThreshold: 1))
        var live = IDSet()
        for (id, vector) in vectors.enumerated() {
            try index.append(PassageID(UInt32(id)), document: PassageID(UInt32(id)), vector: vector)
            live.insert(PassageID(UInt32(id)))
        }
        return try #require(try index.merge(live: live).run().segment)
    }

    @Test func fourValuesByHand() throws {
        // One component: mean 0, variance (1 + 1 + 9 + 9) / 4 = 5, so a step of 2.7 sqrt(5) / 7.5 = 0.8050.
        let segment = try segment([[1], [-1], [3], [-3]], codes: .int4, metric: .dot)
        let values = floats(segment, "QUAN")
        #expect(values.count == 2 && values[0] == 0)
        #expect(abs(values[1] - 0.804_984_5) < 1e-6)
        let codes = segment.sections[SegmentSections.Name("CODE")]
        #expect(codes.count == 4 * 64)
        let byPassage = Dictionary(
            uniqueKeysWithValues: (0..<4).map {
                (segment.passage(row: $0).rawValue, codes.load(64 * $0, as: UInt8.self))
            })
        // 1 / 0.8050 + 7.5 = 8.74, 6.26, 11.23, 3.77, rounded; the high half belongs to component 64.
        #expect(byPassage == [0: 9, 1: 6, 2: 11, 3: 4])
        // An int8 step is 5 sqrt(5) / 127 = 0.08803.
        let bytes = try self.segment([[1], [-1], [3], [-3]], codes: .int8, metric: .dot)
        let byteCodes = bytes.sections[SegmentSections.Name("CODE")]
        let bytesByPassage = Dictionary(
            uniqueKeysWithValues: (0..<4).map {
                (bytes.passage(row: $0).rawValue, byteCodes.load(64 * $0, as: UInt8.self))
            })
        #expect(bytesByPassage == [0: 139, 1: 117, 2: 162, 3: 94])
    }

    @Test(arguments: [TraversalCodes.int4, .int8], [3, 128, 200])
    func everyComponentHasTheNearestCode(codes: TraversalCodes, dimension: Int) throws {
        let fixture = VectorFixture(count: 300, dimension: dimension, seed: 111)
        let segment = try segment(fixture.vectors, codes: codes, metric: .euclidean)
        let values = floats(segment, "QUAN")
        let terms = floats(segment, "TERM")
        let section = segment.sections[SegmentSections.Name("CODE")]
        let stride = codes == .int4 ? (dimension + 127) / 128 * 64 : (dimension + 63) / 64 * 64
        #expect(section.count == 300 * stride)
        let (lowest, highest) = codes == .int4 ? (Float(-7.5), Float(7.5)) : (-127, 127)
        for component in 0..<dimension {
            let column = fixture.vectors.map { Double($0[component]) }
            let mean = column.reduce(0, +) / 300
            let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 300
            let step = variance.squareRoot() * (codes == .int4 ? 2.7 / 7.5 : 5.0 / 127)
            #expect(abs(Double(values[component]) - mean) < 1e-5)
            #expect(abs(Double(values[dimension + component]) - step) < 1e-5)
        }
        for row in 0..<300 {
            let vector = fixture.vectors[Int(segment.passage(row: row).rawValue)]
            var squares = 0.0
            for component in 0..<dimension {
                let code: Float
                if codes == .int4 {
                    let byte = section.load(
                        row * stride + component / 128 * 64 + component % 64, as: UInt8.self)
                    code = Float(component % 128 < 64 ? byte & 15 : byte >> 4) - 7.5
                } else {
                    code = Float(section.load(row * stride + component, as: UInt8.self)) - 128
                }
                let wanted = (vector[component] - values[component]) / values[dimension + component]
                // Half a step away, or as far out as codes go.
                #expect(abs(code - max(lowest, min(highest, wanted))) <= 0.5001)
                squares += Double(code * values[dimension + component]) * Double(code * values[dimension + component])
            }
            #expect(abs(Double(terms[row]) - squares / 2) <= 1e-4 * squares)
        }
    }

    @Test func theTrainingIsKeptWhileAGraphIsContinued() throws {
        let fixture = VectorFixture(count: 3_000, dimension: 8, seed: 112)
        var index = VectorIndex(dimension: 8, parameters: .graphOnly)
        try fixture.append(0..<600, to: &index)
        index.install(try index.merge(live: fixture.live).run().segment, from: index.merge(live: fixture.live))
        let first = try #require(index.segment)
        try fixture.append(600..<2_300, to: &index)
        let merge = index.continuation(live: fixture.live)
        index.install(try merge.run().segment, from: merge)
        let second = try #require(index.segment)
        #expect(second.count == 2_300 && second.trainedCount == 600 && second.blocks.count == 2)
        #expect(floats(second, "QUAN") == floats(first, "QUAN"))
        // Four times as many as at the training: from scratch.
        try fixture.append(2_300..<2_400, to: &index)
        let third = try #require(try index.continuation(live: fixture.live).run().segment)
        #expect(third.count == 2_400 && third.trainedCount == 2_400 && third.blocks.count == 3)
        #expect(floats(third, "QUAN") != floats(first, "QUAN"))
    }

    @Test func whatVectorsAreLikeAsAWhole() throws {
        let fixture = VectorFixture(count: 400, dimension: 24, seed: 113)
        var live = fixture.live
        live.remove(50..<120)
        var index = VectorIndex(dimension: 24)
        try fixture.append(0..<400, to: &index)
        let segment = try #require(try index.merge(live: live).run().segment)
        let units = (0..<400).filter { live.contains(PassageID(UInt32($0))) }.map {
            ExactNeighbors.normalized(fixture.vectors[$0])
        }
        for component in 0..<24 {
            let mean = units.reduce(0) { $0 + Double($1[component]) } / Double(units.count)
            #expect(abs(Double(segment.meanVector[component]) - mean) < 1e-6)
        }
        var cosines: [Double] = []
        for (place, left) in units.enumerated() {
            cosines += units[..<place].map { ExactNeighbors.dot(left, $0) }
        }
        let mean = cosines.reduce(0, +) / Double(cosines.count)
        let variance = cosines.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(cosines.count)
        #expect(abs(Double(segment.cosineDeviation) - 0.8 * variance.squareRoot()) < 1e-5)
    }
}

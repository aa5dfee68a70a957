import HNSW
import IndexCore
import TestKit
import Testing

/// Bytes that are not what was written: wrong answers are allowed, traps and reads outside are not.
@Suite struct DamageTests {
    private typealias Copies = [(name: SegmentSections.Name, bytes: [UInt8])]

    private func segment(_ fixture: VectorFixture, _ parameters: HNSWParameters) throws -> VectorSegment {
        var index = VectorIndex(dimension: fixture.dimension, parameters: parameters)
        try fixture.append(0..<fixture.count, to: &index)
        return try #require(try index.merge(live: fixture.live).run().segment)
    }

    /// Searches a damaged segment in every way, and continues it.
    private func use(_ segment: VectorSegment, _ fixture: VectorFixture, _ parameters: HNSWParameters) throws {
        var index = VectorIndex(dimension: fixture.dimension, parameters: parameters)
        index.attach(segment)
        let snapshot = index.snapshot
        var few = IDSet()
        few.insert(3..<30)
        for (ef, filter) in [(nil, nil), (5, nil), (nil, few)] as [(Int?, IDSet?)] {
            _ = try snapshot.search(fixture.vectors[1], k: 7, ef: ef, live: fixture.live, filter: filter)
        }
        _ = try snapshot.exactSearch(fixture.vectors[2], k: 3, live: fixture.live)
        _ = snapshot.meanVector(of: 10..<20)
        _ = index.contains(PassageID(5))
        try index.append(PassageID(5_000_000), document: PassageID(5_000_000), vector: fixture.vectors[0])
        var live = fixture.live
        live.insert(PassageID(5_000_000))
        // The rows that are left may be none.
        _ = try index.continuation(live: live).run()
    }

    /// Rows of floats have codes beside them from 192 dimensions on, rows of bytes bits from 449.
    @Test(
        arguments: [(TraversalCodes.int4, 10), (.int8, 10), (.int8, 512), (.float32, 192)],
        [VectorMetric.cosine, .euclidean])
    func flippedBytesNeverTrap(form: (codes: TraversalCodes, dimension: Int), metric: VectorMetric) throws {
        let codes = form.codes
        let parameters = HNSWParameters(metric: metric, codes: codes, m: 4, scanLimit: 0, graphThreshold: 1)
        let fixture = VectorFixture(count: 300, dimension: form.dimension, areUnits: true, seed: 141)
        let sound = try segment(fixture, parameters)
        let sections = sound.sections.copies
        let block = sound.blocks[0].sections.copies
        var random = SeededRandom(seed: 142)
        var opened = 0
        for round in 0..<60 {
            var damaged: Copies = sections
            var damagedBlock: Copies = block
            let isBlock = round % 3 == 2
            let count = isBlock ? block.count : sections.count
            // One section at a time, every kind of it, in a few bytes or in all.
            let place = round / 3 % count
            let bytes = isBlock ? block[place].bytes : sections[place].bytes
            guard !bytes.isEmpty else { continue }
            var changed = bytes
            for _ in 0..<(round % 2 == 0 ? 3 : bytes.count) {
                changed[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if isBlock {
                damagedBlock[place].bytes = changed
            } else {
                damaged[place].bytes = changed
            }
            do {
                let blocks = [try VectorBlock(sections: SegmentSections(copying: damagedBlock))]
                let segment = try VectorSegment(sections: SegmentSections(copying: damaged), blocks: blocks)
                opened += 1
                try use(segment, fixture, parameters)
            } catch is IndexError {
                continue
            }
        }
        #expect(opened >= 20)
    }

    @Test(arguments: [(TraversalCodes.int4, 10), (.int8, 512), (.float32, 192)])
    func sectionsOfAnotherSizeAreRefused(codes: TraversalCodes, dimension: Int) throws {
        let parameters = HNSWParameters(metric: .euclidean, codes: codes, m: 4, graphThreshold: 1)
        let fixture = VectorFixture(count: 100, dimension: dimension, areUnits: true, seed: 143)
        let sound = try segment(fixture, parameters)
        let sections = sound.sections.copies
        for (place, section) in sections.enumerated() {
            for bytes in [Array(section.bytes.dropLast(1)), section.bytes + [0], [UInt8]()]
            where bytes.count != section.bytes.count {
                var changed = sections
                changed[place].bytes = bytes
                #expect(throws: IndexError.self, "\(section.name) of \(bytes.count) bytes") {
                    try VectorSegment(sections: SegmentSections(copying: changed), blocks: sound.blocks)
                }
            }
        }
        let block = sound.blocks[0].sections.copies
        for (place, section) in block.enumerated() {
            var changed = block
            changed[place].bytes = Array(section.bytes.dropLast(1))
            #expect(throws: IndexError.self, "\(section.name)") {
                try VectorBlock(sections: SegmentSections(copying: changed))
            }
        }
        #expect(throws: IndexError.self) { try VectorSegment(sections: sound.sections, blocks: []) }
    }
}

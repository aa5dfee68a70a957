import IndexCore
import TestKit
import Testing

@Suite struct SegmentSectionsTests {
    @Test func sectionsAreFoundByName() {
        let sections = SegmentSections(copying: [
            (SegmentSections.Name("ABCD"), [1, 2, 3, 4, 5]), (SegmentSections.Name("EFGH"), []),
        ])
        #expect(sections.copies.map(\.name.description) == ["ABCD", "EFGH"])
        #expect(sections.copies.map(\.bytes) == [[1, 2, 3, 4, 5], []])
        #expect(sections[SegmentSections.Name("EFGH")].count == 0)
        #expect(sections[SegmentSections.Name("none")].count == 0)
        #expect(sections.byteCount == 5)
    }

    @Test func partsAndIntegersStayInside() {
        let sections = SegmentSections(copying: [(SegmentSections.Name("ABCD"), [1, 2, 3, 4, 5])])
        let bytes = sections[SegmentSections.Name("ABCD")]
        #expect(Array(bytes[1..<3].buffer) == [2, 3])
        #expect(Array(bytes[3..<900].buffer) == [4, 5])
        #expect(bytes[70..<900].count == 0)
        #expect(bytes.load(1, as: UInt32.self) == 0x0504_0302)
        #expect(bytes.load(2, as: UInt32.self) == 0)
        #expect(bytes.load(-1, as: UInt8.self) == 0)
        #expect(bytes.load(.max, as: UInt64.self) == 0)
    }

    @Test func aMappingLivesAsLongAsItsSections() {
        final class Mapping: Sendable {
            let released: @Sendable () -> Void
            init(_ released: @escaping @Sendable () -> Void) { self.released = released }
            deinit { released() }
        }
        nonisolated(unsafe) var isReleased = false
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 4)
        defer { memory.deallocate() }
        memory.copyBytes(from: [9, 8, 7, 6])
        do {
            let sections = SegmentSections(
                [(SegmentSections.Name("MAPS"), UnsafeRawBufferPointer(memory))], owner: Mapping { isReleased = true })
            #expect(Array(sections[SegmentSections.Name("MAPS")].buffer) == [9, 8, 7, 6])
            #expect(sections.owner is Mapping)
            #expect(!isReleased)
        }
        #expect(isReleased)
    }

    @Test(arguments: 0..<20)
    func idsOfARangeAreCounted(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var set = IDSet()
        var plain: Set<UInt32> = []
        for _ in 0..<Int.random(in: 0...300, using: &random) {
            let id = UInt32.random(in: 0..<(seed % 2 == 0 ? 200 : 20_000), using: &random)
            set.insert(PassageID(id))
            plain.insert(id)
        }
        for _ in 0..<50 {
            let low = UInt32.random(in: 0..<21_000, using: &random)
            let range = low...low + UInt32.random(in: 0..<9_000, using: &random)
            #expect(set.count(in: range) == plain.count { range.contains($0) })
        }
        #expect(set.count(in: 0...UInt32.max) == plain.count)
    }
}

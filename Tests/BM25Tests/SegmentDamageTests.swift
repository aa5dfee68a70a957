import BM25
import IndexCore
import TestKit
import Testing

/// Damaged bytes give wrong answers, or none; never a trap, a hang or a read outside the sections.
@Suite struct SegmentDamageTests {
    private static let parameters = BM25Parameters(titleWeight: 1)

    /// Small, but with skip data, a bitmap block, tails, single rows, shared surface words and such that mark their rows.
    private static let sections: [(name: SegmentSections.Name, bytes: [UInt8])] = {
        let passages = (UInt32(0)..<145).map { row in
            var words = row < 130 ? [row % 3 == 0 ? "tides" : "tide"] : []
            if row % 9 == 0 { words += ["mast", "masts", "mast", "masting"].prefix(Int(row % 4) + 1) }
            if row == 77 { words.append("kelp") }
            return PlainPassage(
                id: row + 1, document: row / 2 * 2 + 1, title: row == 60 ? ["bant", "tide"] : [], words: words)
        }
        return BM25Segment.of(passages, parameters).sections.copies
    }()

    @Test func theSmallSegmentHasEveryShape() throws {
        let segment = try BM25Segment(sections: SegmentSections(copying: Self.sections))
        let inspection = SegmentInspection(segment)
        #expect(inspection.terms(field: 0).contains { $0.documentFrequency >= 128 })
        #expect(inspection.terms(field: 0).contains { $0.documentFrequency == 1 })
        #expect(inspection.terms(field: 2).contains { $0.text == "masts" })
        #expect(Self.sections.reduce(0) { $0 + $1.bytes.count } < 1_500)
        Self.readEverything(segment)
    }

    @Test(arguments: 0..<4)
    func everyFlippedByteIsSurvived(part: Int) {
        var random = SeededRandom(seed: UInt64(part))
        var opened = 0
        for section in Self.sections.indices {
            for place in Self.sections[section].bytes.indices where place % 4 == part {
                var damaged = Self.sections
                let flips: [UInt8] = [0xFF, 1 << UInt8.random(in: 0..<8, using: &random)]
                damaged[section].bytes[place] ^= flips.randomElement(using: &random) ?? 1
                opened += Self.read(damaged) ? 1 : 0
            }
        }
        #expect(opened > 0)
    }

    @Test func everyTruncationIsSurvivedOrRefused() {
        for section in Self.sections.indices {
            let count = Self.sections[section].bytes.count
            for length in stride(from: 0, to: count, by: max(1, count / 40)) {
                var damaged = Self.sections
                damaged[section].bytes.removeLast(count - length)
                _ = Self.read(damaged)
            }
        }
    }

    @Test func aMissingOrShortSectionIsReported() {
        for name in ["HEAD", "TIDX", "NORM", "TNRM"] {
            let damaged = Self.sections.filter { $0.name.description != name }
            #expect(throws: IndexError.self) { try BM25Segment(sections: SegmentSections(copying: damaged)) }
        }
        var damaged = Self.sections
        damaged[0].bytes[0] = 9
        #expect(throws: IndexError.corruptSection(name: "HEAD", reason: "version 9")) {
            try BM25Segment(sections: SegmentSections(copying: damaged))
        }
    }

    @Test(arguments: 0..<20)
    func noiseIsSurvived(seed: UInt64) {
        var random = SeededRandom(seed: 1_000 + seed)
        var damaged = Self.sections
        for section in damaged.indices.dropFirst() {
            for place in damaged[section].bytes.indices where Int.random(in: 0..<12, using: &random) == 0 {
                damaged[section].bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
        }
        _ = Self.read(damaged)
    }

    /// What is joined as it lies is looked at before: the merged segment is sound whatever its sources say.
    @Test(arguments: 0..<4)
    func aMergeOfDamagedSegmentsIsSound(part: Int) throws {
        var random = SeededRandom(seed: 2_000 + UInt64(part))
        let others = (UInt32(0)..<40).map { row in
            PlainPassage(
                id: 200 + row, document: 200 + row, title: row % 7 == 0 ? ["bant"] : [],
                words: ["kelp", "mast", "masts"].shuffled(using: &random).prefix(Int(row % 4)) + ["tide"])
        }
        for section in Self.sections.indices.dropFirst() {
            for place in Self.sections[section].bytes.indices where place % 4 == part {
                var damaged = Self.sections
                damaged[section].bytes[place] ^= [0xFF, 1 << UInt8.random(in: 0..<8, using: &random)][place % 2]
                guard let segment = try? BM25Segment(sections: SegmentSections(copying: damaged)) else { continue }
                var index = BM25Index(parameters: Self.parameters)
                index.append(segment)
                index.append(BM25Segment.of(Array(others.prefix(20)), Self.parameters))
                index.append(BM25Segment.of(Array(others.dropFirst(20)), Self.parameters))
                index.mergeAll()
                let merged = try #require(index.memorySegments.first)
                Self.readEverything(merged)
                let inspection = SegmentInspection(merged)
                for field in 0..<2 {
                    for term in inspection.terms(field: field) {
                        for posting in inspection.postings(of: term.text, field: field) ?? [] {
                            #expect(posting.row < merged.passageCount)
                            #expect(posting.positions.count == posting.frequency)
                        }
                    }
                }
            }
        }
    }

    /// Whether the segment opened; then everything is read, merged and searched.
    private static func read(_ damaged: [(name: SegmentSections.Name, bytes: [UInt8])]) -> Bool {
        guard let segment = try? BM25Segment(sections: SegmentSections(copying: damaged)) else { return false }
        readEverything(segment)
        return true
    }

    private static func readEverything(_ segment: BM25Segment) {
        let inspection = SegmentInspection(segment)
        let rows = segment.passageCount
        #expect(inspection.rows.count == rows)
        for field in 0..<3 {
            for term in inspection.terms(field: field).prefix(6) {
                guard let cursor = CursorInspection(segment, term.text, field: field) else { continue }
                var last = -1
                while cursor.next() {
                    #expect(cursor.row > last && cursor.row < rows)
                    last = cursor.row
                    _ = cursor.frequency
                }
                for step in [1, 50, 129] {
                    guard let cursor = CursorInspection(segment, term.text, field: field) else { continue }
                    var target = 0
                    while target < rows {
                        if step == 129 { _ = cursor.shallowAdvance(to: target) }
                        cursor.advance(to: target)
                        guard !cursor.isAtEnd else { break }
                        #expect(cursor.row >= target && cursor.row < rows)
                        if step == 50 {
                            _ = cursor.positions
                            _ = cursor.blockContents
                        }
                        target = cursor.row + step
                    }
                }
                if let cursor = CursorInspection(segment, term.text, field: field) {
                    while cursor.nextBlock() {
                        #expect(cursor.blockContents.rows.allSatisfy { $0 < rows })
                    }
                }
            }
        }
        for byLetters in [false, true] {
            _ = try? inspection.words(near: "matss", distance: 2, byLetters: byLetters)
        }
        var index = BM25Index(parameters: parameters)
        index.append(segment)
        var live = IDSet()
        live.insert(0..<400)
        let snapshot = index.snapshot
        _ = try? snapshot.search(snapshot.analyze("tide mast bant"), k: 5, live: live)
        let group = BM25Expression.synonym(["tide", "mast", "bant"].map { WeightedTerm(BM25Term($0), weight: 0.5) })
        for others in [[], [.term("tide"), .term("mast")]] as [[BM25Expression]] {
            _ = try? snapshot.search(.boolean(should: [group] + others), k: 5, live: live)
        }
        index.remove(3..<9)
        _ = try? index.snapshot.search(snapshot.analyze("tide mast bant"), k: 5, live: live)
        index.mergeAll()
        #expect(index.segmentCount <= 1)
    }
}

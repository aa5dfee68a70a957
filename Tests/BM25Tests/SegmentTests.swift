import BM25
import IndexCore
import TestKit
import Testing

/// A segment against the definition: what was added is what its dictionary, its cursors and its rows say.
@Suite struct SegmentTests {
    /// Row counts around the shapes: one row, one block, a block and a tail, several groups of 32 blocks.
    private static let shapes: [(rows: Int, words: ClosedRange<Int>, vocabulary: Int, weight: Int)] = [
        (1, 0...0, 10, 2), (1, 30...60, 400, 2), (2, 5...9, 5, 1), (127, 0...12, 30, 0), (128, 4...8, 3, 2),
        (129, 4...8, 3, 3), (500, 0...40, 300, 2), (700, 0...60, 2_000, 16), (4_500, 0...4, 40, 1),
    ]

    @Test(arguments: 0..<9)
    func holdsWhatWasAdded(shape: Int) {
        let (passages, parameters) = Self.corpus(shape)
        let segment = BM25Segment.of(passages, parameters)
        let naive = NaiveSegment(passages, parameters)
        let inspection = SegmentInspection(segment)
        #expect(inspection.rows == naive.rows)
        #expect(segment.tokenCount == naive.rows.reduce(0) { $0 + $1.length })
        for field in 0..<3 {
            let terms = inspection.terms(field: field)
            #expect(terms.map(\.text) == naive.keys(field: field))
            for term in terms {
                let expected = naive.postings[field][term.text] ?? []
                #expect(term.documentFrequency == expected.count)
                if field == 2 {
                    #expect(term.stem == naive.stems[term.text])
                    let rows = inspection.postings(of: term.text, field: 2)?.map(\.row)
                    #expect(rows == expected.map(\.row))
                } else {
                    #expect(term.totalFrequency == expected.reduce(0) { $0 + $1.frequency })
                    #expect(inspection.postings(of: term.text, field: field) == expected)
                }
            }
            #expect(inspection.postings(of: "b", field: field) == nil)
            #expect(inspection.postings(of: "zzz", field: field) == nil)
            #expect(inspection.postings(of: "", field: field) == nil)
        }
    }

    @Test func aSeekFindsTheNextTerm() {
        let (passages, parameters) = Self.corpus(7)
        let inspection = SegmentInspection(BM25Segment.of(passages, parameters))
        var random = SeededRandom(seed: 5)
        for field in 0..<3 {
            let keys = inspection.terms(field: field).map(\.text)
            for _ in 0..<12 {
                var wanted = keys.randomElement(using: &random) ?? "b"
                switch Int.random(in: 0..<3, using: &random) {
                case 0: wanted += "a"
                case 1: wanted.removeLast()
                default: break
                }
                let expected = keys.filter { !$0.utf8.lexicographicallyPrecedes(wanted.utf8) }
                #expect(inspection.terms(field: field, from: wanted).map(\.text) == expected)
            }
        }
    }

    @Test(arguments: [4, 5, 6, 8], 0..<2)
    func cursorsAgreeWithThePlainList(shape: Int, seed: UInt64) throws {
        let (passages, parameters) = Self.corpus(shape)
        let segment = BM25Segment.of(passages, parameters)
        let naive = NaiveSegment(passages, parameters)
        var random = SeededRandom(seed: seed)
        for field in 0..<2 {
            for (term, list) in naive.postings[field] where list.count > 1 {
                let cursor = try #require(CursorInspection(segment, term, field: field))
                #expect(cursor.documentFrequency == list.count)
                var place = -1
                var shallow = 0
                while place < list.count {
                    switch Int.random(in: 0..<10, using: &random) {
                    case 0..<4:
                        place += 1
                        #expect(cursor.next() == (place < list.count))
                    case 4..<8:
                        let from = place < 0 ? 0 : list[place].row
                        let target = from + Int.random(in: 0...(seed == 0 ? 4 : passages.count / 4), using: &random)
                        while place < 0 || place < list.count && list[place].row < target { place += 1 }
                        cursor.advance(to: target)
                    case 8:
                        place = place < 0 ? 0 : (place / 128 + 1) * 128
                        #expect(cursor.nextBlock() == (place < list.count))
                        place = min(place, list.count)
                    default:
                        guard place >= 0 else { continue }
                        let target = list[place].row + Int.random(in: 0...passages.count / 2, using: &random)
                        let wanted = list.lastIndex { $0.row < target }.map { $0 + 1 } ?? 0
                        // The shallow place never goes back; whether it is ahead is nothing to the deep one.
                        shallow = max(shallow, wanted == list.count ? cursor.blockCount : wanted / 128, place / 128)
                        let isThere = cursor.shallowAdvance(to: target)
                        #expect(isThere == (shallow < cursor.blockCount))
                        #expect(cursor.shallowBlock == shallow)
                        guard isThere else { continue }
                        let last = min(cursor.shallowBlock * 128 + 127, list.count - 1)
                        #expect(cursor.lastRow(ofBlock: cursor.shallowBlock) == list[last].row)
                    }
                    guard place < list.count else { break }
                    guard place >= 0 else { continue }
                    #expect(cursor.row == list[place].row)
                    #expect(cursor.block == place / 128)
                    if Bool.random(using: &random) { #expect(cursor.frequency == list[place].frequency) }
                    if Int.random(in: 0..<4, using: &random) == 0 {
                        let block = list[place / 128 * 128..<min(list.count, place / 128 * 128 + 128)]
                        let contents = cursor.blockContents
                        #expect(contents.rows == block.map(\.row))
                        #expect(contents.frequencies == block.map(\.frequency))
                    }
                    if Bool.random(using: &random) { #expect(cursor.positions == list[place].positions) }
                    if Bool.random(using: &random) { #expect(cursor.frequency == list[place].frequency) }
                }
                cursor.advance(to: passages.count)
                #expect(cursor.isAtEnd)
                #expect(!cursor.next())
                #expect(!cursor.nextBlock())
            }
        }
    }

    /// Each posting lies under a pair of its block's impacts and of its group's, and each pair is reached: no other has
    /// a higher frequency and a smaller norm, unless more than four had to be joined.
    @Test(arguments: [4, 6, 7, 8])
    func impactsBoundTheirBlocks(shape: Int) throws {
        let (passages, parameters) = Self.corpus(shape)
        let segment = BM25Segment.of(passages, parameters)
        let naive = NaiveSegment(passages, parameters)
        let table = (0..<32 * 256).map { place -> Float in
            let frequency = Float(place >> 8)
            return frequency / (frequency + 1 + Float(place & 255) / 64)
        }
        var blockCount = 0
        for (term, list) in naive.postings[0] where list.count >= 128 {
            let cursor = try #require(CursorInspection(segment, term, field: 0))
            #expect(cursor.hasSkipData)
            for block in 0..<cursor.blockCount {
                blockCount += 1
                let postings = list[block * 128..<min(list.count, block * 128 + 128)]
                let pairs = postings.map { (min($0.frequency, 255), Int(naive.rows[$0.row].norm)) }
                let impacts = cursor.impacts(ofBlock: block)
                for (frequency, norm) in pairs {
                    #expect(impacts.contains { $0.frequency >= frequency && $0.norm <= norm })
                    #expect(
                        cursor.impacts(ofGroup: block / 32).contains { $0.frequency >= frequency && $0.norm <= norm })
                }
                #expect(impacts.allSatisfy { impact in pairs.contains { $0.0 == impact.frequency } })
                #expect(impacts.allSatisfy { impact in pairs.contains { $0.1 == impact.norm } })
                let isSmall = Set(pairs.map(\.0)).count <= 4
                if isSmall {
                    #expect(impacts.allSatisfy { impact in pairs.contains { $0 == impact } })
                }
                let last = postings.last?.row ?? 0
                let best = pairs.map { table[min($0.0, 31) << 8 | $0.1] }.max() ?? 0
                #expect(cursor.maximumPart(from: block, through: last, table) >= best)
            }
            let all = list.map { table[min($0.frequency, 31) << 8 | Int(naive.rows[$0.row].norm)] }.max() ?? 0
            #expect(cursor.maximumPart(from: 0, through: passages.count, table) >= all)
        }
        #expect(blockCount > 0)
    }

    @Test func withoutSurfaceWordsThereAreNone() {
        let (passages, _) = Self.corpus(6)
        let plain = BM25Parameters(surfaceWords: false)
        let inspection = SegmentInspection(BM25Segment.of(passages, plain))
        #expect(inspection.terms(field: 2).isEmpty)
        #expect(inspection.terms(field: 0).map(\.text) == NaiveSegment(passages, plain).keys(field: 0))
    }

    @Test func anEmptySegmentIsSound() {
        let segment = BM25SegmentBuilder().build()
        #expect(segment.passageCount == 0)
        #expect(SegmentInspection(segment).terms(field: 0).isEmpty)
        var index = BM25Index()
        index.append(segment)
        #expect(index.segmentCount == 0)
    }

    static func corpus(_ shape: Int) -> ([PlainPassage], BM25Parameters) {
        let (rows, words, vocabulary, weight) = shapes[shape]
        var random = SeededRandom(seed: UInt64(100 + shape))
        let passages = PlainPassage.random(
            &random, count: rows, words: words, vocabulary: vocabulary, gaps: shape % 2 == 0)
        return (passages, BM25Parameters(titleWeight: weight))
    }
}

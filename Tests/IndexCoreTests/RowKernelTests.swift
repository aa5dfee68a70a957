import CKernels
import IndexCore
import TestKit
import Testing

@Suite("Rows of postings by the widest vectors")
struct RowKernelTests {
    /// Untouched rows, rows whose scores add up to nothing, and rows with scores; counts that fill no vector.
    @Test(arguments: VectorKernels.availableLevels, [0, 1, 7, 8, 9, 63, 64, 1_000, 4_096])
    func everyLevelTakesTheSameRows(level: VectorKernels.Level, count: Int) {
        var random = SeededRandom(seed: UInt64(count) + 71)
        let sums = (0..<count).map { _ in
            switch random.next() % 4 {
            case 0: Double.random(in: 0...8, using: &random)
            case 1: 0.0
            default: -0.0
            }
        }
        for needed in [-Double.infinity, -1, 0, 3.5, sums.max() ?? 0, 9] {
            let taken = take(sums, needed: needed, first: 4_000_000_000, level)
            let expected = sums.indices.filter { sums[$0].sign == .plus && sums[$0] >= needed }
            #expect(taken.rows == expected.map { 4_000_000_000 + UInt32($0) })
            #expect(taken.sums == expected.map { sums[$0] })
            #expect(taken.left.allSatisfy { $0 == 0 && $0.sign == .minus })
        }
    }

    @Test(arguments: VectorKernels.availableLevels, [1, 3, 4_000_000])
    func everyLevelFindsTheSamePlace(level: VectorKernels.Level, gap: UInt32) {
        var random = SeededRandom(seed: UInt64(gap) + 5)
        var rows: [UInt32] = []
        var row = gap > 3 ? UInt32.max - 128 * gap : 0
        for _ in 0..<128 {
            row += UInt32.random(in: 1...gap, using: &random)
            rows.append(row)
        }
        let targets = [0, 1, .max] + rows + rows.map { $0 - 1 } + rows.map { $0 + 1 }
        for target in targets {
            #expect(ck_rows_below(level.rawValue, rows, target) == rows.count { $0 < target }, "\(target)")
        }
    }

    @Test(arguments: VectorKernels.availableLevels)
    func everyLevelPicksTheSamePlaces(level: VectorKernels.Level) {
        var random = SeededRandom(seed: 9)
        let scores = (0..<128).map { _ in Float(Int.random(in: 0..<6, using: &random)) }
        for count in [0, 1, 7, 8, 15, 16, 17, 100, 128] {
            for first in [0, 1, 9, 16, 127] where first <= count {
                for least in [-Float.infinity, 0, 3, 6, .infinity] {
                    var places = [UInt32](repeating: 0, count: 144)
                    let found = ck_at_least(level.rawValue, scores, first, count, least, &places)
                    let expected = (first..<count).filter { scores[$0] >= least }
                    #expect(places.prefix(found).map { Int($0) } == expected)
                }
            }
        }
    }

    @Test(arguments: VectorKernels.availableLevels)
    func everyLevelCountsTheSameBits(level: VectorKernels.Level) {
        var random = SeededRandom(seed: 10)
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        for bit in 0...256 {
            let expected = (0..<bit).count { bytes[$0 >> 3] >> UInt8($0 & 7) & 1 == 1 }
            #expect(ck_bits_below(level.rawValue, bytes, bit) == expected)
        }
    }

    @Test(arguments: VectorKernels.availableLevels, [0, 1, 2, 7, 8, 9, 16, 23, 64, 65, 255, 256])
    func everyLevelGivesTheSameRanks(level: VectorKernels.Level, count: Int) {
        var random = SeededRandom(seed: UInt64(count))
        // Few values, so that some are equal; and keys above the middle of their range, which signed compares get wrong.
        let keys = (0..<count).map { _ in UInt64.random(in: 0..<40, using: &random) &* 0x0765_4321_0FED_CBA9 }
        let order = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
        var ranks = [UInt32](repeating: 0, count: count)
        ck_ranks(level.rawValue, keys, count, &ranks)
        #expect(order.map { Int(ranks[$0]) } == Array(0..<count))
    }

    @Test func addingNothingIsAdding() {
        #expect((-0.0 + 0.0).sign == .plus)
    }

    private func take(
        _ sums: [Double], needed: Double, first: UInt32, _ level: VectorKernels.Level
    ) -> (rows: [UInt32], sums: [Double], left: [Double]) {
        var left = sums
        var rows = [UInt32](repeating: 0, count: sums.count + 8)
        var taken = [Double](repeating: 0, count: sums.count + 8)
        let found = ck_take_sums(level.rawValue, &left, sums.count, needed, first, &rows, &taken)
        return (Array(rows.prefix(found)), Array(taken.prefix(found)), left)
    }
}

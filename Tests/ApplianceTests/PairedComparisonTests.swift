import Appliance
import Testing

@Suite struct PairedComparisonTests {
    /// All 2^10 sign changes of ten equal differences: two of them reach the sum, so p = 2/1,024.
    @Test func `p is the share of sign changes that do as much`() {
        let worse = (0..<10).map { Double($0) / 100 }
        let comparison = PairedComparison(worse, worse.map { $0 + 0.1 })
        #expect(abs(comparison.difference - 0.1) < 1e-12)
        #expect(abs(comparison.pValue - 2.0 / 1_024) < 0.0015)
        #expect(comparison.wins == 10 && comparison.losses == 0 && comparison.ties == 0)
        #expect(abs(comparison.interval.lowerBound - 0.1) < 1e-12 && abs(comparison.interval.upperBound - 0.1) < 1e-12)
    }

    /// Differences 3, -1, -1, -1: every one of the sixteen sign changes reaches |0|.
    @Test func `no difference is no evidence`() {
        let comparison = PairedComparison([0, 1, 1, 1], [3, 0, 0, 0])
        #expect(comparison.pValue == 1 && comparison.difference == 0)
        #expect(comparison.wins == 1 && comparison.losses == 3)
        #expect(PairedComparison([0.5, 0.25], [0.5, 0.25]).ties == 2)
    }

    /// Against all sign changes of twelve differences, counted one by one.
    @Test func `the draws agree with counting all`() {
        let first = [0.31, 0.42, 0.0, 0.77, 0.5, 0.63, 0.21, 0.9, 0.12, 0.35, 0.44, 0.58]
        let second = [0.4, 0.38, 0.1, 0.8, 0.61, 0.6, 0.3, 0.93, 0.1, 0.47, 0.43, 0.7]
        let differences = zip(second, first).map { $0 - $1 }
        let observed = abs(differences.reduce(0, +))
        var atLeast = 0
        for signs in 0..<1 << differences.count {
            let sum = differences.enumerated().reduce(0.0) {
                $0 + (signs >> $1.offset & 1 == 0 ? $1.element : -$1.element)
            }
            if abs(sum) >= observed - 1e-12 { atLeast += 1 }
        }
        let comparison = PairedComparison(first, second)
        #expect(abs(comparison.pValue - Double(atLeast) / 4_096) < 0.01)
        #expect(comparison.interval.contains(comparison.difference))
        #expect(comparison == PairedComparison(first, second), "the same scores give the same figures")
    }

    @Test func `several comparisons are held to more`() {
        let adjusted = PairedComparison.adjusted([0.01, 0.04, 0.03])
        #expect(abs(adjusted[0] - 0.03) < 1e-12 && abs(adjusted[2] - 0.06) < 1e-12 && abs(adjusted[1] - 0.06) < 1e-12)
    }

    @Test func `nothing to compare is no error`() {
        let comparison = PairedComparison([], [])
        #expect(comparison.difference == 0 && comparison.pValue == 1)
    }
}

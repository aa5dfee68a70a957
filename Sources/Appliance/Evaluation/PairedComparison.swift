/// Whether one ranking is better than another on the same queries, or chance would do as much.
///
/// The test is Fisher's paired randomisation test, as Smucker, Allan & Carterette ("A comparison of statistical
/// significance tests for information retrieval evaluation", CIKM 2007) recommend: if the rankings were alike, each
/// query's difference could as well have the other sign. The interval is the bootstrap's: queries drawn anew with
/// repetition. Both draw from a seeded generator, so the same scores give the same figures.
package struct PairedComparison: Sendable, Equatable {
    /// Mean of the second minus the first.
    package let difference: Double
    /// 95 % of the bootstrap's means lie in it.
    package let interval: ClosedRange<Double>
    /// The share of random sign changes that give a difference at least as great, either way; never 0.
    package let pValue: Double
    /// Queries on which the second is better, worse, equal.
    package let wins: Int
    package let losses: Int
    package let ties: Int

    package static let draws = 10_000

    /// Compares two scores a query, in the same order.
    package init(_ first: [Double], _ second: [Double], seed: UInt64 = 1) {
        let differences = zip(second, first).map { $0 - $1 }
        wins = differences.count { $0 > Self.equality }
        losses = differences.count { $0 < -Self.equality }
        ties = differences.count - wins - losses
        let sum = differences.reduce(0, +)
        let count = Double(max(1, differences.count))
        difference = sum / count
        var random = SplitMix64(state: seed)
        pValue = Self.randomisation(differences, sum: sum, &random)
        interval = Self.bootstrap(differences, &random)
    }

    /// Sums of the same numbers in another order differ by less.
    private static let equality = 1e-12

    private static func randomisation(_ differences: [Double], sum: Double, _ random: inout SplitMix64) -> Double {
        var atLeast = 0
        for _ in 0..<draws {
            var drawn = 0.0
            var bits: UInt64 = 0
            for (place, difference) in differences.enumerated() {
                if place & 63 == 0 { bits = random.next() }
                drawn += bits & 1 == 0 ? difference : -difference
                bits >>= 1
            }
            if abs(drawn) >= abs(sum) - equality { atLeast += 1 }
        }
        return Double(atLeast + 1) / Double(draws + 1)
    }

    /// The middle 95 % of the means of samples drawn with repetition.
    package static func bootstrap(_ values: [Double], seed: UInt64 = 1) -> ClosedRange<Double> {
        var random = SplitMix64(state: seed)
        return bootstrap(values, &random)
    }

    private static func bootstrap(_ values: [Double], _ random: inout SplitMix64) -> ClosedRange<Double> {
        guard !values.isEmpty else { return 0...0 }
        let means = (0..<draws).map { _ in
            var sum = 0.0
            for _ in values.indices {
                sum += values[Int(random.next() % UInt64(values.count))]
            }
            return sum / Double(values.count)
        }.sorted()
        return means[draws / 40]...means[draws - 1 - draws / 40]
    }

    /// P-values for several comparisons made at once (Holm 1979): each is what remains after the smaller ones had their
    /// chance.
    package static func adjusted(_ pValues: [Double]) -> [Double] {
        let order = pValues.indices.sorted { pValues[$0] < pValues[$1] }
        var adjusted = pValues
        var greatest = 0.0
        for (step, place) in order.enumerated() {
            greatest = max(greatest, min(1, pValues[place] * Double(pValues.count - step)))
            adjusted[place] = greatest
        }
        return adjusted
    }
}

/// Steele, Lea & Flood's generator: the same numbers for the same seed on every machine.
private struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

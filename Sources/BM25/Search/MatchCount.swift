/// How many children of a disjunction a row matches, kept in its sum of scores.
///
/// Scores are multiples of a quantum (``SegmentView/quantum(_:bitsBelow:)``). For each match a fraction of that is added, so
/// small that all of them together stay below it: sums remain exact, and what is compared with a bound is too great by
/// less than a quantum, never too small.
struct MatchCount {
    /// Children that must match.
    let least: Int
    /// What is added for a match; 0 where one is enough and nothing is counted.
    let unit: Double
    private let scale: Double
    private let mask: Int

    /// Nil where sums would not be exact.
    init?(least: Int, of children: Range<Int>, in view: SegmentView) {
        let bits = least > 1 ? Int.bitWidth - children.count.leadingZeroBitCount : 0
        guard let quantum = view.quantum(children, bitsBelow: bits) else { return nil }
        self.least = max(1, least)
        unit = bits > 0 ? quantum / Double(1 << bits) : 0
        scale = bits > 0 ? 1 / unit : 0
        mask = (1 << bits) - 1
    }

    /// Whether matches are counted.
    var isCounted: Bool { least > 1 }

    /// The matches in a sum.
    @inline(__always)
    func matches(_ sum: Double) -> Int { Int(sum * scale) & mask }

    /// The scores in a sum.
    @inline(__always)
    func score(_ sum: Double) -> Double { sum - Double(matches(sum)) * unit }
}

/// Which segments to join after an append: tiers, as in a log-structured merge tree, but in memory.
///
/// Only neighbours are joined, so ids keep ascending. A joined segment is at least ``growth`` times its largest part,
/// so a passage is rewritten at most log4(passages) times; and no join makes more than ``maximumRowCount`` rows, so
/// an append's work is bounded by that.
enum MergePolicy {
    static let minimumRun = 8
    static let growth = 4
    static let maximumRowCount = 1 << 16
    /// A segment with more than a quarter of its rows dead is rewritten alone.
    static let maximumDeadShare = 4

    /// The run of trailing segments to join, given their live rows.
    static func run(_ rowCounts: [Int]) -> Range<Int>? {
        var total = 0
        var largest = 0
        for start in rowCounts.indices.reversed() {
            total += rowCounts[start]
            largest = max(largest, rowCounts[start])
            guard total <= maximumRowCount else { return nil }
            if rowCounts.count - start >= minimumRun, total >= growth * largest {
                return start..<rowCounts.count
            }
        }
        return nil
    }
}

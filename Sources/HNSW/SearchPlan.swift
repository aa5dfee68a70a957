/// How the merged vectors are gone through.
package enum SearchPath: Sendable, CaseIterable {
    /// As ``SearchPlan`` says.
    case planned
    /// All that may be answered, one by one.
    case scan
    /// The graph, at whatever cost.
    case sweep
}

/// Decides between a walk through the graph and a scan of the rows that may be answered.
///
/// A walk tests the filter when a row enters its result, so it goes through the others too: with `ef` rows wanted of a
/// share `s` it costs what a walk for `ef / s` rows costs. That estimate decides whether it is begun. It may be wrong,
/// where the rows that pass lie far from the query, so the walk also ends, for the scan, once its distances have cost as
/// much as the scan will: at most twice the cheaper of the two is spent.
struct SearchPlan {
    /// Rows of a scan that are taken to cost as much as one distance of a walk.
    ///
    /// Measured by `Benchmarks filters`, 20,000 x 384, 4-bit codes, on a busy machine: 82 ns a distance, 31 ns a row of a
    /// list. It is set higher: a walk that goes on where the neighbours do not pass finds less than the scan
    /// (docs/decisions/0092).
    static let scanRowsPerDistance = 5
    /// Distances of a walk for each row it keeps: 8 to 15 were measured where 5 % or more pass.
    static let distancesPerKept = 12

    private let rows: Int
    private let passing: Int
    private var ef: Int
    /// Distances the walks may still compute.
    private(set) var distancesLeft: Int

    /// - Parameters:
    ///   - rows: Of the segment.
    ///   - passing: Passages that may be answered, here or elsewhere.
    ///   - scanLimit: So few rows are scanned in any case; nil: whatever the cost, walk.
    init(rows: Int, passing: Int, ef: Int, scanLimit: Int?) {
        self.rows = rows
        self.passing = min(rows, passing)
        self.ef = ef
        guard let scanLimit else {
            distancesLeft = .max
            return
        }
        distancesLeft = self.passing <= scanLimit ? 0 : self.passing / Self.scanRowsPerDistance
    }

    /// The beam of the walk to begin now; nil where a scan is cheaper.
    var next: Int? {
        guard passing > 0 else { return nil }
        let (kept, isHuge) = ef.multipliedReportingOverflow(by: rows)
        let expected =
            isHuge
            ? Int.max : min(rows, kept / passing).multipliedReportingOverflow(by: Self.distancesPerKept).partialValue
        return expected <= distancesLeft ? ef : nil
    }

    /// Counts a walk that found too few documents; the next one keeps twice as many rows.
    mutating func widen(after distances: Int) {
        if distancesLeft != .max { distancesLeft -= distances }
        ef = ef > rows / 2 ? rows : 2 * ef
    }
}

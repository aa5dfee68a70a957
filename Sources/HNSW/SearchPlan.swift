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
    /// What a row costs, in tenths of a nanosecond: something whatever its size, and something for each line of 64 bytes.
    ///
    /// Measured on 100,000 passages of 384 and of 1,536 numbers (docs/decisions/0127). A distance of a walk: 37 to 60 ns for
    /// rows of 192 bytes, 42 to 50 for 384, 62 to 120 for 768, 90 to 100 for 1,536; the more, the farther off its rows lie.
    /// A listed row of a scan: 13 to 20 ns for 384 bytes, 33 to 50 for 1,536.
    static let walkCost = (row: 440, line: 30)
    static let scanCost = (row: 80, line: 13)
    /// Distances of a walk for each row it keeps: 7 to 10 were measured where 5 to 20 % pass.
    static let distancesPerKept = 8

    private let rows: Int
    /// Rows that may be answered, at most.
    let passing: Int
    private var ef: Int
    /// Distances the walks may still compute.
    private(set) var distancesLeft: Int

    /// - Parameters:
    ///   - passing: Passages that may be answered, here or elsewhere.
    ///   - scanLimit: So few rows are scanned in any case; nil: whatever the cost, walk.
    init(_ segment: VectorSegment, passing: Int, ef: Int, scanLimit: Int?) {
        rows = segment.count
        self.passing = min(rows, passing)
        self.ef = ef
        guard let scanLimit else {
            distancesLeft = .max
            return
        }
        let walkBytes = Quantizer.rowByteCount(segment.header.codes, dimension: segment.dimension)
        let walk = Self.walkCost.row + Self.walkCost.line * (walkBytes / 64)
        let scan = Self.scanCost.row + Self.scanCost.line * (VectorColumns.codeStride(segment.dimension) / 64)
        distancesLeft = self.passing <= scanLimit ? 0 : self.passing * scan / walk
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

/// How the merged vectors are gone through.
package enum SearchPath: Sendable, CaseIterable {
    /// As ``SearchPlan`` says.
    case planned
    /// All that may be answered, one by one.
    case scan
    /// The graph, at whatever cost.
    case sweep
}

/// How many distances a walk may compute before a scan takes its place.
struct WalkBudget {
    /// No end.
    static let unlimited = WalkBudget(checkpoint: .max, keptByThen: 0, limit: .max, strayedLimit: .max)

    /// When it is looked whether the walk has found as many rows that may be answered as their share lets expect.
    let checkpoint: Int
    let keptByThen: Int
    /// What it may compute in all if it has, and if not: it is then far from what it looks for.
    let limit: Int
    let strayedLimit: Int

    /// What a walk may compute that has come to its checkpoint.
    func limit(kept: Int) -> Int { kept >= keptByThen ? limit : strayedLimit }
}

/// Decides between a walk through the graph and a scan of the rows that may be answered.
///
/// A walk tests the filter when a row enters its result, so it goes through the others too: with `ef` rows wanted of a
/// share `s` it costs what a walk for `ef / s` rows costs. It is begun where that is three quarters of what the scan costs, or
/// less. The estimate may be wrong, where the rows that pass lie far from the query. After a quarter of the distances it is
/// then seen that few that pass were found, and the walk ends, for the scan, once it has cost five eighths of the scan: a walk that
/// strays for longer may also end by itself and have found little.
struct SearchPlan {
    /// What a row costs, in tenths of a nanosecond: something whatever its size, and something for each line of 64 bytes.
    ///
    /// Measured on 100,000 passages of 384 and of 1,536 numbers with half bytes (docs/decisions/0138). A distance of a walk: 25 to
    /// 27 ns for rows of 192 bytes and 54 to 67 for 768, if rows that pass lie about the query; 43 and 89 to 119 on the way to
    /// rows far from it. A listed row of a scan: 14 to 16 ns for 384 bytes and 36 for 1,536; 20 to 24, and 59 to 70, where
    /// scans are too large for the caches.
    static let walkCost = (row: 140, line: 40)
    static let strayedCost = (row: 240, line: 63)
    static let scanCost = (row: 80, line: 13)
    static let largeScanCost = (row: 80, line: 26)
    /// Bytes of a large scan.
    static let largeScan = 8 << 20
    /// Distances of a walk for each row it keeps: 7 to 10 were measured where 2 to 20 % pass.
    static let distancesPerKept = 8

    private let rows: Int
    /// Rows that may be answered, at most.
    let passing: Int
    private var ef: Int
    /// Distances the walks may still compute while they cost less than the scan; nil: as many as they like.
    private var distancesLeft: Int?
    /// The same for those that went astray, five eighths of the scan's cost.
    private var strayedLeft: Int

    /// - Parameters:
    ///   - passing: Passages that may be answered, here or elsewhere.
    ///   - scanLimit: So few rows are scanned in any case; nil: whatever the cost, walk.
    init(_ segment: VectorSegment, passing: Int, ef: Int, scanLimit: Int?) {
        rows = segment.count
        self.passing = min(rows, passing)
        self.ef = ef
        strayedLeft = 0
        guard let scanLimit else { return }
        distancesLeft = 0
        guard self.passing > scanLimit else { return }
        let scanLines = VectorColumns.codeStride(segment.dimension) / 64
        func cost(_ price: (row: Int, line: Int), lines: Int) -> Int { price.row + price.line * lines }
        let isLarge = self.passing * scanLines * 64 > Self.largeScan
        let scan = self.passing * cost(isLarge ? Self.largeScanCost : Self.scanCost, lines: scanLines)
        distancesLeft = scan / cost(Self.walkCost, lines: Self.walkLines(segment, isAstray: false))
        strayedLeft = scan / cost(Self.strayedCost, lines: Self.walkLines(segment, isAstray: true)) / 8 * 5
    }

    /// Lines of a row that a walk reads: where codes or bits lie beside it, theirs and those of about every fourth row.
    ///
    /// Far from its query a walk keeps rows of almost one distance, and bits let more through; three in eight is what keeps both
    /// walks that stray for nothing and those given up just before their end cheap.
    private static func walkLines(_ segment: VectorSegment, isAstray: Bool) -> Int {
        let lines = Quantizer.rowByteCount(segment.header.codes, dimension: segment.dimension) / 64
        if let signs = segment.signs { return signs.stride / 64 + lines * (isAstray ? 3 : 2) / 8 }
        guard FloatCodes.areKept(segment.header.codes, dimension: segment.dimension) else { return lines }
        return VectorColumns.codeStride(segment.dimension) / 64 + lines / 4
    }

    /// The walk to begin now: its beam, and what it may take; nil where a scan is cheaper.
    var next: (ef: Int, budget: WalkBudget)? {
        guard passing > 0 else { return nil }
        guard let distancesLeft else { return (ef, .unlimited) }
        let (kept, isHuge) = ef.multipliedReportingOverflow(by: rows)
        guard !isHuge else { return nil }
        let expected = min(rows, kept / passing).multipliedReportingOverflow(by: Self.distancesPerKept).partialValue
        guard expected <= distancesLeft / 4 * 3 else { return nil }
        let budget = WalkBudget(
            checkpoint: min(expected / 4, strayedLeft), keptByThen: min(ef, passing) / 2,
            limit: min(distancesLeft, max(4 * expected, strayedLeft)), strayedLimit: strayedLeft)
        return (ef, budget)
    }

    /// Counts a walk whose answer is not enough; the next one keeps so many rows more, but no more than there are.
    mutating func widen(by more: Int, after distances: Int) {
        distancesLeft = distancesLeft.map { $0 - distances }
        strayedLeft = max(0, strayedLeft - distances)
        ef = more > rows - ef ? rows : ef + more
    }
}

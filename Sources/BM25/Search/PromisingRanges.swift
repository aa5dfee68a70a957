/// The few ranges of a segment's rows that promise most by the bounds of their blocks: looked through first, they raise the
/// threshold for all others.
///
/// Mackenzie, Petri and Moffat ("Anytime Ranking on Document-Ordered Indexes", 2021) go through all ranges by falling
/// bounds. Documents that lie in the order of their terms have most of an answer in few ranges; the others are gone
/// through as they lie.
struct PromisingRanges {
    /// Numbers a choice works with.
    static let memoryCount = 2 * rangeCount
    /// Ranges a segment is divided into, at most.
    private static let rangeCount = 256
    /// Rows of a range, at least.
    private static let leastRowCount = 256
    /// Ranges that are looked through first.
    private static let chosenCount = 8
    /// Of fewer terms the best one alone gives nearly the last threshold: ``ThresholdSeed``.
    private static let leastClauseCount = 5
    /// Postings below which a search is done before ranges are compared.
    private static let leastPostingCount = 65_536
    /// Blocks of a longer list are compared 32 at a time.
    private static let blockLimit = 128

    /// The chosen ranges, ascending and apart; none where they are not worth comparing.
    private var ranges: [Range<UInt32>] = []

    /// No ranges.
    init() {}

    /// - Parameters:
    ///   - clauses: Their cursors stand before the first rows.
    ///   - memory: Room for ``memoryCount`` numbers.
    init(
        of clauses: UnsafeMutableBufferPointer<ScoredClause>, rowCount: UInt32, memory: UnsafeMutablePointer<Double>
    ) {
        guard clauses.count >= Self.leastClauseCount else { return }
        var postings = 0
        for clause in clauses {
            // Bounds of many terms together are seldom worth a look.
            guard !clause.isGroup else { return }
            postings += clause.documentFrequency
        }
        let size = max(Self.leastRowCount, (Int(rowCount) + Self.rangeCount - 1) / Self.rangeCount)
        let count = (Int(rowCount) + size - 1) / size
        guard postings >= Self.leastPostingCount, count >= 4 * Self.chosenCount else { return }
        let sums = UnsafeMutableBufferPointer(start: memory, count: count)
        let bounds = UnsafeMutableBufferPointer(start: memory + count, count: count)
        sums.initialize(repeating: 0)
        for clause in clauses {
            bounds.initialize(repeating: 0)
            Self.raise(bounds, by: clause, size)
            for place in 0..<count { sums[place] += bounds[place] }
        }
        ranges = Self.greatest(UnsafeBufferPointer(sums)).map { place in
            UInt32(place * size)..<UInt32(min((place + 1) * size, Int(rowCount)))
        }
    }

    /// Calls `body` with the chosen ranges, after which clauses and cursors are as they were before.
    func visit(
        _ clauses: UnsafeMutableBufferPointer<ScoredClause>,
        _ body: (_ range: Range<UInt32>) throws(BM25Error) -> Void
    ) throws(BM25Error) {
        guard !ranges.isEmpty else { return }
        let before = clauses.map { (clause: $0, cursor: $0.cursor.pointee) }
        for range in ranges { try body(range) }
        for (place, kept) in before.enumerated() {
            clauses[place] = kept.clause
            kept.clause.cursor.pointee = kept.cursor
        }
    }

    /// Calls `body` with the ranges before, between and behind the chosen ones, up to `end`.
    func visitOthers(
        upTo end: UInt32, _ body: (_ range: Range<UInt32>) throws(BM25Error) -> Void
    ) throws(BM25Error) {
        var first: UInt32 = 0
        for range in ranges {
            try body(first..<range.lowerBound)
            first = range.upperBound
        }
        try body(first..<end)
    }

    /// Raises `bounds` to what the clause's rows in each range cannot exceed.
    private static func raise(
        _ bounds: UnsafeMutableBufferPointer<Double>, by clause: ScoredClause, _ size: Int
    ) {
        let cursor = clause.cursor
        guard cursor.pointee.hasSkipData else {
            for place in 0..<cursor.pointee.count {
                let row = cursor.pointee.rows[place]
                let score = clause.field.score(clause.weight, Float(cursor.pointee.frequencies[place]), row)
                bounds[Int(row) / size] = max(bounds[Int(row) / size], Double(score))
            }
            return
        }
        let blockCount = cursor.pointee.blockCount
        let step = blockCount > blockLimit ? PostingsFormat.groupCount : 1
        var first = 0
        for block in stride(from: 0, to: blockCount, by: step) {
            let last = Int(cursor.pointee.lastRow(ofBlock: min(block + step, blockCount) - 1)) / size
            // In a damaged list rows may go back.
            guard last >= first else { continue }
            let bound = step == 1 ? clause.bound(ofBlock: block) : clause.bound(ofGroup: block / step)
            for range in first...last { bounds[range] = max(bounds[range], bound) }
            first = last
        }
    }

    /// The places of the greatest sums, ascending.
    private static func greatest(_ sums: UnsafeBufferPointer<Double>) -> [Int] {
        var chosen: [Int] = []
        chosen.reserveCapacity(chosenCount + 1)
        for place in sums.indices {
            guard chosen.count < chosenCount || sums[place] > sums[chosen[chosen.count - 1]] else { continue }
            chosen.insert(place, at: chosen.firstIndex { sums[$0] < sums[place] } ?? chosen.count)
            if chosen.count > chosenCount { chosen.removeLast() }
        }
        return chosen.sorted()
    }
}

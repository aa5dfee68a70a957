/// A segment with what has died in it since it was built.
struct SegmentState: Sendable {
    let segment: BM25Segment
    private(set) var dead = DeadRows()
    /// Words of the live rows.
    private(set) var liveTokenCount: Int

    init(_ segment: BM25Segment) {
        self.segment = segment
        liveTokenCount = segment.rows.tokenCount
    }

    var livePassageCount: Int { segment.passageCount - dead.count }
    var byteCount: Int { segment.byteCount + dead.byteCount }

    /// The ids of the first and last row; segments are never empty.
    var ids: ClosedRange<UInt32> {
        (segment.rows.ids.first ?? 0)...(segment.rows.ids.last ?? 0)
    }

    /// Counts the rows of `range` as dead; rows already dead stay so.
    mutating func remove(_ range: Range<UInt32>) {
        for row in segment.rows.rows(of: range) {
            remove(row: row)
        }
    }

    mutating func remove(row: Int) {
        if dead.insert(row, rowCount: segment.passageCount) {
            liveTokenCount -= Int(segment.rows.lengths[row])
        }
    }
}

/// Rows of one segment whose passages are gone: a bit per row, no storage while there are none.
struct DeadRows: Sendable {
    private(set) var count = 0
    private var words: [UInt64] = []

    var isEmpty: Bool { count == 0 }
    var byteCount: Int { words.count * 8 }

    @inline(__always)
    func contains(_ row: Int) -> Bool {
        !words.isEmpty && words[row >> 6] & (1 &<< UInt64(row & 63)) != 0
    }

    /// Adds a row; false if it was there.
    mutating func insert(_ row: Int, rowCount: Int) -> Bool {
        guard !contains(row) else { return false }
        if words.isEmpty {
            words = [UInt64](repeating: 0, count: (rowCount + 63) / 64)
        }
        words[row >> 6] |= 1 &<< UInt64(row & 63)
        count += 1
        return true
    }
}

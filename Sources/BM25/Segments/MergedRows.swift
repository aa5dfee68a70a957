internal import IndexCore

/// The rows that stay of some segments, and where each goes in the segment they become.
///
/// First they follow one another as they are; ``reorder(_:)`` gives whole documents other places. Unsafe inside: raw
/// arrays, indexed by rows of the sources.
struct MergedRows: ~Copyable {
    /// Segments with rows that stay.
    private(set) var segments: [BM25Segment] = []
    private(set) var sources = RawArray<Source>(capacity: 16)
    /// Rows that stay.
    private(set) var count = 0
    /// Whether ``reorder(_:)`` was called: then rows of one term in one source do not ascend.
    private(set) var isReordered = false
    /// For each source some of whose rows go, the new row of each old one; of all, once they are reordered.
    private var newRows: RawArray<UInt32>
    private let spill: SpillFolder?

    /// One segment: plain values, so that looking one up counts no references.
    struct Source {
        let segment: Unmanaged<BM25Segment>
        let rowCount: Int
        /// The new row of the first one that stays, before any reordering.
        let firstRow: UInt32
        /// Where its part of ``newRows`` begins; -1 if all stay where they are.
        var newRows: Int
        /// Whether all rows stay.
        let isWhole: Bool
        /// Where its terms begin among those of all sources, and how many they are.
        let firstTerm: Int
        let termCount: Int
    }

    /// What stands for a row that goes.
    static let gone = UInt32.max

    /// The rows of `states` that are neither dead nor missing in `live`.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    init(
        _ states: [BM25SegmentState], live: IDSet?, spill: SpillFolder?, deadline: SearchDeadline
    ) throws(BM25Error) {
        self.spill = spill
        newRows = RawArray(spill: spill)
        var termCount = 0
        for state in states {
            let segment = state.segment
            let firstRow = count
            let firstNewRow = newRows.count
            let isWhole = take(state, live: live)
            guard count > firstRow else { continue }
            segments.append(segment)
            sources.append(
                Source(
                    segment: Unmanaged.passUnretained(segment), rowCount: segment.rows.count,
                    firstRow: UInt32(firstRow), newRows: isWhole ? -1 : firstNewRow, isWhole: isWhole,
                    firstTerm: termCount, termCount: segment.termCount))
            termCount += segment.termCount
            try deadline.checkSearch()
        }
    }

    /// Takes the rows that stay of one segment; returns whether all do.
    private mutating func take(_ state: BM25SegmentState, live: IDSet?) -> Bool {
        let rows = state.segment.rows
        let first = UInt32(count)
        var isWhole = true
        for row in 0..<rows.count {
            let stays = !state.isDead(row) && live?.contains(PassageID(rows.id(row))) ?? true
            if !stays, isWhole {
                isWhole = false
                for earlier in 0..<UInt32(row) { newRows.append(first + earlier) }
            }
            if !isWhole { newRows.append(stays ? UInt32(count) : Self.gone) }
            count += stays ? 1 : 0
        }
        return isWhole
    }

    /// Where a row of a source goes, or ``gone``.
    @inline(__always)
    func newRow(_ row: UInt32, of source: Source) -> UInt32 {
        source.newRows < 0 ? source.firstRow &+ row : newRows[source.newRows &+ Int(row)]
    }

    /// Calls `body` with the source and the row of each that stays, in the order before any reordering.
    func forEach(_ body: (_ source: Int, _ row: Int) -> Void) {
        for source in 0..<sources.count {
            for row in 0..<sources[source].rowCount where newRow(UInt32(row), of: sources[source]) != Self.gone {
                body(source, row)
            }
        }
    }

    /// Puts row `i` at `places[i]`: a permutation of all rows.
    mutating func reorder(_ places: borrowing RawArray<UInt32>) {
        var moved = RawArray<UInt32>(capacity: sources.count > 0 ? count : 1, spill: spill)
        for source in 0..<sources.count {
            let first = moved.count
            for row in 0..<sources[source].rowCount {
                let place = newRow(UInt32(row), of: sources[source])
                moved.append(place == Self.gone ? place : places[Int(place)])
            }
            sources[source].newRows = first
        }
        newRows = moved
        isReordered = true
    }

    /// The rows for a new segment.
    func builder() -> PassageRowsBuilder {
        // Where each comes from: source and row.
        let origins = RawArray<UInt64>(repeating: 0, count: count, spill: spill)
        forEach { source, row in
            origins[Int(newRow(UInt32(row), of: sources[source]))] = UInt64(source) &<< 32 | UInt64(row)
        }
        var builder = PassageRowsBuilder(capacity: count, spill: spill)
        for place in 0..<count {
            let rows = segments[Int(origins[place] &>> 32)].rows
            let row = Int(origins[place] & 0xFFFF_FFFF)
            builder.append(
                PassageRowsBuilder.Row(
                    id: rows.id(row), document: rows.document(row), length: rows.length(row), norm: rows.norms[row],
                    titleLength: rows.titleLength(row), titleNorm: rows.titleNorm(row)))
        }
        return builder
    }
}

internal import CKernels

extension PostingsCursor {
    /// A cursor over nothing; `scratch` is not used.
    init(withoutRows scratch: UnsafeMutablePointer<UInt32>) {
        self.init(
            UnsafeRawBufferPointer(start: nil, count: 0), documentFrequency: 0,
            positions: UnsafeRawBufferPointer(start: nil, count: 0), hasPositions: false, rowLimit: 0, scratch: scratch)
    }

    /// The first place of the present block, from ``index`` on, whose row is not below `row`; ``count`` if there is none.
    ///
    /// ``loadRows()`` must have been called.
    @inline(__always)
    func placeOfFirst(notBelow row: UInt32) -> Int {
        if blockLastRow < row { return count }
        guard count != PostingsFormat.blockCount else { return max(index, ck_rows_below(level, rows, row)) }
        var low = index
        var length = count &- low
        while length > 1 {
            let half = length &>> 1
            // A product instead of a choice: a branch here would be guessed wrong every second time.
            low &+= half &* (rows[low &+ half &- 1] < row ? 1 : 0)
            length &-= half
        }
        return rows[low] < row ? low &+ 1 : low
    }
}

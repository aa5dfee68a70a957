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
        var low = index
        var high = count
        while low < high {
            let middle = (low &+ high) &>> 1
            if rows[middle] < row {
                low = middle &+ 1
            } else {
                high = middle
            }
        }
        return low
    }
}

/// Some rows of one segment, a bit each.
struct RowSet: Sendable, Equatable {
    private(set) var words: [UInt64]
    let rowCount: Int

    /// No row of a segment.
    init(rowCount: Int) {
        self.rowCount = rowCount
        words = [UInt64](repeating: 0, count: (rowCount + 63) / 64)
    }

    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    @inline(__always)
    func contains(_ row: Int) -> Bool { words[row >> 6] & (1 &<< UInt64(row & 63)) != 0 }

    @inline(__always)
    mutating func insert(_ row: Int) { words[row >> 6] |= 1 &<< UInt64(row & 63) }

    mutating func remove(_ row: Int) { words[row >> 6] &= ~(1 &<< UInt64(row & 63)) }

    mutating func formIntersection(_ other: RowSet) {
        for index in words.indices { words[index] &= other.words[index] }
    }

    mutating func formUnion(_ other: RowSet) { for index in words.indices { words[index] |= other.words[index] } }

    mutating func invert() {
        for index in words.indices { words[index] = ~words[index] }
        if rowCount & 63 != 0 { words[words.count - 1] &= (1 &<< UInt64(rowCount & 63)) - 1 }
    }

    /// Calls `body` with every row, ascending.
    func forEach(_ body: (Int) throws -> Void) rethrows {
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                try body(index * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }
}

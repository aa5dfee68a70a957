/// How often an exact phrase occurs in one row: the places where it may begin, narrowed word by word.
///
/// Unsafe inside: raw memory, kept from row to row.
struct ExactPhrase: ~Copyable {
    private var starts = RawArray<Int>()

    /// The number of places where all words stand, each `offset` positions after the place; every cursor stands at the
    /// row.
    ///
    /// Positions are read as far as they are compared, those of later words not at all once no place is left: the rarest
    /// words should come first.
    @inline(__always)
    mutating func frequency(
        _ clauses: UnsafeMutablePointer<ScoredClause>, _ count: Int, offset: (_ clause: Int) -> Int
    ) -> Int {
        begin(clauses[0].cursor.pointee.positionStream(), offset(0))
        for clause in 1..<max(1, count) where starts.count > 0 {
            narrow(clauses[clause].cursor.pointee.positionStream(), offset(clause))
        }
        return starts.count
    }

    @inline(__always)
    private mutating func begin(_ positions: consuming PositionStream, _ offset: Int) {
        starts.resize(positions.left)
        var last = Int.min
        var kept = 0
        while positions.left > 0 {
            let start = Int(positions.next()) &- offset
            starts[kept] = start
            // Words at one position are one place.
            kept &+= start == last ? 0 : 1
            last = start
        }
        starts.resize(kept)
    }

    @inline(__always)
    private mutating func narrow(_ positions: consuming PositionStream, _ offset: Int) {
        var kept = 0
        var position = Int.min
        for index in 0..<starts.count {
            let start = starts[index]
            while position < start &+ offset, positions.left > 0 { position = Int(positions.next()) }
            guard position >= start &+ offset else { break }
            starts[kept] = start
            kept &+= position == start &+ offset ? 1 : 0
        }
        starts.resize(kept)
    }
}

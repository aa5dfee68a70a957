/// How often an exact phrase occurs in one row: the places where it may begin, narrowed word by word.
///
/// Unsafe inside: raw memory, kept from row to row.
struct ExactPhrase: ~Copyable {
    private var starts = RawArray<Int>()
    private var positions = PositionBuffer()

    /// The number of places where all words stand, each `offset` positions after the place; every cursor stands at the
    /// row.
    ///
    /// Positions of later words are not read once no place is left: the rarest words should come first.
    mutating func frequency(
        _ clauses: UnsafeMutablePointer<ScoredClause>, _ count: Int, offset: (_ clause: Int) -> Int
    ) -> Int {
        clauses[0].cursor.pointee.positions(into: &positions)
        begin(offset(0))
        for clause in 1..<max(1, count) where starts.count > 0 {
            clauses[clause].cursor.pointee.positions(into: &positions)
            narrow(offset(clause))
        }
        return starts.count
    }

    private mutating func begin(_ offset: Int) {
        starts.removeAll()
        for place in 0..<positions.count {
            let start = Int(positions.values[place]) &- offset
            // Words at one position are one place.
            if starts.count == 0 || starts[starts.count &- 1] != start { starts.append(start) }
        }
    }

    private mutating func narrow(_ offset: Int) {
        var kept = 0
        var place = 0
        for index in 0..<starts.count {
            let wanted = starts[index] &+ offset
            while place < positions.count, Int(positions.values[place]) < wanted { place &+= 1 }
            guard place < positions.count else { break }
            starts[kept] = starts[index]
            kept &+= Int(positions.values[place]) == wanted ? 1 : 0
        }
        starts.resize(kept)
    }
}

/// Looks ascending passage ids up in a segment, each search going on where the one before ended.
///
/// Ids are mostly without gaps, so one that is n higher stands n places further on, or a little before that: the search
/// begins there and goes back, in steps that double.
struct RowFinder {
    private let rows: PassageRows
    /// No id asked for later stands before it.
    private var place = 0

    init(_ rows: PassageRows) {
        self.rows = rows
    }

    /// The row of `id`, which is not below those asked for before; nil if there is none.
    mutating func row(of id: UInt32) -> Int? {
        guard place < rows.count else { return nil }
        var row = rows.row(atPlace: place)
        let here = rows.id(row)
        if here < id {
            var high = min(rows.count, place &+ Int(id &- here) &+ 1)
            var low = place &+ 1
            var probe = high &- 1
            var step = 1
            while probe >= low, rows.id(rows.row(atPlace: probe)) >= id {
                high = probe
                probe &-= step
                step &*= 2
            }
            low = max(low, probe &+ 1)
            while low < high {
                let middle = (low &+ high) &>> 1
                if rows.id(rows.row(atPlace: middle)) < id {
                    low = middle &+ 1
                } else {
                    high = middle
                }
            }
            place = low
            guard place < rows.count else { return nil }
            row = rows.row(atPlace: place)
        }
        return rows.id(row) == id ? row : nil
    }
}

import IndexCore

/// Which passages may enter an answer: the live ones, and of those the filter's.
struct RowFilter {
    let live: IDSet
    let filter: IDSet?

    @inline(__always)
    func passes(_ rawID: UInt32) -> Bool {
        let id = PassageID(rawID)
        guard live.contains(id) else { return false }
        return filter?.contains(id) ?? true
    }

    /// How many passages may be answered, with a vector or without.
    var passingCount: Int { filter.map { live.intersectionCount($0) } ?? live.count }
}

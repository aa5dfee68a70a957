import IndexCore

/// Looks ascending ids up in ascending ids, each search going on where the one before ended.
///
/// Whatever the ids are, what it gives lies among them: they may come from a damaged file.
struct AscendingSearch {
    private let ids: UnsafeBufferPointer<UInt32>
    private var position = 0

    init(_ ids: UnsafeBufferPointer<UInt32>) {
        self.ids = ids
    }

    /// The position of `id`, which is above those asked for before.
    @inline(__always)
    mutating func find(_ id: UInt32) -> Int? {
        guard position < ids.count else { return nil }
        // Without gaps, as far ahead as the id is; with gaps, not so far.
        let ahead = position &+ Int(id &- ids[position])
        if ahead < ids.count, ids[ahead] == id {
            position = ahead
            return ahead
        }
        return search(id)
    }

    private mutating func search(_ id: UInt32) -> Int? {
        // Double the step until it overshoots, then halve.
        var step = 1
        while position + step < ids.count, ids[position + step] <= id {
            step *= 2
        }
        var low = position
        var high = min(position + step, ids.count)
        while low < high {
            let middle = (low + high) / 2
            if ids[middle] < id {
                low = middle + 1
            } else {
                high = middle
            }
        }
        position = low
        return low < ids.count && ids[low] == id ? low : nil
    }
}

extension [PassageID] {
    /// The places, among ascending ids, of those from `first` to `last`.
    ///
    /// Of a damaged file's range, which may end before it begins, none.
    func places(from first: UInt32, through last: UInt32) -> Range<Int> {
        let begin = firstIndex(notBelow: first, in: indices)
        let end = firstIndex(notBelow: last, in: begin..<count)
        return begin..<(end < count && self[end].rawValue == last ? end + 1 : end)
    }

    /// The first place in `range` whose id is not below `id`; its end if there is none.
    func firstIndex(notBelow id: UInt32, in range: Range<Int>) -> Int {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low + high) / 2
            if self[middle].rawValue < id {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}

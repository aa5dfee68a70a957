/// The rows a walk may still go through although they cannot be answered, nearest first: a binary heap of the entries of
/// a ``CandidatePool``.
///
/// Under a filter that few rows pass they are many times those that are kept, and most of them are never followed: a
/// heap takes one in without moving the others.
struct WalkFrontier {
    private var entries: UnsafeMutablePointer<UInt64>
    private var capacity = 256
    private(set) var count = 0

    init() {
        entries = .allocate(capacity: capacity)
    }

    func deallocate() {
        entries.deallocate()
    }

    /// The nearest; there must be one.
    @inline(__always)
    var first: UInt64 { entries[0] }

    mutating func removeAll() {
        count = 0
    }

    mutating func insert(_ entry: UInt64) {
        if count == capacity {
            grow()
        }
        count &+= 1
        raise(entry, from: count &- 1)
    }

    /// Takes the nearest out; there must be one.
    mutating func removeFirst() {
        count &-= 1
        let last = entries[count]
        // The hole goes down to the bottom along the nearer children, and `last` up from there: it came from the bottom.
        var place = 0
        while 2 &* place &+ 2 < count {
            let left = 2 &* place &+ 1
            let child = entries[left &+ 1] < entries[left] ? left &+ 1 : left
            entries[place] = entries[child]
            place = child
        }
        if 2 &* place &+ 1 < count {
            entries[place] = entries[2 &* place &+ 1]
            place = 2 &* place &+ 1
        }
        raise(last, from: place)
    }

    /// Puts an entry at a free place, or at one above it that it is nearer than.
    @inline(__always)
    private func raise(_ entry: UInt64, from free: Int) {
        var place = free
        while place > 0 {
            let parent = (place &- 1) &>> 1
            guard entries[parent] > entry else { break }
            entries[place] = entries[parent]
            place = parent
        }
        entries[place] = entry
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity * 2)
        larger.update(from: entries, count: count)
        entries.deallocate()
        entries = larger
        capacity *= 2
    }
}

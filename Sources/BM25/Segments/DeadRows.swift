internal import Synchronization

/// The rows of one segment whose passages are gone, in the order they went.
///
/// Shared by all snapshots: a row is only ever added, and each snapshot reads as many as there were when it was taken.
/// A bit per row says whether it is among them, 4 bytes each in which order. The writer adds at the end it knows; if
/// another copy of the index has added there already, it continues in a copy of this object.
///
/// Sendable although its memory is raw: an entry of the list is written once, by whoever claimed its place, before
/// `count` and then the row's bit are released; readers look at entries below a count they acquired, or at bits, which
/// are atomic.
final class DeadRows: @unchecked Sendable {
    private let rowCount: Int
    private let list: UnsafeMutablePointer<UInt32>
    private let bits: UnsafeMutablePointer<Atomic<UInt64>>
    private let claimed: Atomic<Int>
    private let published: Atomic<Int>
    /// Counts of dead rows in terms' postings, as far as they were asked for.
    let counts = DeadPostingCounts()

    init(rowCount: Int) {
        self.rowCount = rowCount
        list = .allocate(capacity: rowCount)
        let wordCount = (rowCount + 63) / 64
        bits = .allocate(capacity: wordCount)
        for word in 0..<wordCount {
            (bits + word).initialize(to: Atomic(0))
        }
        claimed = Atomic(0)
        published = Atomic(0)
    }

    deinit {
        list.deallocate()
        bits.deinitialize(count: (rowCount + 63) / 64)
        bits.deallocate()
    }

    /// Memory held, in bytes.
    var byteCount: Int { published.load(ordering: .relaxed) * 4 + (rowCount + 63) / 64 * 8 }

    /// Adds a row that is not among the first `count`; false if another copy has added its own there.
    func append(_ row: Int, at count: Int) -> Bool {
        guard claimed.compareExchange(expected: count, desired: count + 1, ordering: .acquiringAndReleasing).exchanged
        else { return false }
        list[count] = UInt32(truncatingIfNeeded: row)
        published.store(count + 1, ordering: .releasing)
        // After the count: who sees the bit can find the row in the list.
        bits[row >> 6].bitwiseOr(1 << UInt64(row & 63), ordering: .releasing)
        return true
    }

    /// A copy of the first `count` rows.
    func copy(_ count: Int) -> DeadRows {
        let copy = DeadRows(rowCount: rowCount)
        for place in 0..<count {
            _ = copy.append(Int(list[place]), at: place)
        }
        return copy
    }

    /// The row that went `place`-th, below a count that was read before.
    func row(_ place: Int) -> Int { Int(list[place]) }

    /// Whether `row` is among the first `count`.
    @inline(__always)
    func contains(_ row: Int, before count: Int) -> Bool {
        guard bits[row &>> 6].load(ordering: .acquiring) & (1 &<< UInt64(row & 63)) != 0 else { return false }
        let end = published.load(ordering: .acquiring)
        guard end > count else { return true }
        return !UnsafeBufferPointer(start: list + count, count: end - count).contains(UInt32(truncatingIfNeeded: row))
    }
}

/// How many of a term's rows are dead, remembered with the number of deaths that had been looked at.
///
/// A count is continued from there, never used by a snapshot that knows fewer deaths. At most ``capacity`` terms are
/// remembered, then all are forgotten.
final class DeadPostingCounts: Sendable {
    /// Terms remembered, at some 40 bytes each.
    static let capacity = 4_096

    struct Entry {
        var seen = 0
        var dead = 0
    }

    private let entries = Mutex<[UInt64: Entry]>([:])

    /// What is known of a term, if it is of no later time than `seen` deaths; otherwise nothing.
    func entry(_ key: UInt64, upTo seen: Int) -> Entry {
        entries.withLock { entries in
            guard let entry = entries[key], entry.seen <= seen else { return Entry() }
            return entry
        }
    }

    func remember(_ entry: Entry, _ key: UInt64) {
        entries.withLock { entries in
            if entries.count >= Self.capacity, entries[key] == nil { entries.removeAll() }
            if entries[key].map({ $0.seen < entry.seen }) ?? true { entries[key] = entry }
        }
    }
}

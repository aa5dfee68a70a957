import IndexCore

/// The candidates of one graph search: a single sorted array of packed entries, nearest first.
///
/// It takes the place of the two heaps of the paper. An entry is
/// ```
/// bits 63...32  key, turned round so that a smaller number is nearer
/// bits 31...2   row
/// bit  1        the row may enter the answer (live, and in the filter)
/// bit  0        the row's links have been followed
/// ```
/// The array holds the rows that may enter the answer, at most `ef`; what is farther than the last of so many is of no use.
/// Rows that may not enter it are walked through: they wait in a ``WalkFrontier`` beside it.
struct CandidatePool {
    static let rowLimit = 1 << 30

    private(set) var entries: UnsafeMutablePointer<UInt64>
    private(set) var capacity: Int
    private(set) var count = 0
    /// Where the first entry that is not yet followed may be.
    private var cursor = 0
    private var frontier = WalkFrontier()
    private let level = VectorKernels.level
    /// Rows followed that may not enter the answer.
    private(set) var passedThrough = 0
    /// The entry of the nearest of them; greater than all entries where there is none.
    private(set) var nearestPassedThrough = UInt64.max
    private var ef = 0

    init() {
        capacity = 256
        entries = Self.allocate(capacity)
    }

    func deallocate() {
        entries.deallocate()
        frontier.deallocate()
    }

    /// Whether the search kept all the rows it wanted; if not, it saw every row it can reach.
    var isFull: Bool { count == ef }

    mutating func reset(ef: Int) {
        self.ef = ef
        count = 0
        cursor = 0
        frontier.removeAll()
        passedThrough = 0
        nearestPassedThrough = .max
    }

    @inline(__always)
    static func pack(_ key: UInt32, row: Int, passes: Bool) -> UInt64 {
        UInt64(~key) &<< 32 | UInt64(truncatingIfNeeded: row &<< 2) | (passes ? 2 : 0)
    }

    @inline(__always)
    static func row(_ entry: UInt64) -> Int {
        Int((entry & 0xFFFF_FFFF) &>> 2)
    }

    @inline(__always)
    static func key(_ entry: UInt64) -> UInt32 {
        ~UInt32(truncatingIfNeeded: entry &>> 32)
    }

    @inline(__always)
    static func passes(_ entry: UInt64) -> Bool {
        entry & 2 != 0
    }

    /// Whether an entry of this key could be kept: asked before its row is tested.
    @inline(__always)
    func accepts(_ entry: UInt64) -> Bool {
        count < ef || entry < entries[count &- 1]
    }

    /// What a key has to reach at least for ``accepts(_:)``; 0 as long as any does.
    @inline(__always)
    var leastKey: UInt32 { count < ef ? 0 : Self.key(entries[count &- 1]) }

    /// The key of the nearest row kept; of none, 0.
    @inline(__always)
    var bestKey: UInt32 { count > 0 ? Self.key(entries[0]) : 0 }

    /// The row of the nearest entry not yet followed, which counts as followed from now on.
    @inline(__always)
    mutating func follow() -> Int? {
        while cursor < count, entries[cursor] & 1 != 0 {
            cursor &+= 1
        }
        if frontier.count > 0, let row = passThrough() {
            return row
        }
        guard cursor < count else { return nil }
        let entry = entries[cursor]
        entries[cursor] = entry | 1
        cursor &+= 1
        return Self.row(entry)
    }

    /// The nearest row that may not enter the answer, if it is nearer than those not yet followed that may.
    private mutating func passThrough() -> Int? {
        let entry = frontier.first
        guard cursor < count ? entry < entries[cursor] : accepts(entry) else { return nil }
        frontier.removeFirst()
        passedThrough &+= 1
        nearestPassedThrough = min(nearestPassedThrough, entry)
        return Self.row(entry)
    }

    /// Inserts an entry that ``accepts(_:)`` let through.
    @inline(__always)
    mutating func insert(_ entry: UInt64) {
        guard Self.passes(entry) else {
            frontier.insert(entry)
            return
        }
        if count == capacity {
            grow()
        }
        if count == ef {
            count &-= 1
        }
        let position = VectorKernels.insert(entry, into: entries, count: count, level: level)
        count &+= 1
        cursor = min(cursor, position)
    }

    /// Room for whole vectors of eight entries.
    private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<UInt64> {
        UnsafeMutableRawPointer.allocate(byteCount: 8 * capacity, alignment: 64).assumingMemoryBound(to: UInt64.self)
    }

    private mutating func grow() {
        let larger = Self.allocate(capacity * 2)
        larger.update(from: entries, count: count)
        entries.deallocate()
        entries = larger
        capacity *= 2
    }
}

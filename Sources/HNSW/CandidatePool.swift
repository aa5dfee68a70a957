/// The candidates of one graph search: a single sorted array of packed entries, nearest first.
///
/// It takes the place of the two heaps of the paper. An entry is
/// ```
/// bits 63...32  key, turned round so that a smaller number is nearer
/// bits 31...2   row
/// bit  1        the row may enter the answer (live, and in the filter)
/// bit  0        the row's links have been followed
/// ```
/// Rows that may not enter the answer are kept too: the search walks through them. The array ends with the `ef`-th row
/// that may; what is farther is of no use.
struct CandidatePool {
    static let rowLimit = 1 << 30

    private(set) var entries: UnsafeMutablePointer<UInt64>
    private(set) var capacity: Int
    private(set) var count = 0
    /// Where the first entry that is not yet followed may be.
    private(set) var cursor = 0
    private var passing = 0
    private var ef = 0

    init() {
        capacity = 256
        entries = .allocate(capacity: capacity)
    }

    func deallocate() {
        entries.deallocate()
    }

    /// Whether the search kept all the rows it wanted; if not, it saw every row it can reach.
    var isFull: Bool { passing == ef }

    mutating func reset(ef: Int) {
        self.ef = ef
        count = 0
        cursor = 0
        passing = 0
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
        passing < ef || entry < entries[count &- 1]
    }

    /// The row of the nearest entry not yet followed, which counts as followed from now on.
    @inline(__always)
    mutating func follow() -> Int? {
        while cursor < count {
            let entry = entries[cursor]
            cursor &+= 1
            if entry & 1 == 0 {
                entries[cursor &- 1] = entry | 1
                return Self.row(entry)
            }
        }
        return nil
    }

    /// Inserts an entry that ``accepts(_:)`` let through.
    @inline(__always)
    mutating func insert(_ entry: UInt64) {
        if count == capacity {
            grow()
        }
        var position = 0
        var length = count
        while length > 0 {
            let half = length &>> 1
            let before = entries[position &+ half] < entry
            position = before ? position &+ half &+ 1 : position
            length = before ? length &- half &- 1 : half
        }
        if Self.passes(entry), passing == ef {
            count &-= 1  // the last entry is the ef-th that passes
        } else if Self.passes(entry) {
            passing &+= 1
        }
        (entries + (position &+ 1)).update(from: entries + position, count: count &- position)
        entries[position] = entry
        count &+= 1
        cursor = min(cursor, position)
        if passing == ef {
            while !Self.passes(entries[count &- 1]) {
                count &-= 1
            }
        }
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity * 2)
        larger.update(from: entries, count: count)
        entries.deallocate()
        entries = larger
        capacity *= 2
    }
}

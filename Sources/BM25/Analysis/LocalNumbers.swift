internal import CKernels

/// Numbers 0, 1, 2 … for things that have greater numbers already, in order of first use; forgotten in O(1).
///
/// What a builder counts and sorts by is then as many as its text has, not as many as the vocabulary. Unsafe inside:
/// one raw table, grown to the greatest number met.
struct LocalNumbers: ~Copyable {
    /// The use it was last numbered in (upper half) and the number (lower half).
    private var entries = UnsafeMutablePointer<UInt64>.allocate(capacity: 0)
    private var capacity = 0
    private var use: UInt64 = 0
    private(set) var count = 0

    deinit {
        entries.deallocate()
    }

    /// Memory held, in bytes.
    var byteCount: Int { capacity * 8 }

    /// Forgets all numbers.
    mutating func begin() {
        count = 0
        use += 1
        if use > UInt64(UInt32.max) {
            entries.initialize(repeating: 0, count: capacity)
            use = 1
        }
    }

    /// Asks for the memory that the number of `item` is in.
    @inline(__always)
    func prefetch(_ item: Int) { ck_prefetch(entries + item) }

    /// The number of `item`, and whether it was given just now.
    @inline(__always)
    mutating func number(of item: Int) -> (number: Int, isNew: Bool) {
        if item >= capacity { grow(to: item) }
        let entry = entries[item]
        if entry &>> 32 == use { return (Int(truncatingIfNeeded: entry & 0xFFFF_FFFF), false) }
        let number = count
        entries[item] = use &<< 32 | UInt64(truncatingIfNeeded: number)
        count &+= 1
        return (number, true)
    }

    @inline(never)
    private mutating func grow(to item: Int) {
        let grownCapacity = max(1_024, capacity * 2, item + 1)
        let grown = UnsafeMutablePointer<UInt64>.allocate(capacity: grownCapacity)
        grown.initialize(repeating: 0, count: grownCapacity)
        grown.update(from: entries, count: capacity)
        entries.deallocate()
        entries = grown
        capacity = grownCapacity
    }
}

/// The numberings one segment builder needs at a time.
struct SegmentNumbers: ~Copyable {
    /// Of terms in the combined field.
    var terms = LocalNumbers()
    /// Of terms in titles.
    var titleTerms = LocalNumbers()
    /// Of words before stemming.
    var words = LocalNumbers()

    var byteCount: Int { terms.byteCount + titleTerms.byteCount + words.byteCount }

    mutating func begin() {
        terms.begin()
        titleTerms.begin()
        words.begin()
    }
}

/// A growing array of plain values without bounds checks or sharing: what hot loops gather into.
///
/// Unsafe inside: it owns the memory; its users keep to ``count``.
struct RawArray<Element: BitwiseCopyable>: ~Copyable {
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 64) {
        self.capacity = max(1, capacity)
        base = .allocate(capacity: self.capacity)
    }

    /// An array of `count` equal values.
    init(repeating value: Element, count: Int) {
        self.init(capacity: count)
        base.initialize(repeating: value, count: count)
        self.count = count
    }

    deinit {
        base.deallocate()
    }

    @inline(__always)
    subscript(place: Int) -> Element {
        get {
            assert(place >= 0 && place < count)
            return base[place]
        }
        nonmutating _modify {
            assert(place >= 0 && place < count)
            yield &base[place]
        }
    }

    @inline(__always)
    mutating func append(_ value: Element) {
        if count == capacity { grow(to: capacity * 2) }
        base[count] = value
        count &+= 1
    }

    /// Makes the array hold `count` values; those not set before are of no meaning.
    mutating func resize(_ count: Int) {
        if count > capacity { grow(to: max(count, capacity * 2)) }
        self.count = count
    }

    mutating func removeAll() { count = 0 }

    @inline(never)
    private mutating func grow(to capacity: Int) {
        let grown = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        grown.update(from: base, count: count)
        base.deallocate()
        base = grown
        self.capacity = capacity
    }
}

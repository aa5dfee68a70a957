internal import IndexCore

/// A growing array of plain values without bounds checks or sharing: what hot loops gather into.
///
/// Unsafe inside: its users keep to ``count``.
struct RawArray<Element: BitwiseCopyable>: ~Copyable {
    /// Where the elements are; nowhere before the first.
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private var capacity = 0
    /// Elements that the first makes room for.
    private let firstCapacity: Int
    private var memory: GrowingMemory

    /// An array without elements, and without memory until there is one.
    /// - Parameter spill: Where a large one lies in a file.
    init(capacity: Int = 64, spill: SpillFolder? = nil) {
        firstCapacity = max(1, capacity)
        base = Self.nowhere
        memory = GrowingMemory(spill: spill)
    }

    /// An array of `count` equal values.
    init(repeating value: Element, count: Int, spill: SpillFolder? = nil) {
        self.init(capacity: count, spill: spill)
        guard count > 0 else { return }
        grow(to: count)
        base.initialize(repeating: value, count: count)
        self.count = count
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
        if count == capacity { grow(to: max(firstCapacity, capacity * 2)) }
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
        // What `malloc` aligns fits every plain value that is kept here.
        base = memory.grown(to: capacity * MemoryLayout<Element>.stride)
            .bindMemory(to: Element.self, capacity: capacity)
        self.capacity = capacity
    }

    /// A pointer that nothing is read from.
    private static var nowhere: UnsafeMutablePointer<Element> {
        UnsafeMutablePointer(bitPattern: MemoryLayout<Element>.alignment).unsafelyUnwrapped
    }
}

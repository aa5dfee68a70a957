internal import CKernels
internal import IndexCore

/// Numbered strings of a table in byte order.
///
/// Nearly all strings differ in their first eight bytes: keys are sorted as integers, and only runs of equal ones look
/// at the rest. Unsafe inside: it sorts raw memory.
struct TermOrder: ~Copyable {
    private let keys: RawArray<Key>

    /// A string's first eight bytes as a number, and its own number.
    struct Key {
        let prefix: UInt64
        let number: UInt32
    }

    /// The order of `items`, each the place of a string in `table`.
    init(_ items: borrowing RawArray<UInt32>, _ table: borrowing ByteTable) {
        var keys = RawArray<Key>(capacity: items.count)
        let level = VectorKernels.level.rawValue
        if items.count <= ck_ranks_limit(level) {
            keys.resize(items.count)
            Self.rank(items, table, level, keys.base)
        } else {
            for number in 0..<items.count {
                let prefix = TermDictionary.prefix(UnsafeRawBufferPointer(table.bytes(Int(items[number]))))
                keys.append(Key(prefix: prefix, number: UInt32(truncatingIfNeeded: number)))
            }
            Self.sort(keys.base, 0, keys.count, depth: 2 * (Int.bitWidth - keys.count.leadingZeroBitCount))
        }
        var start = 0
        for place in 1..<max(1, keys.count) + 1 {
            guard place >= keys.count || keys[place].prefix != keys[start].prefix else { continue }
            if place - start > 1 {
                var run = UnsafeMutableBufferPointer(start: keys.base + start, count: place - start)
                run.sort { left, right in
                    table.bytes(Int(items[Int(left.number)])).lexicographicallyPrecedes(
                        table.bytes(Int(items[Int(right.number)])))
                }
            }
            start = place
        }
        self.keys = keys
    }

    var count: Int { keys.count }
    @inline(__always)
    func number(_ place: Int) -> Int { Int(keys[place].number) }
    @inline(__always)
    func prefix(_ place: Int) -> UInt64 { keys[place].prefix }

    /// Puts the keys of a passage's terms, or of a few, where they belong, without a branch that depends on them.
    private static func rank(
        _ items: borrowing RawArray<UInt32>, _ table: borrowing ByteTable, _ level: Int32,
        _ keys: UnsafeMutablePointer<Key>
    ) {
        let count = items.count
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: max(1, count)) { prefixes in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: max(1, count)) { ranks in
                guard let prefixes = prefixes.baseAddress, let ranks = ranks.baseAddress else { return }
                for number in 0..<count {
                    prefixes[number] = TermDictionary.prefix(UnsafeRawBufferPointer(table.bytes(Int(items[number]))))
                }
                ck_ranks(level, prefixes, count, ranks)
                for number in 0..<count {
                    keys[Int(ranks[number])] = Key(
                        prefix: prefixes[number], number: UInt32(truncatingIfNeeded: number))
                }
            }
        }
    }

    /// Sorts `keys` by prefix: quicksort down to short runs, heaps gone astray by the library's sort.
    private static func sort(_ keys: UnsafeMutablePointer<Key>, _ start: Int, _ end: Int, depth: Int) {
        var start = start
        var end = end
        while end &- start > 16 {
            guard depth > 0 else {
                var rest = UnsafeMutableBufferPointer(start: keys + start, count: end - start)
                rest.sort { $0.prefix < $1.prefix }
                return
            }
            let pivot = median(
                keys[start].prefix, keys[start &+ (end &- start) &>> 1].prefix, keys[end &- 1].prefix)
            var low = start
            var high = end &- 1
            while low <= high {
                while keys[low].prefix < pivot { low &+= 1 }
                while keys[high].prefix > pivot { high &-= 1 }
                if low <= high {
                    let key = keys[low]
                    keys[low] = keys[high]
                    keys[high] = key
                    low &+= 1
                    high &-= 1
                }
            }
            // The shorter part by a call, the longer one by going on.
            if high &- start < end &- low {
                sort(keys, start, high &+ 1, depth: depth &- 1)
                start = low
            } else {
                sort(keys, low, end, depth: depth &- 1)
                end = high &+ 1
            }
        }
        insertionSort(keys, start, end)
    }

    @inline(__always)
    private static func insertionSort(_ keys: UnsafeMutablePointer<Key>, _ start: Int, _ end: Int) {
        var place = start &+ 1
        while place < end {
            let key = keys[place]
            var target = place
            while target > start, keys[target &- 1].prefix > key.prefix {
                keys[target] = keys[target &- 1]
                target &-= 1
            }
            keys[target] = key
            place &+= 1
        }
    }

    @inline(__always)
    private static func median(_ first: UInt64, _ second: UInt64, _ third: UInt64) -> UInt64 {
        max(min(first, second), min(max(first, second), third))
    }
}

/// Numbered strings of a table in byte order.
struct TermOrder: ~Copyable {
    private let keys: RawArray<Key>

    struct Key {
        let prefix: UInt64
        let number: UInt32
        let item: UInt32
    }

    /// The order of `items`, each the place of a string in `table`.
    init(_ items: borrowing RawArray<UInt32>, _ table: borrowing ByteTable) {
        var keys = RawArray<Key>(capacity: items.count)
        for number in 0..<items.count {
            keys.append(
                Key(
                    prefix: TermDictionary.prefix(UnsafeRawBufferPointer(table.bytes(Int(items[number])))),
                    number: UInt32(truncatingIfNeeded: number), item: items[number]))
        }
        var buffer = UnsafeMutableBufferPointer(start: keys.base, count: keys.count)
        buffer.sort { left, right in
            if left.prefix != right.prefix { return left.prefix < right.prefix }
            return table.bytes(Int(left.item)).lexicographicallyPrecedes(table.bytes(Int(right.item)))
        }
        self.keys = keys
    }

    var count: Int { keys.count }
    @inline(__always)
    func number(_ place: Int) -> Int { Int(keys[place].number) }
    @inline(__always)
    func prefix(_ place: Int) -> UInt64 { keys[place].prefix }
}

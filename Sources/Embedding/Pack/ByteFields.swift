/// Takes little-endian fields off bytes whose number was checked before.
struct ByteFields {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func take(_ count: Int) -> ArraySlice<UInt8> {
        let field = rest.prefix(count)
        rest = rest.dropFirst(count)
        return field
    }

    mutating func takeUInt32() -> UInt32 { take(4).reversed().reduce(0) { $0 << 8 | UInt32($1) } }

    mutating func takeUInt64() -> UInt64 { take(8).reversed().reduce(0) { $0 << 8 | UInt64($1) } }
}

extension [UInt8] {
    mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}

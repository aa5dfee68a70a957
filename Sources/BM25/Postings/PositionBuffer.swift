/// Positions of one row, in memory that is used again for the next.
///
/// Unsafe inside: it owns the memory.
struct PositionBuffer: ~Copyable {
    private(set) var values = UnsafeMutablePointer<UInt32>.allocate(capacity: 64)
    private(set) var count = 0
    private var capacity = 64

    deinit {
        values.deallocate()
    }

    mutating func removeAll() { count = 0 }

    /// Makes the buffer hold `count` values, which the caller writes; those it held are gone.
    @inline(__always)
    mutating func room(_ count: Int) -> UnsafeMutablePointer<UInt32> {
        if count > capacity {
            values.deallocate()
            capacity = max(count, capacity * 2)
            values = .allocate(capacity: capacity)
        }
        self.count = count
        return values
    }
}

/// Reads vbytes up to an end; beyond it everything is 0 and ``isPastEnd`` true.
struct VByteReader {
    private let bytes: UnsafeRawPointer
    private let end: Int
    private(set) var offset: Int
    private(set) var isPastEnd = false

    init(_ bytes: UnsafeRawPointer, offset: Int, end: Int) {
        self.bytes = bytes
        self.offset = offset
        self.end = end
    }

    /// The next integer, its low 32 bits.
    @inline(__always)
    mutating func next() -> UInt32 {
        var value: UInt32 = 0
        var shift: UInt32 = 0
        while offset < end, shift < 35 {
            let byte = (bytes + offset).load(as: UInt8.self)
            offset &+= 1
            value |= UInt32(byte & 0x7F) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        isPastEnd = true
        return 0
    }
}

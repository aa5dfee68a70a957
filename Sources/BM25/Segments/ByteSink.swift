internal import Glibc
internal import IndexCore

/// Bytes under construction: grows by doubling, written through raw pointers, handed over without a copy.
///
/// Unsafe inside: whoever writes asks for room first.
struct ByteSink: ~Copyable {
    private(set) var count = 0
    private var capacity: Int
    private var base: UnsafeMutableRawPointer
    private var memory: GrowingMemory

    init(capacity: Int, spill: SpillFolder? = nil) {
        memory = GrowingMemory(spill: spill)
        self.capacity = max(64, capacity)
        base = memory.grown(to: self.capacity)
    }

    /// Where the next byte goes, with room for `byteCount` of them; ``advance(_:)`` says how many were written.
    @inline(__always)
    mutating func room(_ byteCount: Int) -> UnsafeMutableRawPointer {
        if capacity &- count < byteCount {
            grow(byteCount)
        }
        return base + count
    }

    @inline(__always)
    mutating func advance(_ byteCount: Int) {
        count &+= byteCount
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        room(1).storeBytes(of: byte, as: UInt8.self)
        count &+= 1
    }

    /// Appends an integer, little-endian.
    @inline(__always)
    mutating func append<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
        room(MemoryLayout<T>.size).storeBytes(of: value.littleEndian, as: T.self)
        count &+= MemoryLayout<T>.size
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        memcpy(room(bytes.count), source, bytes.count)
        count &+= bytes.count
    }

    /// Appends seven bits a byte, the lowest first; the high bit says that more follow.
    @inline(__always)
    mutating func appendVByte(_ value: UInt32) {
        count &+= VByte.write(value, to: room(VByte.maximumByteCount))
    }

    /// Bytes written before; valid until more room is asked for.
    func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    /// Takes back what was appended after there were `count` bytes.
    mutating func rewind(to count: Int) {
        precondition(count >= 0 && count <= self.count)
        self.count = count
    }

    /// Writes an integer over what stands at `offset`.
    func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
        precondition(offset >= 0 && offset <= count - MemoryLayout<T>.size)
        base.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
    }

    /// The bytes, whose memory is now the caller's.
    consuming func take() -> OwnedBytes {
        memory.take(count)
    }

    @inline(never)
    private mutating func grow(_ byteCount: Int) {
        capacity = max(capacity * 2, count + byteCount)
        base = memory.grown(to: capacity)
    }
}

/// Integers of seven bits a byte, the lowest first; the high bit says that more follow.
enum VByte {
    static let maximumByteCount = 5

    /// Writes an integer, one to five bytes; returns how many.
    @inline(__always)
    static func write(_ value: UInt32, to target: UnsafeMutableRawPointer) -> Int {
        var length = 0
        var rest = value
        while rest >= 0x80 {
            target.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: length, as: UInt8.self)
            rest &>>= 7
            length &+= 1
        }
        target.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: length, as: UInt8.self)
        return length &+ 1
    }
}

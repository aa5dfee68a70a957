internal import Glibc

/// A set of byte strings numbered in order of arrival: open addressing over one arena.
///
/// Unsafe inside, by design small.
///
/// No object per string and no `String`: a lookup is one hash, one probe and one compare.
struct ByteTable: ~Copyable {
    /// The number of strings.
    private(set) var count = 0
    private var slotMask: Int
    /// Ordinal + 1 by hash; 0 is free.
    private var slots: UnsafeMutablePointer<UInt32>
    private var capacity: Int
    private var hashes: UnsafeMutablePointer<UInt32>
    /// `count + 1` offsets into `arena`.
    private var starts: UnsafeMutablePointer<UInt32>
    private var arenaCapacity: Int
    private var arena: UnsafeMutablePointer<UInt8>

    /// An empty table; it grows by doubling.
    init(minimumCapacity: Int = 64) {
        var slotCount = 16
        while slotCount < minimumCapacity * 2 {
            slotCount *= 2
        }
        slotMask = slotCount - 1
        capacity = slotCount / 2
        arenaCapacity = capacity * 8
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: 0, count: slotCount)
        hashes = .allocate(capacity: capacity)
        starts = .allocate(capacity: capacity + 1)
        arena = .allocate(capacity: arenaCapacity)
        starts[0] = 0
    }

    deinit {
        slots.deallocate()
        hashes.deallocate()
        starts.deallocate()
        arena.deallocate()
    }

    /// Memory held, in bytes.
    var byteCount: Int { (slotMask + 1) * 4 + capacity * 8 + arenaCapacity }

    /// The string with this ordinal; valid until the next insertion.
    @inline(__always)
    func bytes(_ ordinal: Int) -> UnsafeBufferPointer<UInt8> {
        let start = Int(starts[ordinal])
        return UnsafeBufferPointer(start: arena + start, count: Int(starts[ordinal + 1]) - start)
    }

    /// The hash of the string with this ordinal.
    func hash(_ ordinal: Int) -> UInt32 { hashes[ordinal] }

    /// The ordinal of `bytes`, which is added if it is new.
    @inline(__always)
    mutating func insert(_ bytes: UnsafeBufferPointer<UInt8>, hash: UInt32) -> (ordinal: Int, isNew: Bool) {
        var slot = Int(hash) & slotMask
        while slots[slot] != 0 {
            let ordinal = Int(slots[slot]) - 1
            if hashes[ordinal] == hash, Self.equal(self.bytes(ordinal), bytes) {
                return (ordinal, false)
            }
            slot = (slot + 1) & slotMask
        }
        return (add(bytes, hash: hash, slot: slot), true)
    }

    @inline(never)
    private mutating func add(_ bytes: UnsafeBufferPointer<UInt8>, hash: UInt32, slot: Int) -> Int {
        let used = Int(starts[count])
        precondition(used + bytes.count <= Int(UInt32.max), "more than 4 GB of distinct terms in one table")
        if used + bytes.count > arenaCapacity {
            let room = max(arenaCapacity * 2, used + bytes.count)
            arena = Self.moved(arena, count: used, to: room)
            arenaCapacity = room
        }
        if let base = bytes.baseAddress {
            (arena + used).update(from: base, count: bytes.count)
        }
        let ordinal = count
        starts[ordinal + 1] = UInt32(used + bytes.count)
        hashes[ordinal] = hash
        slots[slot] = UInt32(ordinal + 1)
        count += 1
        if count == capacity {
            grow()
        }
        return ordinal
    }

    private mutating func grow() {
        hashes = Self.moved(hashes, count: count, to: capacity * 2)
        starts = Self.moved(starts, count: count + 1, to: capacity * 2 + 1)
        capacity *= 2
        slots.deallocate()
        let slotCount = (slotMask + 1) * 2
        slotMask = slotCount - 1
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: 0, count: slotCount)
        for ordinal in 0..<count {
            var slot = Int(hashes[ordinal]) & slotMask
            while slots[slot] != 0 {
                slot = (slot + 1) & slotMask
            }
            slots[slot] = UInt32(ordinal + 1)
        }
    }

    private static func moved<T: BitwiseCopyable>(
        _ old: UnsafeMutablePointer<T>, count: Int, to capacity: Int
    ) -> UnsafeMutablePointer<T> {
        let new = UnsafeMutablePointer<T>.allocate(capacity: capacity)
        new.update(from: old, count: count)
        old.deallocate()
        return new
    }

    /// Whether two byte strings are the same.
    @inline(__always)
    static func equal(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        guard let first = left.baseAddress, let second = right.baseAddress else { return true }
        return memcmp(first, second, left.count) == 0
    }
}

/// Hashes of terms, seeded once per process so that no text can be written to collide.
enum TermHash {
    private static let seed = UInt64.random(in: .min ... .max)

    /// A 32-bit hash; the same bytes hash alike within one process only.
    @inline(__always)
    static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let raw = UnsafeRawBufferPointer(bytes)
        var state = seed ^ UInt64(truncatingIfNeeded: bytes.count) &* 0x9E37_79B9_7F4A_7C15
        var offset = 0
        while bytes.count - offset >= 8 {
            state = mix(state ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        if offset < bytes.count {
            var rest: UInt64 = 0
            if bytes.count >= 8 {
                rest = raw.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
            } else {
                while offset < bytes.count {
                    rest = rest << 8 | UInt64(bytes[offset])
                    offset += 1
                }
            }
            state = mix(state ^ rest)
        }
        return UInt32(truncatingIfNeeded: state ^ state >> 32)
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low
    }
}

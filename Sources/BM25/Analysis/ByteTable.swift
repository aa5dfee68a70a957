internal import CKernels
internal import Glibc

/// A set of byte strings numbered in order of arrival: open addressing over one arena.
///
/// Unsafe inside, by design small.
///
/// No object per string and no `String`: a lookup is one hash and, for a string of up to eight bytes, a look at one slot
/// that holds all of it; a longer one is compared in the arena.
struct ByteTable: ~Copyable {
    /// The number of strings.
    private(set) var count = 0
    private var slotMask: Int
    private var slots: UnsafeMutablePointer<Slot>
    private var capacity: Int
    /// `count + 1` offsets into `arena`.
    private var starts: UnsafeMutablePointer<UInt32>
    private var arenaCapacity: Int
    private var arena: UnsafeMutablePointer<UInt8>

    private struct Slot {
        var head: UInt64 = 0
        var check: UInt32 = 0
        /// Ordinal + 1; 0 is free.
        var number: UInt32 = 0
    }

    /// An empty table; it grows by doubling.
    init(minimumCapacity: Int = 64) {
        var slotCount = 16
        while Self.capacity(slotCount) < minimumCapacity {
            slotCount *= 2
        }
        slotMask = slotCount - 1
        capacity = Self.capacity(slotCount)
        arenaCapacity = capacity * 8
        slots = Self.freeSlots(slotCount)
        starts = .allocate(capacity: capacity + 1)
        arena = .allocate(capacity: arenaCapacity + TermKey.slack)
        starts[0] = 0
    }

    deinit {
        slots.deallocate()
        starts.deallocate()
        arena.deallocate()
    }

    /// Memory held, in bytes.
    var byteCount: Int { (slotMask + 1) * MemoryLayout<Slot>.stride + capacity * 4 + arenaCapacity }

    /// The string with this ordinal; valid until the next insertion.
    @inline(__always)
    func bytes(_ ordinal: Int) -> UnsafeBufferPointer<UInt8> {
        let start = Int(starts[ordinal])
        return UnsafeBufferPointer(start: arena + start, count: Int(starts[ordinal + 1]) - start)
    }

    /// The ordinal of a string, which is added if it is new.
    @inline(__always)
    mutating func insert(_ key: ByteKey) -> Int {
        var place = key.place & slotMask
        while slots[place].number != 0 {
            let slot = slots[place]
            if slot.check == key.check, slot.head == key.head {
                let ordinal = Int(slot.number) &- 1
                if key.bytes.count <= 8 || Self.equalRests(bytes(ordinal), key.bytes) { return ordinal }
            }
            place = (place &+ 1) & slotMask
        }
        return add(key, at: place)
    }

    /// The ordinal of the only string that `key` can be, -1 if there is none: for more than eight bytes the rest is not
    /// looked at, but asked for by ``prefetchStart(_:)`` and ``prefetchBytes(_:)``.
    @inline(__always)
    func candidate(_ key: ByteKey) -> Int {
        var place = key.place & slotMask
        while true {
            let slot = slots[place]
            if slot.check == key.check, slot.head == key.head { return Int(slot.number) &- 1 }
            if slot.number == 0 { return -1 }
            place = (place &+ 1) & slotMask
        }
    }

    /// ``insert(_:)`` of what ``candidate(_:)`` was asked for.
    @inline(__always)
    mutating func insert(_ key: ByteKey, candidate: Int) -> Int {
        candidate >= 0 && (key.bytes.count <= 8 || Self.equalRests(bytes(candidate), key.bytes))
            ? candidate : insert(key)
    }

    @inline(__always)
    func prefetchStart(_ ordinal: Int) { ck_prefetch(starts + ordinal) }
    @inline(__always)
    func prefetchBytes(_ ordinal: Int) { ck_prefetch(arena + Int(starts[ordinal])) }

    /// Asks for the memory that a string is looked for in first.
    @inline(__always)
    func prefetch(_ key: ByteKey) { ck_prefetch(slots + (key.place & slotMask)) }

    @inline(never)
    private mutating func add(_ key: ByteKey, at place: Int) -> Int {
        let bytes = key.bytes
        let used = Int(starts[count])
        precondition(used + bytes.count <= Int(UInt32.max), "more than 4 GB of distinct terms in one table")
        if used + bytes.count > arenaCapacity {
            let room = max(arenaCapacity * 2, used + bytes.count)
            arena = Self.moved(arena, count: used, to: room + TermKey.slack)
            arenaCapacity = room
        }
        if let base = bytes.baseAddress {
            (arena + used).update(from: base, count: bytes.count)
        }
        let ordinal = count
        starts[ordinal + 1] = UInt32(used + bytes.count)
        slots[place] = Slot(head: key.head, check: key.check, number: UInt32(ordinal + 1))
        count += 1
        if count == capacity {
            grow()
        }
        return ordinal
    }

    private mutating func grow() {
        let old = UnsafeMutableBufferPointer(start: slots, count: slotMask + 1)
        let slotCount = old.count * 2
        slotMask = slotCount - 1
        slots = Self.freeSlots(slotCount)
        for slot in old where slot.number != 0 {
            var place = ByteKey.place(slot.check) & slotMask
            while slots[place].number != 0 {
                place = (place + 1) & slotMask
            }
            slots[place] = slot
        }
        old.deallocate()
        capacity = Self.capacity(slotCount)
        starts = Self.moved(starts, count: count + 1, to: capacity + 1)
    }

    /// Strings that so many slots are for.
    private static func capacity(_ slotCount: Int) -> Int { slotCount / 4 * 3 }

    private static func freeSlots(_ count: Int) -> UnsafeMutablePointer<Slot> {
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: count)
        slots.initialize(repeating: Slot(), count: count)
        return slots
    }

    private static func moved<T: BitwiseCopyable>(
        _ old: UnsafeMutablePointer<T>, count: Int, to capacity: Int
    ) -> UnsafeMutablePointer<T> {
        let new = UnsafeMutablePointer<T>.allocate(capacity: capacity)
        new.update(from: old, count: count)
        old.deallocate()
        return new
    }

    /// Whether two strings of more than eight bytes that begin with the same eight are the same.
    @inline(__always)
    private static func equalRests(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        let count = right.count
        guard left.count == count else { return false }
        let (first, second) = (UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
        var offset = 8
        while count &- offset > 8 {
            guard
                first.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    == second.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            else { return false }
            offset &+= 8
        }
        return first.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
            == second.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
    }

    /// Whether two byte strings are the same.
    @inline(__always)
    static func equal(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        guard let first = left.baseAddress, let second = right.baseAddress else { return true }
        return memcmp(first, second, left.count) == 0
    }
}

/// A byte string as a ``ByteTable`` looks for it.
///
/// Hashes are seeded once per process so that no text can be written to collide.
struct ByteKey {
    /// Bytes that are read of a padded string, however short it is.
    static let paddedByteCount = 8

    let bytes: UnsafeBufferPointer<UInt8>
    /// The first eight bytes, zeros behind a shorter string.
    let head: UInt64
    /// 28 bits of the hash, and the number of bytes, 9 for more than eight: with ``head`` it tells short strings apart.
    let check: UInt32

    private static let seed = UInt64.random(in: .min ... .max)

    /// The key of any bytes.
    @inline(__always)
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.init(bytes, head: Self.head(bytes))
    }

    /// The key of bytes at the beginning of ``paddedByteCount`` or more that may be read.
    @inline(__always)
    init(padded bytes: UnsafeBufferPointer<UInt8>) {
        let shift = UInt64(truncatingIfNeeded: 64 &- 8 &* min(8, max(1, bytes.count)))
        let first = bytes.baseAddress.map { UnsafeRawPointer($0).loadUnaligned(as: UInt64.self) } ?? 0
        self.init(bytes, head: bytes.isEmpty ? 0 : UInt64(littleEndian: first) & UInt64.max &>> shift)
    }

    @inline(__always)
    private init(_ bytes: UnsafeBufferPointer<UInt8>, head: UInt64) {
        self.bytes = bytes
        self.head = head
        let count = bytes.count
        var state = Self.mix(Self.seed ^ head ^ UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15)
        if count > 8 {
            let raw = UnsafeRawBufferPointer(bytes)
            var offset = 8
            while count &- offset > 8 {
                state = Self.mix(state ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                offset &+= 8
            }
            state = Self.mix(state ^ raw.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self))
        }
        check = UInt32(truncatingIfNeeded: state ^ state &>> 32) & ~15 | UInt32(truncatingIfNeeded: min(count, 9))
    }

    /// Where the string is looked for first, before it is cut to the size of a table.
    @inline(__always)
    var place: Int { Self.place(check) }

    @inline(__always)
    static func place(_ check: UInt32) -> Int { Int(check &>> 4) }

    @inline(__always)
    private static func head(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let raw = UnsafeRawBufferPointer(bytes)
        if bytes.count >= 8 { return UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self)) }
        var head: UInt64 = 0
        for offset in 0..<bytes.count { head |= UInt64(bytes[offset]) &<< UInt64(truncatingIfNeeded: 8 &* offset) }
        return head
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low
    }
}

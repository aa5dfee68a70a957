internal import Glibc

/// Writes a ``TermDictionary``: its fields in order, each field's terms in byte order.
///
/// Unsafe inside: raw memory, sized by the terms' lengths.
struct TermDictionaryBuilder: ~Copyable {
    private var bytes: ByteSink
    private var prefixes: [UInt64] = []
    private var offsets: [UInt32] = []
    private var counts = (0, 0, 0)
    private var inField = 0
    /// The term before: its first eight bytes as a number, its length, and from the ninth byte on itself.
    private var previousPrefix: UInt64 = 0
    private var previousCount = 0
    private let previous = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)

    init(capacity: Int) {
        bytes = ByteSink(capacity: capacity)
    }

    deinit {
        previous.deallocate()
    }

    /// Begins the next field.
    mutating func beginField() {
        inField = 0
    }

    /// Appends a term of at most 255 bytes with all that `entry` says but its ordinal.
    mutating func append(_ term: UnsafeRawBufferPointer, prefix: UInt64, _ field: TermField, _ entry: TermEntry) {
        if inField % TermDictionary.blockCount == 0 {
            beginBlock(prefix, entry)
        }
        let limit = min(previousCount, term.count)
        var shared = min((prefix ^ previousPrefix).leadingZeroBitCount &>> 3, limit)
        if shared == 8 {
            while shared < limit, previous[shared] == term[shared] {
                shared &+= 1
            }
        }
        appendKey(term, prefix, shared: shared)
        appendFacts(field, entry)
        inField += 1
        switch field {
        case .combined: counts.0 += 1
        case .title: counts.1 += 1
        case .surface: counts.2 += 1
        }
    }

    private mutating func beginBlock(_ prefix: UInt64, _ entry: TermEntry) {
        guard let offset = UInt32(exactly: bytes.count) else {
            preconditionFailure("more than 4 GB of distinct terms in one segment")
        }
        prefixes.append(prefix)
        offsets.append(offset)
        appendStart(entry.postingsOffset)
        appendStart(entry.positionsOffset)
        previousCount = 0
    }

    private mutating func appendStart(_ value: Int) {
        bytes.append(UInt32(truncatingIfNeeded: value))
        bytes.append(UInt8(truncatingIfNeeded: value >> 32))
    }

    @inline(__always)
    private mutating func appendKey(_ term: UnsafeRawBufferPointer, _ prefix: UInt64, shared: Int) {
        let rest = term.count &- shared
        // Eight bytes are written at a time.
        let target = bytes.room(11 &+ rest)
        target.storeBytes(of: UInt8(truncatingIfNeeded: min(shared, 15) &<< 4 | min(rest, 15)), as: UInt8.self)
        var length = 1
        if shared >= 15 {
            target.storeBytes(of: UInt8(truncatingIfNeeded: shared), toByteOffset: length, as: UInt8.self)
            length &+= 1
        }
        if rest >= 15 {
            target.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: length, as: UInt8.self)
            length &+= 1
        }
        if shared < 8 {
            let head = prefix &<< UInt64(truncatingIfNeeded: 8 &* shared)
            target.storeBytes(of: head.bigEndian, toByteOffset: length, as: UInt64.self)
        }
        if term.count > 8, let base = term.baseAddress {
            let from = max(shared, 8)
            memcpy(target + length + (from &- shared), base + from, term.count &- from)
            memcpy(previous + 8, base + 8, term.count &- 8)
        }
        previousPrefix = prefix
        previousCount = term.count
        bytes.advance(length &+ rest)
    }

    @inline(__always)
    private mutating func appendFacts(_ field: TermField, _ entry: TermEntry) {
        let frequency = UInt32(truncatingIfNeeded: entry.documentFrequency)
        if field == .surface {
            bytes.appendVByte(frequency << 1 | (entry.isShared ? 0 : 1))
            bytes.appendVByte(UInt32(truncatingIfNeeded: entry.stem))
            guard !entry.isShared else { return }
        } else {
            let more = UInt32(truncatingIfNeeded: entry.totalFrequency) &- frequency
            bytes.appendVByte(frequency << 1 | (more > 0 ? 1 : 0))
            if more > 0 { bytes.appendVByte(more) }
        }
        bytes.appendVByte(frequency == 1 ? entry.row : UInt32(truncatingIfNeeded: entry.postingsByteCount))
        guard field != .surface else { return }
        bytes.appendVByte(
            entry.totalFrequency == 1 ? entry.position : UInt32(truncatingIfNeeded: entry.positionsByteCount))
    }

    /// The bytes of the dictionary, of its index, and the terms by field.
    consuming func take() -> (
        dictionary: UnsafeMutableRawBufferPointer, index: UnsafeMutableRawBufferPointer, termCounts: (Int, Int, Int)
    ) {
        var index = ByteSink(capacity: TermDictionary.indexByteCount(prefixes.count))
        for prefix in prefixes { index.append(prefix) }
        for offset in offsets { index.append(offset) }
        var bytes = ByteSink(capacity: 0)
        swap(&bytes, &self.bytes)
        return (bytes.take(), index.take(), counts)
    }
}

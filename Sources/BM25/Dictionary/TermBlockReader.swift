internal import CKernels

/// Reads the entries of one dictionary block, one after another.
///
/// Safe on any bytes: an entry that is surely inside of them is read without further looks at their end, the last few
/// byte by byte. Unsafe inside: raw memory, bounded.
struct TermBlockReader {
    static let headByteCount = 10
    /// No entry has more bytes: three for the lengths, a prefix or suffix of 255, five integers of five.
    static let maximumEntryByteCount = 3 + 255 + 5 * 5

    private let base: UnsafeRawPointer
    private let end: Int
    private var offset: Int
    private var postings: Int
    private var positions: Int

    init(_ bytes: UnsafeRawBufferPointer, offset: Int) {
        // A pointer is needed even where nothing will be read.
        base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped
        end = bytes.count
        self.offset = min(offset &+ Self.headByteCount, bytes.count)
        postings = 0
        positions = 0
        guard offset &+ Self.headByteCount <= bytes.count else { return }
        postings = start(at: offset)
        positions = start(at: offset &+ 5)
    }

    private func start(at offset: Int) -> Int {
        Int(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            | Int(base.load(fromByteOffset: offset &+ 4, as: UInt8.self)) &<< 32
    }

    /// Has memory bring what most blocks have not more of than: 32 entries of some twelve bytes.
    func prefetch() { ck_prefetch_lines(base + offset, min(end &- offset, 384)) }

    /// Whether the next entry, whatever it says, lies inside the bytes.
    @inline(__always)
    var isEntryInside: Bool { end &- offset >= Self.maximumEntryByteCount }

    /// How many bytes the next entry's term shares with the one before, and those that follow.
    @inline(__always)
    mutating func key() -> (prefixCount: Int, suffix: UnsafeRawBufferPointer) {
        let lengths = byte()
        var prefixCount = lengths &>> 4
        var suffixCount = lengths & 15
        if prefixCount == 15 { prefixCount = byte() }
        if suffixCount == 15 { suffixCount = byte() }
        let start = offset
        offset = min(offset &+ suffixCount, end)
        return (prefixCount, UnsafeRawBufferPointer(start: base + start, count: offset &- start))
    }

    /// What follows an entry's key.
    @inline(__always)
    mutating func facts(_ field: TermField) -> TermEntry {
        var entry = TermEntry()
        if field == .surface {
            readSurfaceFacts(into: &entry)
        } else {
            readFacts(into: &entry)
        }
        return entry
    }

    /// Reads what follows the key of a term with positions; the entry's ordinal stays.
    @inline(__always)
    mutating func readFacts(into entry: inout TermEntry) {
        let head = vbyte()
        let frequency = head &>> 1
        let total = frequency &+ (head & 1 == 1 ? vbyte() : 0)
        let first = vbyte()
        let second = vbyte()
        entry.documentFrequency = frequency
        entry.totalFrequency = total
        entry.postingsOffset = postings
        entry.positionsOffset = positions
        let hasRow = frequency == 1
        let hasPosition = total == 1
        entry.row = hasRow ? UInt32(truncatingIfNeeded: first) : 0
        entry.postingsByteCount = hasRow ? 0 : first
        entry.position = hasPosition ? UInt32(truncatingIfNeeded: second) : .max
        entry.positionsByteCount = hasPosition ? 0 : second
        postings &+= hasRow ? 0 : first
        positions &+= hasPosition ? 0 : second
    }

    /// Reads what follows the key of a surface word; the entry's ordinal stays.
    @inline(__always)
    mutating func readSurfaceFacts(into entry: inout TermEntry) {
        let head = vbyte()
        let frequency = head &>> 2
        entry.documentFrequency = frequency
        entry.form = WordForm(rawValue: UInt8(truncatingIfNeeded: head & 3))
        entry.stem = vbyte()
        entry.postingsOffset = postings
        entry.positionsOffset = positions
        entry.row = 0
        entry.postingsByteCount = 0
        guard entry.form != .shared else { return }
        let place = vbyte()
        if frequency == 1 {
            entry.row = UInt32(truncatingIfNeeded: place)
        } else {
            entry.postingsByteCount = place
            postings &+= place
        }
    }

    /// Passes over what follows an entry's key: of it only where the next entry's postings begin is read.
    @inline(__always)
    mutating func skipFacts(_ field: TermField) {
        let head = vbyte()
        guard field != .surface else {
            skipVByte()
            guard head & 3 != 0 else { return }
            let place = vbyte()
            postings &+= head &>> 2 == 1 ? 0 : place
            return
        }
        let frequency = head &>> 1
        let flag = head & 1 == 1
        let total = frequency &+ (flag ? vbyte() : 0)
        let first = vbyte()
        let second = vbyte()
        postings &+= frequency == 1 ? 0 : first
        positions &+= total == 1 ? 0 : second
    }

    /// Passes over what follows a surface word.
    @inline(__always)
    mutating func skipSurfaceFacts() {
        let isShared = offset < end && base.load(fromByteOffset: offset, as: UInt8.self) & 3 == 0
        skipVByte()
        skipVByte()
        if !isShared { skipVByte() }
    }

    /// Whether so many bytes of the dictionary begin at a place in it.
    @inline(__always)
    func hasBytes(_ count: Int, from place: UnsafeRawPointer) -> Bool { place + count <= base + end }

    @inline(__always)
    private mutating func skipVByte() {
        let limit = min(offset &+ 5, end)
        while offset < limit {
            offset &+= 1
            if base.load(fromByteOffset: offset &- 1, as: UInt8.self) < 0x80 { return }
        }
    }

    @inline(__always)
    private mutating func byte() -> Int {
        guard offset < end else { return 0 }
        let byte = base.load(fromByteOffset: offset, as: UInt8.self)
        offset &+= 1
        return Int(byte)
    }

    /// Nearly all integers have one byte or two.
    @inline(__always)
    private mutating func vbyte() -> Int {
        guard offset < end else { return 0 }
        let byte = base.load(fromByteOffset: offset, as: UInt8.self)
        guard byte >= 0x80 else {
            offset &+= 1
            return Int(byte)
        }
        if offset &+ 1 < end {
            let second = base.load(fromByteOffset: offset &+ 1, as: UInt8.self)
            if second < 0x80 {
                offset &+= 2
                return Int(byte & 0x7F) | Int(second) &<< 7
            }
        }
        let (value, next) = Self.longVByte(base, offset, end)
        offset = next
        return value
    }

    /// Not a method that changes the reader: then one could not live in registers.
    @inline(never)
    private static func longVByte(_ base: UnsafeRawPointer, _ start: Int, _ end: Int) -> (value: Int, next: Int) {
        var offset = start
        var value = 0
        var shift = 0
        while offset < end, shift < 35 {
            let byte = base.load(fromByteOffset: offset, as: UInt8.self)
            offset &+= 1
            value |= Int(byte & 0x7F) &<< shift
            if byte < 0x80 { break }
            shift &+= 7
        }
        return (value, offset)
    }
}

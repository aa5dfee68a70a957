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

    /// Whether the next entry, whatever it says, lies inside the bytes.
    @inline(__always)
    var isEntryInside: Bool { end &- offset >= Self.maximumEntryByteCount }

    /// Where the next byte is, for those who found ``isEntryInside``.
    @inline(__always)
    var place: UnsafeRawPointer { base + offset }

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
        let head = vbyte()
        entry.documentFrequency = head &>> 1
        let flag = head & 1 == 1
        entry.postingsOffset = postings
        entry.positionsOffset = positions
        if field == .surface {
            entry.stem = vbyte()
            entry.isShared = !flag
            guard flag else { return entry }
            if entry.documentFrequency == 1 {
                entry.row = UInt32(truncatingIfNeeded: vbyte())
            } else {
                entry.postingsByteCount = vbyte()
                postings &+= entry.postingsByteCount
            }
            return entry
        }
        entry.totalFrequency = entry.documentFrequency &+ (flag ? vbyte() : 0)
        if entry.documentFrequency == 1 {
            entry.row = UInt32(truncatingIfNeeded: vbyte())
        } else {
            entry.postingsByteCount = vbyte()
            postings &+= entry.postingsByteCount
        }
        if entry.totalFrequency == 1 {
            entry.position = UInt32(truncatingIfNeeded: vbyte())
        } else {
            entry.positionsByteCount = vbyte()
            positions &+= entry.positionsByteCount
        }
        return entry
    }

    /// Passes over what follows a surface word.
    @inline(__always)
    mutating func skipSurfaceFacts() {
        let isShared = offset < end && base.load(fromByteOffset: offset, as: UInt8.self) & 1 == 0
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

    /// Nearly all integers have one byte.
    @inline(__always)
    private mutating func vbyte() -> Int {
        guard offset < end else { return 0 }
        let byte = base.load(fromByteOffset: offset, as: UInt8.self)
        guard byte >= 0x80 else {
            offset &+= 1
            return Int(byte)
        }
        return longVByte()
    }

    @inline(never)
    private mutating func longVByte() -> Int {
        var value = 0
        var shift = 0
        while offset < end, shift < 35 {
            let byte = base.load(fromByteOffset: offset, as: UInt8.self)
            offset &+= 1
            value |= Int(byte & 0x7F) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        return value
    }
}

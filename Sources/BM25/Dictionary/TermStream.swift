internal import Glibc

/// Goes through the terms of one field of one segment in byte order, as a merge does: forward, all of them.
///
/// What ``TermCursor`` keeps as bytes in memory is here a ``TermKey``. A plain value over memory its owner lends; the
/// segment must outlive it. Unsafe inside: raw memory.
struct TermStream {
    /// What the owner's memory must hold, in bytes: a term but for its first eight bytes, and what copying it may touch.
    static let restByteCount = 248 + TermKey.slack

    /// The number of the segment among those that are merged.
    let source: Int
    /// The first eight bytes of the present term: ``TermKey/prefix``.
    private(set) var prefix: UInt64 = 0
    private var byteCount = 0
    private let rest: UnsafeMutablePointer<UInt8>
    private var reader: TermBlockReader
    private let termCount: Int
    private let firstBlock: Int

    /// What the dictionary says of the present term.
    private(set) var entry = TermEntry()

    /// A stream before the field's first term.
    init(_ dictionary: TermDictionary, _ field: TermField, source: Int, rest: UnsafeMutablePointer<UInt8>) {
        self.source = source
        self.rest = rest
        firstBlock = dictionary.blocks(field).lowerBound
        termCount = dictionary.count(field)
        reader = dictionary.reader(firstBlock)
        entry.ordinal = -1
    }

    /// The present term; valid until the stream moves.
    @inline(__always)
    var key: TermKey { TermKey(prefix: prefix, count: byteCount, rest: rest) }

    /// Moves to the next term; false at the end.
    ///
    /// Not inlined: the compiler makes better of it alone than of the loop around it.
    @inline(never)
    mutating func nextTerm(_ dictionary: UnsafePointer<TermDictionary>) -> Bool {
        guard var reader = nextKey(dictionary) else { return false }
        reader.readFacts(into: &entry)
        self.reader = reader
        return true
    }

    /// The same in the field of surface words.
    @inline(never)
    mutating func nextWord(_ dictionary: UnsafePointer<TermDictionary>) -> Bool {
        guard var reader = nextKey(dictionary) else { return false }
        reader.readSurfaceFacts(into: &entry)
        self.reader = reader
        return true
    }

    /// Reads the next key; returns the reader, which is behind it.
    @inline(__always)
    private mutating func nextKey(_ dictionary: UnsafePointer<TermDictionary>) -> TermBlockReader? {
        let ordinal = entry.ordinal &+ 1
        guard ordinal < termCount else { return nil }
        entry.ordinal = ordinal
        var reader = reader
        if ordinal & (TermDictionary.blockCount &- 1) == 0 {
            reader = dictionary.pointee.reader(firstBlock &+ ordinal / TermDictionary.blockCount)
        }
        // Eight bytes are read at a time, which near the end of the dictionary are not all there.
        let isInside = reader.isEntryInside
        let (prefixCount, suffix) = reader.key()
        let shared = min(prefixCount, byteCount)
        let count = min(shared &+ suffix.count, 255)
        byteCount = count
        if shared < 8 {
            let kept = prefix & ~(UInt64.max &>> UInt64(truncatingIfNeeded: 8 &* shared))
            let head =
                isInside ? Self.head(suffix.baseAddress.unsafelyUnwrapped, suffix.count) : TermDictionary.prefix(suffix)
            prefix = kept | head &>> UInt64(truncatingIfNeeded: 8 &* shared)
        }
        if count > 8 { copyRest(shared, suffix, count, isInside) }
        return reader
    }

    /// The first eight of `count` bytes as a number, zeros where there are none; reads eight bytes.
    @inline(__always)
    private static func head(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
        let all = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        return count >= 8 ? all : all & ~(UInt64.max &>> UInt64(truncatingIfNeeded: 8 &* count))
    }

    @inline(__always)
    private func copyRest(_ shared: Int, _ suffix: UnsafeRawBufferPointer, _ count: Int, _ isInside: Bool) {
        let from = max(shared, 8)
        guard count > from, let source = suffix.baseAddress else { return }
        if isInside {
            TermKey.copy(source + (from &- shared), to: rest + (from &- 8), count: count &- from)
        } else {
            memcpy(rest + (from &- 8), source + (from &- shared), count &- from)
        }
    }
}

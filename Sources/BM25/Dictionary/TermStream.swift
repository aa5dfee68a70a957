internal import Glibc

/// Goes through the terms of one field of one segment in byte order, as a merge does: forward, all of them.
///
/// What ``TermCursor`` keeps as bytes in memory is here a ``TermKey``. The segment must outlive it. Unsafe inside: raw
/// memory.
struct TermStream: ~Copyable {
    private let dictionary: TermDictionary
    private let field: TermField
    private let firstBlock: Int
    private let termCount: Int
    private var reader: TermBlockReader
    private var ordinal = -1
    private var byteCount = 0
    /// From the ninth byte of the present term on.
    private let rest = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)

    /// The first eight bytes of the present term: ``TermKey/prefix``.
    private(set) var prefix: UInt64 = 0
    /// What the dictionary says of it.
    private(set) var entry = TermEntry()

    /// A stream before the field's first term.
    init(_ dictionary: TermDictionary, _ field: TermField) {
        self.dictionary = dictionary
        self.field = field
        firstBlock = dictionary.blocks(field).lowerBound
        termCount = dictionary.count(field)
        reader = dictionary.reader(firstBlock)
    }

    deinit {
        rest.deallocate()
    }

    /// The present term; valid until the stream moves.
    @inline(__always)
    var key: TermKey { TermKey(prefix: prefix, count: byteCount, rest: rest) }

    /// Moves to the next term; false at the end.
    @inline(__always)
    mutating func next() -> Bool {
        guard ordinal &+ 1 < termCount else { return false }
        ordinal &+= 1
        if ordinal & (TermDictionary.blockCount &- 1) == 0 {
            reader = dictionary.reader(firstBlock &+ ordinal / TermDictionary.blockCount)
        }
        // Eight bytes are read at a time, which near the end of the dictionary are not all there.
        let isInside = reader.isEntryInside
        let (prefixCount, suffix) = reader.key()
        let shared = min(prefixCount, byteCount)
        byteCount = min(shared &+ suffix.count, 255)
        if shared < 8 {
            let kept = prefix & ~(UInt64.max &>> UInt64(truncatingIfNeeded: 8 &* shared))
            let head =
                isInside ? Self.head(suffix.baseAddress.unsafelyUnwrapped, suffix.count) : TermDictionary.prefix(suffix)
            prefix = kept | head &>> UInt64(truncatingIfNeeded: 8 &* shared)
        }
        if byteCount > 8 { copyRest(shared, suffix) }
        entry = field == .surface ? reader.facts(.surface) : reader.facts(.combined)
        entry.ordinal = ordinal
        return true
    }

    /// The first eight of `count` bytes as a number, zeros where there are none; reads eight bytes.
    @inline(__always)
    private static func head(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
        let all = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        return count >= 8 ? all : all & ~(UInt64.max &>> UInt64(truncatingIfNeeded: 8 &* count))
    }

    @inline(__always)
    private func copyRest(_ shared: Int, _ suffix: UnsafeRawBufferPointer) {
        let from = max(shared, 8)
        guard byteCount > from, let source = suffix.baseAddress else { return }
        memcpy(rest + (from &- 8), source + (from &- shared), byteCount &- from)
    }
}

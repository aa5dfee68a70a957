internal import Glibc

/// Walks the terms of one field of one segment in byte order.
///
/// The segment must outlive it. Unsafe inside: it keeps the term in memory of its own.
struct TermCursor: ~Copyable {
    /// A term's greatest length in bytes; a longer one read from damaged bytes is cut.
    private static let maximumByteCount = 255

    private let dictionary: TermDictionary
    private let field: TermField
    private let blocks: Range<Int>
    private var reader: TermBlockReader
    private var ordinal = -1
    private var byteCount = 0
    /// The term, and eight zeros after it.
    private let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: maximumByteCount + 8)

    /// What the dictionary says of ``term``.
    private(set) var entry = TermEntry()
    /// How many leading bytes ``term`` has in common with the term before, at least; 0 after a seek.
    private(set) var sharedByteCount = 0

    /// A cursor before the field's first term.
    init(_ dictionary: TermDictionary, _ field: TermField) {
        self.dictionary = dictionary
        self.field = field
        blocks = dictionary.blocks(field)
        reader = dictionary.reader(blocks.lowerBound)
    }

    deinit {
        memory.deallocate()
    }

    /// The present term; valid until the cursor moves.
    var term: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: memory, count: byteCount) }

    /// The first eight bytes of ``term`` as a number that orders as they do.
    @inline(__always)
    var prefix: UInt64 { UInt64(bigEndian: UnsafeRawPointer(memory).loadUnaligned(as: UInt64.self)) }

    /// Moves to the next term; false at the end.
    @inline(__always)
    mutating func next() -> Bool {
        guard ordinal &+ 1 < dictionary.count(field) else { return false }
        ordinal &+= 1
        if ordinal & (TermDictionary.blockCount &- 1) == 0 {
            reader = dictionary.reader(blocks.lowerBound &+ ordinal / TermDictionary.blockCount)
        }
        let (prefixCount, suffix) = reader.key()
        // The first term of a block is written in full.
        sharedByteCount = min(prefixCount, byteCount)
        byteCount = min(sharedByteCount &+ suffix.count, Self.maximumByteCount)
        if byteCount > sharedByteCount, let source = suffix.baseAddress {
            memcpy(memory + sharedByteCount, source, byteCount &- sharedByteCount)
        }
        UnsafeMutableRawPointer(memory + byteCount).storeBytes(of: 0, as: UInt64.self)
        entry = reader.facts(field)
        entry.ordinal = ordinal
        return true
    }

    /// Moves before the first term of the field's block `block`.
    mutating func seek(block: Int) {
        ordinal = max(0, block) * TermDictionary.blockCount - 1
        byteCount = 0
    }

    /// Moves to the first term that is not below `bytes`; false if there is none.
    mutating func seek(to bytes: UnsafeRawBufferPointer) -> Bool {
        let block = dictionary.lastBlock(notAfter: bytes, in: blocks) ?? blocks.lowerBound
        seek(block: block - blocks.lowerBound)
        while next() {
            if !Self.isBelow(UnsafeRawBufferPointer(term), bytes) {
                sharedByteCount = 0
                return true
            }
        }
        return false
    }

    /// Whether `left` comes before `right` in byte order.
    static func isBelow(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        let leftPrefix = TermDictionary.prefix(left)
        let rightPrefix = TermDictionary.prefix(right)
        if leftPrefix != rightPrefix { return leftPrefix < rightPrefix }
        return left.lexicographicallyPrecedes(right)
    }
}

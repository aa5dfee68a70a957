internal import Glibc

/// Reads the surface words of one segment, and nothing that the dictionary says of them: what looks for spellings.
///
/// The segment must outlive it. Unsafe inside: it keeps the word in memory of its own.
struct SurfaceWordReader: ~Copyable {
    /// A word's greatest length in bytes; a longer one read from damaged bytes is cut.
    static let maximumByteCount = 255

    private let dictionary: TermDictionary
    private let blocks: Range<Int>
    private let count: Int
    private var reader: TermBlockReader
    private var byteCount = 0
    private let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: maximumByteCount + TermBlockReader.copyCount)

    /// The place of ``word`` among the words; -1 before the first.
    private(set) var ordinal = -1
    /// How many leading bytes ``word`` has in common with the word before, at least; 0 for the first of a block.
    private(set) var sharedByteCount = 0

    /// A reader before the first word.
    init(_ dictionary: TermDictionary) {
        self.dictionary = dictionary
        blocks = dictionary.blocks(.surface)
        count = dictionary.count(.surface)
        reader = dictionary.reader(blocks.lowerBound)
    }

    deinit {
        memory.deallocate()
    }

    /// The present word; valid until the reader moves.
    var word: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: memory, count: byteCount) }

    /// Moves to the next word; false at the end.
    @inline(__always)
    mutating func next() -> Bool {
        guard ordinal &+ 1 < count else { return false }
        ordinal &+= 1
        if ordinal & (TermDictionary.blockCount &- 1) == 0 {
            reader = dictionary.reader(blocks.lowerBound &+ ordinal / TermDictionary.blockCount)
            byteCount = 0
        }
        (sharedByteCount, byteCount) = reader.key(over: memory, byteCount, limit: Self.maximumByteCount)
        reader.skipSurfaceFacts()
        return true
    }

    /// Moves before the first word of the field's block `block`.
    mutating func seek(block: Int) {
        ordinal = max(0, block) * TermDictionary.blockCount - 1
    }

    /// Moves to the word with this ordinal, from the present one if that is before it in its block.
    mutating func seek(ordinal target: Int) -> Bool {
        let block = target / TermDictionary.blockCount
        if ordinal > target || ordinal < block * TermDictionary.blockCount { seek(block: block) }
        while ordinal < target {
            guard next() else { return false }
        }
        return true
    }
}

extension TermBlockReader {
    /// Bytes that ``key(over:_:limit:)`` copies at once.
    static let copyCount = 16

    /// Reads the next entry's term over the one before, `count` bytes in `memory`, which has room for `limit` bytes and
    /// ``copyCount`` more.
    /// - Returns: The bytes the two terms share, and those of the term.
    @inline(__always)
    mutating func key(
        over memory: UnsafeMutablePointer<UInt8>, _ count: Int, limit: Int
    ) -> (shared: Int, count: Int) {
        let (prefixCount, suffix) = key()
        let shared = min(prefixCount, count)
        let end = min(shared &+ suffix.count, limit)
        guard end > shared, let source = suffix.baseAddress else { return (shared, end) }
        // Most ends are short, and two words are copied sooner than `memcpy` is called.
        if end &- shared <= Self.copyCount, hasBytes(Self.copyCount, from: source) {
            UnsafeMutableRawPointer(memory + shared).storeBytes(
                of: source.loadUnaligned(as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
        } else {
            memcpy(memory + shared, source, end &- shared)
        }
        return (shared, end)
    }
}

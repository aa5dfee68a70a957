/// Some words of a text, scanned and not yet looked up.
///
/// Unsafe inside: it owns the memory they are in.
struct ScannedWords: ~Copyable {
    private static let maximumCount = 64
    /// Of long words there is room for fewer.
    private static let byteCapacity = maximumCount * 16 + WordScanner.room

    private let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: byteCapacity)
    private var usedByteCount = 0
    private var words = RawArray<Word>(capacity: maximumCount)

    struct Word {
        let key: ByteKey
        /// Which string of a table it can be, as ``ByteTable/candidate(_:)`` says.
        var candidate = -1
        fileprivate let start: Int
        fileprivate let end: Int

        /// Where it stands in the text.
        @inline(__always)
        var range: Range<Int> { start..<end }
    }

    deinit {
        bytes.deallocate()
    }

    var count: Int { words.count }
    @inline(__always)
    subscript(place: Int) -> Word { words[place] }
    @inline(__always)
    func set(_ candidate: Int, at place: Int) { words[place].candidate = candidate }

    /// Whether one more word fits, whatever its length.
    @inline(__always)
    var hasRoom: Bool { words.count < Self.maximumCount && usedByteCount &+ WordScanner.room <= Self.byteCapacity }

    /// Where the next word goes: ``WordScanner/room`` bytes.
    @inline(__always)
    var room: UnsafeMutablePointer<UInt8> { bytes + usedByteCount }

    /// Takes the word of `byteCount` bytes that was left at ``room``; returns its key.
    @inline(__always)
    mutating func append(_ byteCount: Int, _ range: Range<Int>) -> ByteKey {
        let key = ByteKey(padded: UnsafeBufferPointer(start: UnsafePointer(room), count: byteCount))
        words.append(Word(key: key, start: range.lowerBound, end: range.upperBound))
        usedByteCount &+= byteCount
        return key
    }

    mutating func removeAll() {
        words.removeAll()
        usedByteCount = 0
    }
}

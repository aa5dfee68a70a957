internal import Glibc
internal import IndexCore

/// Writes a ``TermDictionary``: its fields in order, each field's terms in byte order.
///
/// Unsafe inside: raw memory, sized by the terms' lengths.
struct TermDictionaryBuilder: ~Copyable {
    private var bytes: ByteSink
    private var prefixes = RawArray<UInt64>(capacity: 16)
    private var offsets = RawArray<UInt32>(capacity: 16)
    private var counts = (0, 0, 0)
    private var field = TermField.combined
    /// Terms of the present field so far: the ordinal of the next one.
    private(set) var inField = 0
    /// The term before: its first eight bytes as a number, its length, and from the ninth byte on itself.
    private var previousPrefix: UInt64 = 0
    private var previousCount = 0
    private let previousRest = UnsafeMutablePointer<UInt8>.allocate(capacity: 256 + TermKey.slack)

    init(capacity: Int, spill: SpillFolder?) {
        bytes = ByteSink(capacity: capacity, spill: spill)
    }

    deinit {
        previousRest.deallocate()
    }

    /// Begins a field; what is appended from now on are its terms.
    mutating func beginField(_ field: TermField) {
        endField()
        self.field = field
        inField = 0
    }

    private mutating func endField() {
        switch field {
        case .combined: counts.0 = inField
        case .title: counts.1 = inField
        case .surface: counts.2 = inField
        }
    }

    /// Appends a term with all that `entry` says but its ordinal.
    @inline(__always)
    mutating func append(_ term: TermKey, _ entry: TermEntry) {
        if inField & (TermDictionary.blockCount &- 1) == 0 {
            beginBlock(term.prefix, entry)
        }
        let limit = min(previousCount, term.count)
        var shared = min((term.prefix ^ previousPrefix).leadingZeroBitCount &>> 3, limit)
        if shared == 8 {
            while shared < limit, previousRest[shared &- 8] == term.rest[shared &- 8] {
                shared &+= 1
            }
        }
        // A key has two lengths more at most, and sixteen bytes are written at a time; then five integers of five bytes.
        let target = bytes.room(11 &+ term.count &+ 25)
        var length = appendKey(term, shared: shared, at: target)
        length &+= appendFacts(entry, at: target + length)
        bytes.advance(length)
        inField &+= 1
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
    private mutating func appendKey(_ term: TermKey, shared: Int, at target: UnsafeMutableRawPointer) -> Int {
        let rest = term.count &- shared
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
            let head = term.prefix &<< UInt64(truncatingIfNeeded: 8 &* shared)
            target.storeBytes(of: head.bigEndian, toByteOffset: length, as: UInt64.self)
        }
        if term.count > 8 {
            let from = max(shared, 8)
            if from < term.count {
                TermKey.copy(term.rest + (from &- 8), to: target + length + (from &- shared), count: term.count &- from)
            }
            TermKey.copy(term.rest, to: previousRest, count: term.count &- 8)
        }
        previousPrefix = term.prefix
        previousCount = term.count
        return length &+ rest
    }

    @inline(__always)
    private func appendFacts(_ entry: TermEntry, at target: UnsafeMutableRawPointer) -> Int {
        let frequency = UInt32(truncatingIfNeeded: entry.documentFrequency)
        var length = 0
        if field == .surface {
            length &+= VByte.write(frequency &<< 2 | UInt32(entry.form.rawValue), to: target)
            length &+= VByte.write(UInt32(truncatingIfNeeded: entry.stem), to: target + length)
            guard entry.form != .shared else { return length }
        } else {
            let more = UInt32(truncatingIfNeeded: entry.totalFrequency) &- frequency
            length &+= VByte.write(frequency &<< 1 | (more > 0 ? 1 : 0), to: target)
            if more > 0 { length &+= VByte.write(more, to: target + length) }
        }
        length &+= VByte.write(
            frequency == 1 ? entry.row : UInt32(truncatingIfNeeded: entry.postingsByteCount), to: target + length)
        guard field != .surface else { return length }
        return length
            &+ VByte.write(
                entry.totalFrequency == 1 ? entry.position : UInt32(truncatingIfNeeded: entry.positionsByteCount),
                to: target + length)
    }

    /// The bytes of the dictionary, of its index, and the terms by field.
    consuming func take() -> (
        dictionary: OwnedBytes, index: OwnedBytes, termCounts: (Int, Int, Int)
    ) {
        endField()
        var index = ByteSink(capacity: TermDictionary.indexByteCount(prefixes.count))
        for block in 0..<prefixes.count { index.append(prefixes[block]) }
        for block in 0..<offsets.count { index.append(offsets[block]) }
        var bytes = ByteSink(capacity: 0)
        swap(&bytes, &self.bytes)
        return (bytes.take(), index.take(), counts)
    }
}

internal import CKernels
internal import Glibc

/// A segment's terms in byte order, in prefix-compressed blocks of 32, with an index of the blocks.
///
/// ```
/// dictionary = block*                        the fields' one after another; a block holds one field
/// block      = postings start (5), positions start (5), entry*     32 entries, the field's last block fewer
/// entry      = lengths (1), [prefix length (1)], [suffix length (1)], suffix, facts
/// lengths    = prefix length << 4 | suffix length; 15 stands for "the next byte says it"
/// facts      = (df << 1 | more), [ttf - df], row, position | positions bytes           df = 1 (position if ttf = 1)
///            | (df << 1 | more), [ttf - df], postings bytes, positions bytes           df > 1; `more` if ttf > df
///            | (df << 1 | own), stem, [row | postings bytes]                           surface words
/// index      = first eight bytes of each block's first term, big-endian (8 x blocks), offsets (4 x blocks)
/// ```
///
/// Integers are vbytes but for the starts. A lookup is a binary search over eight-byte prefixes and a walk over half a
/// block: about a microsecond for a million terms. Safe on any bytes. Unsafe inside: raw memory, bounded.
struct TermDictionary {
    static let blockCount = 32

    let bytes: UnsafeRawBufferPointer
    private let index: UnsafeRawBufferPointer
    private let blockTotal: Int
    /// By field: terms, and the blocks before its first.
    private let counts: (Int, Int, Int)

    init(bytes: UnsafeRawBufferPointer, index: UnsafeRawBufferPointer, termCounts: (Int, Int, Int)) {
        self.bytes = bytes
        self.index = index
        counts = termCounts
        blockTotal = Self.blocks(counts.0) + Self.blocks(counts.1) + Self.blocks(counts.2)
    }

    /// Blocks of so many terms.
    static func blocks(_ count: Int) -> Int { (count + blockCount - 1) / blockCount }

    /// Bytes of an index of so many blocks.
    static func indexByteCount(_ blocks: Int) -> Int { blocks * 12 }

    /// The number of terms of a field.
    @inline(__always)
    func count(_ field: TermField) -> Int {
        switch field {
        case .combined: counts.0
        case .title: counts.1
        case .surface: counts.2
        }
    }

    /// The blocks of a field.
    @inline(__always)
    func blocks(_ field: TermField) -> Range<Int> {
        let first =
            switch field {
            case .combined: 0
            case .title: Self.blocks(counts.0)
            case .surface: Self.blocks(counts.0) + Self.blocks(counts.1)
            }
        return first..<first + Self.blocks(count(field))
    }

    /// The term with these bytes, if the field has it.
    func find(_ term: UnsafeRawBufferPointer, _ field: TermField) -> TermEntry? {
        lastBlock(notAfter: term, in: blocks(field)).flatMap { find(term, field, inBlock: $0) }
    }

    /// The term with these bytes, if the block has it.
    private func find(_ term: UnsafeRawBufferPointer, _ field: TermField, inBlock block: Int) -> TermEntry? {
        let blocks = blocks(field)
        var reader = reader(block)
        var matched = 0
        let remaining = min(Self.blockCount, count(field) - (block - blocks.lowerBound) * Self.blockCount)
        for place in 0..<remaining {
            let (prefix, suffix) = reader.key()
            if prefix < matched { return nil }
            var isFound = false
            if prefix == matched {
                var common = 0
                while common < suffix.count, matched < term.count, suffix[common] == term[matched] {
                    common += 1
                    matched += 1
                }
                if common < suffix.count, matched == term.count || suffix[common] > term[matched] { return nil }
                isFound = common == suffix.count && matched == term.count
            }
            if isFound {
                var entry = reader.facts(field)
                entry.ordinal = (block - blocks.lowerBound) * Self.blockCount + place
                return entry
            }
            reader.skipFacts(field)
        }
        return nil
    }

    /// Where a look-up stands.
    struct Place {
        /// The first eight bytes of the term.
        fileprivate let prefix: UInt64
        /// Those blocks begin with lesser ones that lie before the first of these, and none that lie behind the last.
        fileprivate var blocks: Range<Int>
    }

    /// The start of a look-up.
    func start(_ term: UnsafeRawBufferPointer, _ field: TermField) -> Place {
        Place(prefix: Self.prefix(term), blocks: blocks(field))
    }

    /// Narrows each place to no blocks: those before begin with lesser bytes, those behind do not.
    ///
    /// Asks memory for the block before.
    func narrow(_ places: UnsafeMutableBufferPointer<Place>) {
        var isDone = false
        while !isDone {
            isDone = true
            for place in places.indices where !places[place].blocks.isEmpty {
                let (low, count) = (places[place].blocks.lowerBound, places[place].blocks.count)
                let half = count &>> 1
                // A product instead of a choice, which would be guessed wrong every second time.
                let isLess = prefix(ofBlock: low &+ half) < places[place].prefix ? 1 : 0
                let next = low &+ isLess &* (half &+ 1)
                places[place].blocks = next..<next &+ half &- isLess &* (1 &- count & 1)
                isDone = false
            }
        }
        for place in places { prefetchOffset(place.blocks.lowerBound &- 1) }
        for place in places { reader(place.blocks.lowerBound &- 1).prefetch() }
    }

    /// The end of a look-up.
    func find(_ term: UnsafeRawBufferPointer, _ field: TermField, at place: Place) -> TermEntry? {
        let (first, blocks) = (place.blocks.lowerBound, blocks(field))
        var block = first - 1
        if first < blocks.upperBound, prefix(ofBlock: first) == place.prefix {
            block = lastBlock(notAfter: term, in: first..<blocks.upperBound) ?? block
        }
        return block < blocks.lowerBound ? nil : find(term, field, inBlock: block)
    }

    /// What is known of the term with this ordinal.
    func entry(_ ordinal: Int, _ field: TermField) -> TermEntry? {
        guard ordinal >= 0, ordinal < count(field) else { return nil }
        var reader = reader(blocks(field).lowerBound + ordinal / Self.blockCount)
        var entry = TermEntry()
        for place in 0...ordinal % Self.blockCount {
            _ = reader.key()
            if place < ordinal % Self.blockCount {
                reader.skipFacts(field)
            } else {
                entry = reader.facts(field)
            }
        }
        entry.ordinal = ordinal
        return entry
    }

    /// The bytes of the term with this ordinal.
    func term(_ ordinal: Int, _ field: TermField) -> [UInt8]? {
        guard ordinal >= 0, ordinal < count(field) else { return nil }
        var cursor = TermCursor(self, field)
        cursor.seek(block: ordinal / Self.blockCount)
        for _ in 0...ordinal % Self.blockCount {
            guard cursor.next() else { return nil }
        }
        return Array(cursor.term)
    }

    /// The last block whose first term is not above `term`.
    func lastBlock(notAfter term: UnsafeRawBufferPointer, in blocks: Range<Int>) -> Int? {
        let wanted = Self.prefix(term)
        var low = blocks.lowerBound
        var high = blocks.upperBound
        while low < high {
            let middle = (low &+ high) &>> 1
            let prefix = prefix(ofBlock: middle)
            if prefix < wanted || prefix == wanted && !isFirstTerm(ofBlock: middle, above: term) {
                low = middle &+ 1
            } else {
                high = middle
            }
        }
        return low > blocks.lowerBound ? low - 1 : nil
    }

    /// The first eight bytes of a term, as an integer that orders as they do.
    @inline(__always)
    static func prefix(_ term: UnsafeRawBufferPointer) -> UInt64 {
        let count = term.count
        if count >= 8 { return UInt64(bigEndian: term.loadUnaligned(as: UInt64.self)) }
        if count >= 4 {
            // Two loads that overlap: what the second repeats is shifted away.
            let head = UInt32(bigEndian: term.loadUnaligned(as: UInt32.self))
            let tail = UInt32(bigEndian: term.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
            return UInt64(head) &<< 32 | UInt64(tail) &<< UInt64(64 &- 8 &* count) & 0xFFFF_FFFF
        }
        var prefix: UInt64 = 0
        for place in 0..<count {
            prefix |= UInt64(term[place]) &<< UInt64(56 &- 8 &* place)
        }
        return prefix
    }

    @inline(__always)
    private func prefix(ofBlock block: Int) -> UInt64 {
        guard block &* 8 &+ 8 <= index.count else { return .max }
        return UInt64(littleEndian: index.loadUnaligned(fromByteOffset: block &* 8, as: UInt64.self))
    }

    private func isFirstTerm(ofBlock block: Int, above term: UnsafeRawBufferPointer) -> Bool {
        var reader = reader(block)
        let first = reader.key().suffix
        let common = min(first.count, term.count)
        let order =
            if let left = first.baseAddress, let right = term.baseAddress { memcmp(left, right, common) } else {
                Int32(0)
            }
        return order != 0 ? order > 0 : first.count > term.count
    }

    /// Has memory bring what says where a block begins.
    private func prefetchOffset(_ block: Int) {
        let place = blockTotal &* 8 &+ block &* 4
        guard block >= 0, place &+ 4 <= index.count, let base = index.baseAddress else { return }
        ck_prefetch(base + place)
    }

    /// A reader at the first entry of a block.
    @inline(__always)
    func reader(_ block: Int) -> TermBlockReader {
        let place = blockTotal &* 8 &+ block &* 4
        let isInside = block >= 0 && block < blockTotal && place &+ 4 <= index.count
        let offset =
            isInside ? Int(UInt32(littleEndian: index.loadUnaligned(fromByteOffset: place, as: UInt32.self))) : 0
        return TermBlockReader(bytes, offset: offset)
    }
}

internal import CKernels
internal import IndexCore

/// One term's postings in one segment: rows ascending, with frequencies and positions when they are asked for.
///
/// Two places move independently: the deep one (``row``), whose block is decoded as far as it is used, and the shallow
/// one (``shallowBlock``), which looks only at the skip data. A plain struct over memory its owner lends, so that a
/// pool of cursors costs no reference counting. The segment must outlive it.
///
/// Safe on any bytes: what is read is checked against the section once per block, and rows always ascend and lie below
/// the segment's row count. Damaged postings give wrong rows, or fewer, never others' memory.
struct PostingsCursor {
    /// What a cursor's scratch memory must hold, in values; 64-byte alignment is best.
    static let scratchCount = 3 * PostingsFormat.blockCount

    /// Rows that hold the term, dead ones included.
    let documentFrequency: Int
    /// Blocks of 128 rows, the last one shorter.
    let blockCount: Int
    /// Whether blocks have impacts and last rows of their own: from 128 rows on.
    ///
    /// A term without them has one block, decoded from the start.
    let hasSkipData: Bool

    /// Before the first posting 0 and meaningless, at it the row, after the last `UInt32.max`.
    private(set) var row: UInt32 = 0
    /// The block ``row`` lies in; -1 before the first, ``blockCount`` after the last.
    private(set) var block = -1
    /// The last row of ``block``.
    private(set) var blockLastRow: UInt32 = 0
    /// The number of rows of ``block``.
    private(set) var count = 0
    /// The place of ``row`` in ``rows``: valid after ``loadRows()``.
    private(set) var index = 0
    /// The shallow place; never behind ``block``.
    var shallowBlock = 0

    /// Rows of ``block``: valid after ``loadRows()``.
    let rows: UnsafeMutablePointer<UInt32>
    /// Their frequencies: valid after ``loadFrequencies()``.
    let frequencies: UnsafeMutablePointer<UInt32>

    let skip: UnsafeRawPointer
    let layout: SkipDataLayout
    private let blocks: UnsafeRawPointer
    private let blocksByteCount: Int
    let positionBytes: UnsafeRawBufferPointer
    let rowLimit: UInt32
    /// Whether the dictionary holds the term's only position, which is the first of ``positionEnds`` then.
    private(set) var isOnly = false

    private var isBitmap = false
    private var isExpanded = false
    private var hasFrequencies = false
    /// The bitmap, or nothing of meaning.
    private var bitmap: UnsafeRawPointer
    private var wordCount = 0
    /// The row of the bitmap's first bit.
    private var firstBitRow: UInt32 = 0
    private(set) var frequencyBits: UnsafeRawPointer
    private(set) var frequencyWidth = 0
    /// How wide this machine's vectors are.
    let level = VectorKernels.level.rawValue

    /// How many positions the rows of ``positionBlock`` have up to each place, its own included.
    let positionEnds: UnsafeMutablePointer<UInt32>
    var positionBlock = -1

    /// A cursor before the first of the postings in `postings`.
    /// - Parameters:
    ///   - documentFrequency: How many there are said to be.
    ///   - positions: The term's positions, padded by ``paddingByteCount``; nothing in a field without.
    ///   - rowLimit: The segment's number of rows.
    ///   - scratch: ``scratchCount`` values, this cursor's alone.
    init(
        _ postings: UnsafeRawBufferPointer, documentFrequency: Int, positions: UnsafeRawBufferPointer,
        hasPositions: Bool, rowLimit: UInt32, scratch: UnsafeMutablePointer<UInt32>
    ) {
        let frequency = max(0, min(documentFrequency, Int(rowLimit)))
        let blockCount = PostingsFormat.blocks(frequency)
        let layout = SkipDataLayout(blockCount: blockCount, hasPositions: hasPositions)
        let hasSkipData = frequency >= PostingsFormat.blockCount
        let skipByteCount = hasSkipData ? layout.byteCount : 0
        rows = scratch
        frequencies = scratch + PostingsFormat.blockCount
        positionEnds = scratch + 2 * PostingsFormat.blockCount
        self.rowLimit = rowLimit
        self.layout = layout
        self.hasSkipData = hasSkipData
        positionBytes = positions
        // A pointer is needed even where nothing will be read.
        let base = postings.baseAddress ?? UnsafeRawPointer(scratch)
        skip = base
        bitmap = base
        frequencyBits = base
        guard frequency > 0, skipByteCount <= postings.count else {
            self.documentFrequency = 0
            self.blockCount = 0
            blocks = base
            blocksByteCount = 0
            exhaust()
            return
        }
        blocks = base + skipByteCount
        blocksByteCount = postings.count - skipByteCount
        self.documentFrequency = frequency
        self.blockCount = blockCount
        if !hasSkipData {
            decodeTail(frequency, at: 0, after: .max)
            if count == 0 { exhaust() }
        }
    }

    /// A cursor before a term's only posting.
    /// - Parameter position: Its only position; `UInt32.max` if it has several, which `positions` holds.
    init(
        row only: UInt32, frequency: UInt32, position: UInt32, positions: UnsafeRawBufferPointer, rowLimit: UInt32,
        scratch: UnsafeMutablePointer<UInt32>
    ) {
        self.init(
            UnsafeRawBufferPointer(start: nil, count: 0), documentFrequency: only < rowLimit ? 1 : 0,
            positions: positions, hasPositions: true, rowLimit: rowLimit, scratch: scratch)
        guard only < rowLimit else { return }
        rows[0] = only
        frequencies[0] = max(1, frequency)
        if position != .max {
            positionEnds[0] = position.littleEndian
            positionEnds[1] = 0
            isOnly = true
        }
        count = 1
        blockLastRow = only
        block = -1
        row = 0
        shallowBlock = 0
    }

    // MARK: The deep place

    /// Moves to the first row not below `target`, unless the place is there already.
    @inline(__always)
    mutating func advance(to target: UInt32) {
        if block >= 0, row >= target { return }
        if block < 0 || blockLastRow < target {
            var start = block &+ 1
            // The shallow place is a good guess, unless it has gone beyond.
            if shallowBlock > start, shallowBlock < blockCount, lastRow(ofBlock: shallowBlock &- 1) < target {
                start = shallowBlock
            }
            let next = firstBlock(from: start, reaching: target)
            guard next < blockCount else {
                exhaust()
                return
            }
            shallowBlock = max(shallowBlock, next)
            enter(next)
        }
        if isBitmap {
            advanceInBitmap(to: target)
        } else {
            index = min(placeOfFirst(notBelow: target), count &- 1)
            row = rows[index]
        }
    }

    /// Moves to the next row.
    @inline(__always)
    mutating func next() {
        if block >= 0, row < blockLastRow {
            if isBitmap, !isExpanded {
                advanceInBitmap(to: row &+ 1)
            } else {
                move(to: index &+ 1)
            }
        } else {
            nextBlock()
        }
    }

    /// Moves to the first row of the next block; false, and exhausted, if there is none.
    @inline(__always)
    @discardableResult
    mutating func nextBlock() -> Bool {
        let next = block &+ 1
        // In a damaged list blocks may go back.
        guard next < blockCount, next == 0 || !hasSkipData || lastRow(ofBlock: next) > blockLastRow else {
            exhaust()
            return false
        }
        enter(next)
        shallowBlock = max(shallowBlock, next)
        if isBitmap {
            advanceInBitmap(to: firstBitRow)
        } else {
            row = rows[0]
        }
        return true
    }

    /// Moves to a place of the present block; ``loadRows()`` must have been called, `place` lie below ``count``.
    @inline(__always)
    mutating func move(to place: Int) {
        index = place
        row = rows[place]
    }

    /// Makes ``rows`` and ``index`` valid for the present block.
    @inline(__always)
    mutating func loadRows() {
        if isBitmap, !isExpanded { expandBitmap() }
    }

    /// Makes ``frequencies`` valid for the present block.
    @inline(__always)
    mutating func loadFrequencies() {
        guard !hasFrequencies else { return }
        ck_unpack_plus_one(
            frequencyBits.assumingMemoryBound(to: UInt8.self), Int32(truncatingIfNeeded: frequencyWidth), frequencies)
        hasFrequencies = true
    }

    /// The place of the present row in its block, whether ``rows`` is valid or not.
    @inline(__always)
    var place: Int { isBitmap && !isExpanded ? rank(of: row) : index }

    /// How often the present row holds the term; read without decoding the block.
    @inline(__always)
    var frequency: UInt32 {
        if frequencyWidth == 0, !hasFrequencies { return 1 }
        let place = place
        if hasFrequencies { return frequencies[place] }
        let bit = (place &>> 2) &* frequencyWidth
        let word = frequencyBits + ((bit &>> 5) &<< 4) + ((place & 3) &<< 2)
        let shift = UInt32(truncatingIfNeeded: bit & 31)
        var value = UInt32(littleEndian: word.loadUnaligned(as: UInt32.self)) &>> shift
        if Int(shift) &+ frequencyWidth > 32 {
            value |= UInt32(littleEndian: word.loadUnaligned(fromByteOffset: 16, as: UInt32.self)) &<< (32 &- shift)
        }
        let mask = UInt32(truncatingIfNeeded: (1 as UInt64) &<< UInt64(frequencyWidth) &- 1)
        return (value & mask) &+ 1
    }

    @inline(__always)
    private mutating func exhaust() {
        block = blockCount
        shallowBlock = blockCount
        row = .max
        blockLastRow = .max
        count = 0
    }
}

// MARK: Decoding

extension PostingsCursor {
    /// Makes `block` the present one: its rows are decoded, unless they are a bitmap.
    @inline(__always)
    private mutating func enter(_ next: Int) {
        guard next != block else { return }
        block = next
        index = 0
        guard hasSkipData else {
            row = rows[0]
            return
        }
        isBitmap = false
        isExpanded = false
        hasFrequencies = false
        let previous = next == 0 ? UInt32.max : lastRow(ofBlock: next &- 1)
        blockLastRow = lastRow(ofBlock: next)
        let offset = Int(
            UInt32(littleEndian: skip.loadUnaligned(fromByteOffset: layout.offset(next), as: UInt32.self)))
        let tail = documentFrequency & (PostingsFormat.blockCount - 1)
        if next == blockCount &- 1, tail != 0 {
            let last = blockLastRow
            decodeTail(tail, at: offset, after: previous)
            if count == 0 || blockLastRow != last { becomeLastRow(last) }
            return
        }
        count = PostingsFormat.blockCount
        guard offset &+ 2 <= blocksByteCount else { return becomeLastRow(blockLastRow) }
        let form = (blocks + offset).load(as: UInt8.self)
        frequencyWidth = Int((blocks + offset).load(fromByteOffset: 1, as: UInt8.self))
        let isBitmap = form & PostingsFormat.bitmapFlag != 0
        let width = Int(form & ~PostingsFormat.bitmapFlag)
        let rowBytes = isBitmap ? width &* 8 : width &* 16
        guard frequencyWidth <= 32, offset &+ 2 &+ rowBytes &+ 16 &* frequencyWidth <= blocksByteCount else {
            return becomeLastRow(blockLastRow)
        }
        let bytes = blocks + offset + 2
        frequencyBits = bytes + rowBytes
        if isBitmap {
            firstBitRow = previous &+ 1
            bitmap = bytes
            wordCount = width
            self.isBitmap = true
            if !isWholeBitmap() { becomeLastRow(blockLastRow) }
        } else {
            guard width <= PostingsFormat.maximumGapWidth else { return becomeLastRow(blockLastRow) }
            ck_unpack_rows(
                bytes.assumingMemoryBound(to: UInt8.self), Int32(truncatingIfNeeded: width), previous, rows)
            // Gaps of 24 bits cannot overflow, so the rows ascend, and the last one bounds them all.
            guard rows[PostingsFormat.blockCount &- 1] == blockLastRow else { return becomeLastRow(blockLastRow) }
            row = rows[0]
        }
    }

    /// What a damaged block is taken for: its last row, once.
    @inline(never)
    private mutating func becomeLastRow(_ last: UInt32) {
        isBitmap = false
        hasFrequencies = true
        count = 1
        rows[0] = last
        frequencies[0] = 1
        blockLastRow = last
        row = last
    }

    /// Reads vbytes until `postingCount` rows are there, or the bytes end or make no sense.
    private mutating func decodeTail(_ postingCount: Int, at offset: Int, after previous: UInt32) {
        var reader = VByteReader(blocks, offset: offset, end: blocksByteCount)
        var previous = Int(Int32(bitPattern: previous))
        count = 0
        while count < postingCount {
            let entry = reader.next()
            let next = previous &+ Int(entry &>> 1) &+ 1
            guard next < Int(rowLimit), !reader.isPastEnd else { break }
            let frequency = entry & 1 == 1 ? 1 : reader.next() &+ 1
            guard !reader.isPastEnd else { break }
            rows[count] = UInt32(truncatingIfNeeded: next)
            frequencies[count] = max(1, frequency)
            count &+= 1
            previous = next
        }
        hasFrequencies = true
        frequencyWidth = 32
        if count > 0 {
            blockLastRow = rows[count &- 1]
            row = hasSkipData ? rows[0] : 0
        }
    }

    // MARK: Bitmaps

    /// Whether the bitmap has 128 rows and ends with the block's last.
    @inline(__always)
    private func isWholeBitmap() -> Bool {
        guard wordCount > 0 else { return false }
        let bits = ck_bits_below(level, bitmap.assumingMemoryBound(to: UInt8.self), wordCount &<< 6)
        let top = 63 &- self.word(wordCount &- 1).leadingZeroBitCount
        let last = firstBitRow &+ UInt32(truncatingIfNeeded: (wordCount &- 1) &<< 6) &+ UInt32(truncatingIfNeeded: top)
        return bits == PostingsFormat.blockCount && top >= 0 && last == blockLastRow
    }

    @inline(__always)
    private func word(_ place: Int) -> UInt64 {
        UInt64(littleEndian: bitmap.loadUnaligned(fromByteOffset: place &<< 3, as: UInt64.self))
    }

    /// Moves to the first row of the bitmap not below `target`, which the bitmap's last row is not.
    @inline(__always)
    private mutating func advanceInBitmap(to target: UInt32) {
        let bit = target > firstBitRow ? Int(target &- firstBitRow) : 0
        var place = bit &>> 6
        var bits = word(place) & (~0 &<< UInt64(truncatingIfNeeded: bit & 63))
        while bits == 0 {
            place &+= 1
            bits = word(place)
        }
        row = firstBitRow &+ UInt32(truncatingIfNeeded: place &<< 6 &+ bits.trailingZeroBitCount)
        if isExpanded { index = rank(of: row) }
    }

    /// How many rows of the bitmap lie below `row`, one of them.
    @inline(__always)
    private func rank(of row: UInt32) -> Int {
        ck_bits_below(level, bitmap.assumingMemoryBound(to: UInt8.self), Int(row &- firstBitRow))
    }

    private mutating func expandBitmap() {
        var place = 0
        for wordPlace in 0..<wordCount {
            var bits = word(wordPlace)
            let base = firstBitRow &+ UInt32(truncatingIfNeeded: wordPlace &<< 6)
            while bits != 0 {
                rows[place] = base &+ UInt32(truncatingIfNeeded: bits.trailingZeroBitCount)
                place &+= 1
                bits &= bits &- 1
            }
        }
        isExpanded = true
        index = rank(of: row)
    }
}

internal import CKernels

/// Positions, read only where they are asked for.
extension PostingsCursor {
    /// Bytes a reader of positions may look at beyond the last.
    static let paddingByteCount = 8

    /// Puts the positions of the present row into `buffer`, ascending, in place of what it held.
    mutating func positions(into buffer: inout PositionBuffer) {
        buffer.removeAll()
        var stream = positionStream()
        let count = stream.left
        guard count > 0 else { return }
        let target = buffer.room(count)
        for place in 0..<count { target[place] = stream.next() }
    }

    /// The positions of the present row, ascending, each read when it is asked for.
    ///
    /// Sums up the frequencies of its block once, and decodes no rows.
    @inline(__always)
    mutating func positionStream() -> PositionStream {
        if isOnly {
            let reader = PositionReader(bytes: UnsafeRawPointer(positionEnds), width: 32, bit: 0, bitCount: 32)
            return PositionStream(reader: reader, left: 1)
        }
        if positionBlock != block { sumFrequencies() }
        let place = place
        let before = place == 0 ? 0 : positionEnds[place &- 1]
        guard let reader = positionReader(skipping: Int(before)) else {
            return PositionStream(
                reader: PositionReader(bytes: UnsafeRawPointer(positionEnds), width: 32, bit: 0, bitCount: 0), left: 0)
        }
        let wanted = Int(positionEnds[place] &- before)
        return PositionStream(reader: reader, left: reader.has(wanted) ? wanted : reader.remaining)
    }

    /// Makes ``positionEnds`` valid for the present block.
    private mutating func sumFrequencies() {
        positionBlock = block
        guard count != PostingsFormat.blockCount else {
            // Rows are sums of gaps and 1, ends are sums of frequencies: the bits are the same.
            ck_unpack_rows(
                frequencyBits.assumingMemoryBound(to: UInt8.self), Int32(truncatingIfNeeded: frequencyWidth), 0,
                positionEnds)
            return
        }
        var sum: UInt32 = 0
        for place in 0..<count {
            sum &+= frequencies[place]
            positionEnds[place] = sum
        }
    }

    /// Asks for the memory in which the present block's positions begin.
    @inline(__always)
    func prefetchPositions() {
        guard hasSkipData, layout.hasPositions, block < blockCount, let base = positionBytes.baseAddress else { return }
        let stored = skip.loadUnaligned(fromByteOffset: layout.positionOffset(block), as: UInt32.self)
        // Wherever that is: asking for memory that is not there does nothing.
        ck_prefetch_lines(base + Int(UInt32(littleEndian: stored)), 192)
    }

    /// A reader of the present block's positions, past the first `count` of them.
    @inline(__always)
    func positionReader(skipping count: Int) -> PositionReader? {
        let offset =
            hasSkipData
            ? Int(
                UInt32(littleEndian: skip.loadUnaligned(fromByteOffset: layout.positionOffset(block), as: UInt32.self)))
            : 0
        let end = positionBytes.count &- Self.paddingByteCount
        guard layout.hasPositions, offset < end, let base = positionBytes.baseAddress else { return nil }
        let width = Int((base + offset).load(as: UInt8.self))
        guard width >= 1, width <= 32 else { return nil }
        return PositionReader(
            bytes: base + offset + 1, width: width, bit: count &* width, bitCount: (end &- offset &- 1) &* 8)
    }
}

/// The positions of one row, ascending.
struct PositionStream {
    private var reader: PositionReader
    /// How many have not been read yet.
    private(set) var left: Int
    private var position: UInt32 = 0

    init(reader: PositionReader, left: Int) {
        self.reader = reader
        self.left = left
    }

    /// The next position; there must be one.
    @inline(__always)
    mutating func next() -> UInt32 {
        left &-= 1
        position &+= reader.next()
        return position
    }
}

/// Reads integers of one width, one after another; ``remaining`` says how many there are.
struct PositionReader {
    let bytes: UnsafeRawPointer
    let width: Int
    private(set) var bit: Int
    let bitCount: Int

    init(bytes: UnsafeRawPointer, width: Int, bit: Int, bitCount: Int) {
        self.bytes = bytes
        self.width = width
        self.bit = bit
        self.bitCount = bitCount
    }

    var remaining: Int { max(0, bitCount &- bit) / width }

    /// Whether ``remaining`` is at least `count`, which is below 2^32: told without dividing.
    @inline(__always)
    func has(_ count: Int) -> Bool { count &* width <= bitCount &- bit }

    @inline(__always)
    mutating func next() -> UInt32 {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
        let mask = (1 as UInt64) &<< UInt64(truncatingIfNeeded: width) &- 1
        let value = UInt32(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: bit & 7) & mask)
        bit &+= width
        return value
    }

    /// Reads the next `count` integers into `target`; there must be as many.
    @inline(__always)
    mutating func read(_ count: Int, into target: UnsafeMutablePointer<UInt32>) {
        let mask = (1 as UInt64) &<< UInt64(truncatingIfNeeded: width) &- 1
        var bit = bit
        for place in 0..<count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
            target[place] = UInt32(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: bit & 7) & mask)
            bit &+= width
        }
        self.bit = bit
    }

    /// Calls `body` with all bits there are, 32 at a time, the last time those left and how many.
    @inline(__always)
    mutating func forEachWord(_ body: (_ word: UInt32, _ bitCount: Int) -> Void) {
        while bit < bitCount {
            let count = min(32, bitCount &- bit)
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
            let mask = (1 as UInt64) &<< UInt64(truncatingIfNeeded: count) &- 1
            body(UInt32(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: bit & 7) & mask), count)
            bit &+= count
        }
    }
}

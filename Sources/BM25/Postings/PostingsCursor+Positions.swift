internal import CKernels

/// Positions, read only where they are asked for.
extension PostingsCursor {
    /// Bytes a reader of positions may look at beyond the last.
    static let paddingByteCount = 8

    /// Puts the positions of the present row into `buffer`, ascending, in place of what it held.
    ///
    /// Decodes the block's frequencies once, and no rows; going on in a block counts on from the row before.
    mutating func positions(into buffer: inout PositionBuffer) {
        buffer.removeAll()
        if onlyPosition != .max {
            buffer.room(1)[0] = onlyPosition
            return
        }
        let index = place
        loadFrequencies()
        if positionBlock != block || positionIndex > index {
            positionBlock = block
            positionIndex = 0
            positionsBefore = 0
        }
        // A sum of plain numbers, many at a time.
        var passed: UInt32 = 0
        let frequencies = UnsafePointer(frequencies)
        for place in positionIndex..<index { passed &+= frequencies[place] }
        positionsBefore &+= Int(passed)
        positionIndex = index
        guard var reader = positionReader(skipping: positionsBefore) else { return }
        var wanted = Int(frequencies[index])
        if !reader.has(wanted) { wanted = reader.remaining }
        guard wanted > 0 else { return }
        let target = buffer.room(wanted)
        var position: UInt32 = 0
        for place in 0..<wanted {
            position &+= reader.next()
            target[place] = position
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

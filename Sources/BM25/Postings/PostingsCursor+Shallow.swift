/// The shallow place: what skip data say without a block being decoded.
extension PostingsCursor {
    /// Moves the shallow place forward to the first block that may hold `target` or a row above it.
    /// - Returns: false if there is none; ``shallowBlock`` is ``blockCount`` then.
    @inline(__always)
    mutating func shallowAdvance(to target: UInt32) -> Bool {
        shallowBlock = firstBlock(from: max(shallowBlock, block, 0), reaching: target)
        return shallowBlock < blockCount
    }

    /// The first block from `start` on whose last row is not below `target`; ``blockCount`` if there is none.
    @inline(__always)
    func firstBlock(from start: Int, reaching target: UInt32) -> Int {
        var low = start
        guard low < blockCount else { return blockCount }
        if lastRow(ofBlock: low) >= target { return low }
        var step = 1
        low &+= 1
        while low &+ step < blockCount, lastRow(ofBlock: low &+ step) < target {
            low &+= step
            step &<<= 1
        }
        var high = min(low &+ step, blockCount)
        while low < high {
            let middle = (low &+ high) &>> 1
            if lastRow(ofBlock: middle) < target {
                low = middle &+ 1
            } else {
                high = middle
            }
        }
        // In a damaged list the last rows need not ascend.
        return low < blockCount && lastRow(ofBlock: low) >= target ? low : blockCount
    }

    /// The last row of a block, which must exist.
    @inline(__always)
    func lastRow(ofBlock block: Int) -> UInt32 {
        guard hasSkipData else { return count > 0 ? rows[count &- 1] : 0 }
        let stored = skip.loadUnaligned(fromByteOffset: layout.lastRow(block), as: UInt32.self)
        return min(UInt32(littleEndian: stored), rowLimit &- 1)
    }

    /// The impacts of a block, which must exist: four pairs of 16 bits, the frequency in the low byte (255 stands for
    /// more as well), the norm in the high one; pairs of frequency 0 say nothing.
    @inline(__always)
    func impacts(ofBlock block: Int) -> UInt64 {
        guard hasSkipData else { return PostingsFormat.unknownImpacts }
        return UInt64(littleEndian: skip.loadUnaligned(fromByteOffset: layout.impacts(block), as: UInt64.self))
    }

    /// The impacts of blocks 32 `group` to 32 `group` + 31, as far as they exist.
    @inline(__always)
    func impacts(ofGroup group: Int) -> UInt64 {
        guard hasSkipData else { return PostingsFormat.unknownImpacts }
        return UInt64(littleEndian: skip.loadUnaligned(fromByteOffset: layout.groupImpacts(group), as: UInt64.self))
    }

    /// The greatest value `table` has for an impact of a block.
    ///
    /// `table` holds 32 x 256 values at `min(frequency, 31) << 8 | norm`; row 31 bounds all greater frequencies.
    @inline(__always)
    func maximumPart(ofBlock block: Int, _ table: UnsafePointer<Float>) -> Float {
        Self.maximum(impacts(ofBlock: block), table)
    }

    /// The greatest value `table` has for an impact of a group of 32 blocks, which must exist.
    @inline(__always)
    func maximumPart(ofGroup group: Int, _ table: UnsafePointer<Float>) -> Float {
        Self.maximum(impacts(ofGroup: group), table)
    }

    /// The greatest value `table` has for an impact of the blocks from `block` to the one that reaches `row`.
    @inline(__always)
    func maximumPart(from block: Int, through row: UInt32, _ table: UnsafePointer<Float>) -> Float {
        var best: Float = 0
        var block = block
        while block < blockCount {
            if block & 31 == 0, block &+ 32 <= blockCount, lastRow(ofBlock: block &+ 31) < row {
                best = Self.greater(best, Self.maximum(impacts(ofGroup: block &>> 5), table))
                block &+= 32
                continue
            }
            best = Self.greater(best, maximumPart(ofBlock: block, table))
            if lastRow(ofBlock: block) >= row { break }
            block &+= 1
        }
        return best
    }

    /// The greatest value `table` has for any impact of the term.
    func maximumPart(_ table: UnsafePointer<Float>) -> Float {
        maximumPart(from: 0, through: .max, table)
    }

    /// The greatest of up to four impacts; one that is not there has frequency 0, of which the share is 0.
    ///
    /// All four are looked up: how many there are is guessed wrong too often.
    @inline(__always)
    private static func maximum(_ impacts: UInt64, _ table: UnsafePointer<Float>) -> Float {
        greater(
            greater(part(impacts, table), part(impacts &>> 16, table)),
            greater(part(impacts &>> 32, table), part(impacts &>> 48, table)))
    }

    @inline(__always)
    private static func part(_ impact: UInt64, _ table: UnsafePointer<Float>) -> Float {
        let frequency = min(Int(truncatingIfNeeded: impact & 0xFF), ImpactBounds.frequencyCount &- 1)
        return table[frequency &<< 8 | Int(truncatingIfNeeded: impact &>> 8 & 0xFF)]
    }

    /// One instruction, which `max` of numbers that might be none is not.
    @inline(__always)
    private static func greater(_ one: Float, _ other: Float) -> Float { one > other ? one : other }
}

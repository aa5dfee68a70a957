/// Reads one term's postings block by block.
///
/// Unsafe inside: it walks bytes its segment wrote.
struct PostingsCursor {
    /// How many passages of the segment hold the term.
    let documentFrequency: Int
    private var bytes: UnsafePointer<UInt8>
    private var undecoded: Int
    private var lastRow = UInt32.max

    /// The decoded block.
    let rows: UnsafeMutablePointer<UInt32>
    let frequencies: UnsafeMutablePointer<UInt32>
    private(set) var count = 0
    /// The place in the decoded block; its holder moves it.
    var index = 0

    /// A cursor before the first block of the postings at `bytes`; `buffer` holds two blocks of values.
    init(_ bytes: UnsafePointer<UInt8>, buffer: UnsafeMutablePointer<UInt32>) {
        var position = bytes
        documentFrequency = Self.readVByte(&position)
        self.bytes = position
        undecoded = documentFrequency
        rows = buffer
        frequencies = buffer + PostingsCodec.blockCount
    }

    /// Values a buffer must hold.
    static let bufferCount = 2 * PostingsCodec.blockCount

    /// The number of postings at `bytes`, without reading them.
    static func documentFrequency(_ bytes: UnsafePointer<UInt8>) -> Int {
        var position = bytes
        return readVByte(&position)
    }

    /// Decodes the next block; false when there is none.
    mutating func nextBlock() -> Bool {
        guard undecoded > 0 else { return false }
        count = min(undecoded, PostingsCodec.blockCount)
        undecoded -= count
        index = 0
        let gapWidth = Int(bytes[0])
        let frequencyWidth = Int(bytes[1])
        bytes += 2
        var row = lastRow
        if gapWidth == 0 {
            for place in 0..<count {
                row &+= 1
                rows[place] = row
            }
        } else {
            Self.unpack(bytes, width: gapWidth, count: count, into: rows)
            for place in 0..<count {
                row = row &+ rows[place] &+ 1
                rows[place] = row
            }
            bytes += (count * gapWidth + 7) / 8
        }
        lastRow = row
        if frequencyWidth == 0 {
            frequencies.update(repeating: 1, count: count)
        } else {
            Self.unpack(bytes, width: frequencyWidth, count: count, into: frequencies)
            for place in 0..<count {
                frequencies[place] &+= 1
            }
            bytes += (count * frequencyWidth + 7) / 8
        }
        return true
    }

    /// Reads `count` values of `width` bits, 1 to 32; may write up to 7 values more, inside the block's buffer, and
    /// look at up to ``PostingsCodec/paddingByteCount`` bytes beyond the last value.
    ///
    /// Widths up to 8 are most of all blocks: eight values fill `width` whole bytes, so one load serves eight, and a
    /// width the compiler knows makes the shifts constants.
    @inline(__always)
    private static func unpack(
        _ bytes: UnsafePointer<UInt8>, width: Int, count: Int, into values: UnsafeMutablePointer<UInt32>
    ) {
        switch width {
        case 1: unpackEights(bytes, width: 1, count: count, into: values)
        case 2: unpackEights(bytes, width: 2, count: count, into: values)
        case 3: unpackEights(bytes, width: 3, count: count, into: values)
        case 4: unpackEights(bytes, width: 4, count: count, into: values)
        case 5: unpackEights(bytes, width: 5, count: count, into: values)
        case 6: unpackEights(bytes, width: 6, count: count, into: values)
        case 7: unpackEights(bytes, width: 7, count: count, into: values)
        case 8: unpackEights(bytes, width: 8, count: count, into: values)
        default: unpackSingly(bytes, width: width, count: count, into: values)
        }
    }

    @inline(__always)
    private static func unpackEights(
        _ bytes: UnsafePointer<UInt8>, width: Int, count: Int, into values: UnsafeMutablePointer<UInt32>
    ) {
        let raw = UnsafeRawPointer(bytes)
        let mask: UInt64 = (1 &<< UInt64(width)) &- 1
        for group in 0..<(count &+ 7) &>> 3 {
            let word = raw.loadUnaligned(fromByteOffset: group &* width, as: UInt64.self)
            let target = values + group &* 8
            target[0] = UInt32(truncatingIfNeeded: word & mask)
            target[1] = UInt32(truncatingIfNeeded: (word &>> UInt64(width)) & mask)
            target[2] = UInt32(truncatingIfNeeded: (word &>> UInt64(2 &* width)) & mask)
            target[3] = UInt32(truncatingIfNeeded: (word &>> UInt64(3 &* width)) & mask)
            target[4] = UInt32(truncatingIfNeeded: (word &>> UInt64(4 &* width)) & mask)
            target[5] = UInt32(truncatingIfNeeded: (word &>> UInt64(5 &* width)) & mask)
            target[6] = UInt32(truncatingIfNeeded: (word &>> UInt64(6 &* width)) & mask)
            target[7] = UInt32(truncatingIfNeeded: (word &>> UInt64(7 &* width)) & mask)
        }
    }

    private static func unpackSingly(
        _ bytes: UnsafePointer<UInt8>, width: Int, count: Int, into values: UnsafeMutablePointer<UInt32>
    ) {
        let raw = UnsafeRawPointer(bytes)
        let mask: UInt64 = (1 &<< UInt64(width)) &- 1
        var bit = 0
        for place in 0..<count {
            let word = raw.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self)
            values[place] = UInt32(truncatingIfNeeded: (word &>> UInt64(bit & 7)) & mask)
            bit &+= width
        }
    }

    private static func readVByte(_ position: inout UnsafePointer<UInt8>) -> Int {
        var value = 0
        var shift = 0
        while position[0] >= 0x80 {
            value |= Int(position[0] & 0x7F) << shift
            shift += 7
            position += 1
        }
        value |= Int(position[0]) << shift
        position += 1
        return value
    }
}

/// Reads one term's postings block by block. Unsafe inside: it walks bytes its segment wrote.
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

    /// Reads `count` values of `width` bits, 1 to 32. Looks at up to 7 bytes beyond the last value.
    @inline(__always)
    private static func unpack(
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

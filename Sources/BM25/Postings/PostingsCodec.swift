/// How one term's postings lie in bytes.
///
/// ```
/// postings  = documentFrequency (vbyte), block*
/// block     = gapWidth (byte), frequencyWidth (byte), gaps, frequencies     up to 128 postings
/// gaps      = (row - previous row - 1), each in gapWidth bits, padded to a byte; the row before the first is -1
/// frequencies = (frequency - 1), each in frequencyWidth bits, padded to a byte
/// ```
///
/// Bits run from the lowest of the first byte up. Example: rows 3, 4, 9 with frequencies 1, 2, 1 are
/// `03 | 03 01 | 03 01 | 02`: gaps 3, 0, 4 in three bits each, then 0, 1, 0 in one bit each.
enum PostingsCodec {
    static let blockCount = 128
    /// Bytes a reader may look at beyond the last posting; every postings array ends with so many zeros.
    static let paddingByteCount = 16
}

/// Writes postings, term after term, into one byte array.
struct PostingsEncoder {
    private(set) var bytes: [UInt8] = []

    init(reservingCapacity capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// Appends one term's postings: rows ascending, frequencies at least 1, equally many.
    mutating func append(rows: UnsafeBufferPointer<UInt32>, frequencies: UnsafeBufferPointer<UInt32>) {
        appendVByte(UInt32(rows.count))
        var previous = UInt32.max
        var start = 0
        while start < rows.count {
            let end = min(start + PostingsCodec.blockCount, rows.count)
            var gapBits: UInt32 = 0
            var frequencyBits: UInt32 = 0
            var last = previous
            for index in start..<end {
                gapBits |= rows[index] &- last &- 1
                frequencyBits |= frequencies[index] &- 1
                last = rows[index]
            }
            let gapWidth = 32 - gapBits.leadingZeroBitCount
            let frequencyWidth = 32 - frequencyBits.leadingZeroBitCount
            bytes.append(UInt8(gapWidth))
            bytes.append(UInt8(frequencyWidth))
            if gapWidth > 0 {
                pack(width: gapWidth, start..<end) { index in
                    let gap = rows[index] &- previous &- 1
                    previous = rows[index]
                    return gap
                }
            }
            if frequencyWidth > 0 {
                pack(width: frequencyWidth, start..<end) { frequencies[$0] &- 1 }
            }
            previous = last
            start = end
        }
    }

    /// Appends one term's postings, as the other overload does.
    mutating func append(rows: [UInt32], frequencies: [UInt32]) {
        rows.withUnsafeBufferPointer { rows in
            frequencies.withUnsafeBufferPointer { append(rows: rows, frequencies: $0) }
        }
    }

    /// The bytes with the padding readers need.
    consuming func finish() -> [UInt8] {
        bytes.append(contentsOf: repeatElement(0, count: PostingsCodec.paddingByteCount))
        return bytes
    }

    @inline(__always)
    private mutating func pack(width: Int, _ indices: Range<Int>, _ value: (Int) -> UInt32) {
        var pending: UInt64 = 0
        var pendingCount = 0
        for index in indices {
            pending |= UInt64(value(index)) &<< UInt64(pendingCount)
            pendingCount += width
            while pendingCount >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: pending))
                pending &>>= 8
                pendingCount -= 8
            }
        }
        if pendingCount > 0 {
            bytes.append(UInt8(truncatingIfNeeded: pending))
        }
    }

    private mutating func appendVByte(_ value: UInt32) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }
}

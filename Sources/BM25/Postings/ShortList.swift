internal import Glibc

/// Fewer than 128 postings of one term as they lie in a segment, all of whose rows stay when it is merged.
///
/// Such lists are joined without being decoded into arrays: gaps do not change but for the first of each list, positions
/// are moved as bits.
struct ShortList {
    /// Rows and occurrences.
    let documentFrequency: Int
    let totalFrequency: Int
    /// The only row; the only position.
    let row: UInt32
    let position: UInt32
    /// The vbytes of two rows or more.
    let postings: UnsafeRawBufferPointer
    /// The block of two positions or more.
    let positions: UnsafeRawBufferPointer
    /// Rows of the segment, and where the first of them goes.
    let rowCount: Int
    let firstRow: UInt32
}

extension PostingsEncoder {
    /// Appends lists as one, of fewer than 128 rows together; `entry` is told of all but the offsets.
    ///
    /// Lists follow one another: the rows of one go before those of the next.
    /// - Returns: false if a list is not what an encoder makes; nothing is appended then.
    @inline(__always)
    mutating func append(_ lists: borrowing RawArray<ShortList>, to entry: inout TermEntry) -> Bool {
        for place in 0..<lists.count {
            guard lists[place].documentFrequency > 0 else { return false }
            entry.documentFrequency &+= lists[place].documentFrequency
            entry.totalFrequency &+= lists[place].totalFrequency
        }
        let start = postings.count
        if entry.documentFrequency == 1 {
            guard Int(lists[0].row) < lists[0].rowCount else { return false }
            entry.row = lists[0].row &+ lists[0].firstRow
        } else {
            guard appendRows(lists) else { return false }
            entry.postingsByteCount = postings.count &- start
        }
        if entry.totalFrequency == 1 {
            entry.position = lists[0].position
            return true
        }
        let positionStart = positions.count
        guard appendPositions(lists, count: entry.totalFrequency) else {
            postings.rewind(to: start)
            return false
        }
        entry.positionsByteCount = positions.count &- positionStart
        return true
    }

    // MARK: Rows

    private mutating func appendRows(_ lists: borrowing RawArray<ShortList>) -> Bool {
        var byteCount = 0
        for place in 0..<lists.count {
            // A first gap, and the frequency of an only row, may grow to five bytes each.
            byteCount &+= lists[place].postings.count &+ 2 &* VByte.maximumByteCount
        }
        let target = postings.room(byteCount)
        var length = 0
        var last = UInt32.max
        for place in 0..<lists.count {
            if lists[place].documentFrequency == 1 {
                guard Int(lists[place].row) < lists[place].rowCount else { return false }
                let row = lists[place].row &+ lists[place].firstRow
                let frequency = UInt32(truncatingIfNeeded: lists[place].totalFrequency)
                length &+= VByte.write((row &- last &- 1) &<< 1 | (frequency == 1 ? 1 : 0), to: target + length)
                if frequency != 1 {
                    length &+= VByte.write(frequency &- 1, to: target + length)
                }
                last = row
            } else {
                guard Self.copyRows(lists[place], to: target, &length, after: &last) else { return false }
            }
        }
        postings.advance(length)
        return true
    }

    /// Copies a list of two rows or more; false if it is not what an encoder makes.
    @inline(__always)
    private static func copyRows(
        _ list: ShortList, to target: UnsafeMutableRawPointer, _ length: inout Int, after last: inout UInt32
    ) -> Bool {
        var reader = ShortListReader(list.postings)
        let first = reader.next()
        let secondByte = reader.offset
        var row = Int(first &>> 1)
        var frequencies = first & 1 == 1 ? 1 : Int(reader.next()) &+ 1
        for _ in 1..<list.documentFrequency {
            let entry = reader.next()
            row &+= Int(entry &>> 1) &+ 1
            frequencies &+= entry & 1 == 1 ? 1 : Int(reader.next()) &+ 1
        }
        guard reader.isAtEnd, row < list.rowCount, frequencies == list.totalFrequency,
            let source = list.postings.baseAddress
        else { return false }
        let gap = list.firstRow &+ (first &>> 1) &- last &- 1
        length &+= VByte.write(gap &<< 1 | first & 1, to: target + length)
        memcpy(target + length, source + secondByte, list.postings.count &- secondByte)
        length &+= list.postings.count &- secondByte
        last = list.firstRow &+ UInt32(truncatingIfNeeded: row)
        return true
    }

    // MARK: Positions

    private mutating func appendPositions(_ lists: borrowing RawArray<ShortList>, count: Int) -> Bool {
        var width = 1
        for place in 0..<lists.count {
            guard let own = Self.width(lists[place]) else { return false }
            width = max(width, own)
        }
        let byteCount = (count &* width &+ 7) &>> 3
        // Four bytes are written at a time.
        let target = positions.room(1 &+ byteCount &+ 8)
        target.storeBytes(of: UInt8(truncatingIfNeeded: width), as: UInt8.self)
        var bits = BitWriter(target + 1)
        for place in 0..<lists.count {
            if lists[place].totalFrequency == 1 {
                bits.append(lists[place].position, width: width)
            } else {
                Self.copyPositions(lists[place], to: &bits, width: width)
            }
        }
        bits.finish()
        positions.advance(1 &+ byteCount)
        return true
    }

    /// The bits of each of a list's positions; nil if their bytes are not what an encoder makes.
    @inline(__always)
    private static func width(_ list: ShortList) -> Int? {
        if list.totalFrequency == 1 { return 32 &- (list.position | 1).leadingZeroBitCount }
        guard list.positions.count > PostingsCursor.paddingByteCount else { return nil }
        let width = Int(list.positions[0])
        let byteCount = 1 &+ (list.totalFrequency &* width &+ 7) &>> 3
        return 1...32 ~= width && byteCount &+ PostingsCursor.paddingByteCount == list.positions.count ? width : nil
    }

    /// Copies the positions of a list that has a width, of which there are two or more.
    @inline(__always)
    private static func copyPositions(_ list: ShortList, to bits: inout BitWriter, width: Int) {
        guard let base = list.positions.baseAddress else { return }
        let own = Int(list.positions[0])
        var reader = PositionReader(
            bytes: base + 1, width: own, bit: 0, bitCount: list.totalFrequency &* own)
        if own == width {
            reader.forEachWord { bits.append($0, width: $1) }
        } else {
            for _ in 0..<list.totalFrequency { bits.append(reader.next(), width: width) }
        }
    }
}

/// Reads the vbytes of a short list; beyond their end it reads zeros, and is not at it.
private struct ShortListReader {
    private let base: UnsafeRawPointer
    private let end: Int
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        // A pointer is needed even where nothing will be read.
        base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped
        end = bytes.count
    }

    /// Whether all was read and nothing else.
    var isAtEnd: Bool { offset == end }

    @inline(__always)
    mutating func next() -> UInt32 {
        let first = offset < end ? base.load(fromByteOffset: offset, as: UInt8.self) : 0
        offset &+= 1
        return first < 0x80 ? UInt32(first) : rest(of: first)
    }

    @inline(__always)
    private mutating func rest(of first: UInt8) -> UInt32 {
        var value = UInt32(first & 0x7F)
        var shift: UInt32 = 7
        while offset < end, shift < 35 {
            let byte = base.load(fromByteOffset: offset, as: UInt8.self)
            offset &+= 1
            value |= UInt32(byte & 0x7F) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        // Whoever asks for the end is not at it.
        offset = end &+ 1
        return 0
    }
}

/// Writes integers of any width below 33 bits one after another, the lowest bit first.
///
/// Four bytes are written at a time, so up to three beyond the last bit.
struct BitWriter {
    private var target: UnsafeMutableRawPointer
    private var pending: UInt64 = 0
    private var pendingCount = 0

    init(_ target: UnsafeMutableRawPointer) {
        self.target = target
    }

    /// Appends a value of at most `width` bits.
    @inline(__always)
    mutating func append(_ value: UInt32, width: Int) {
        pending |= UInt64(value) &<< UInt64(truncatingIfNeeded: pendingCount)
        pendingCount &+= width
        guard pendingCount >= 32 else { return }
        target.storeBytes(of: UInt32(truncatingIfNeeded: pending).littleEndian, as: UInt32.self)
        target += 4
        pending &>>= 32
        pendingCount &-= 32
    }

    /// Writes the bits that are left.
    @inline(__always)
    func finish() {
        target.storeBytes(of: UInt32(truncatingIfNeeded: pending).littleEndian, as: UInt32.self)
    }
}

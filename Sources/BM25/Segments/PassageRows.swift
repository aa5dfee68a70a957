internal import CKernels
internal import IndexCore

/// What a segment keeps of each passage, by row: the id, the document, lengths and norms.
///
/// A document's passages are consecutive rows with ascending ids. Ids of all rows ascend unless documents were put in
/// another order (``DocumentOrder``); then a list of the rows by ascending id leads back: a *place* is one in that list.
/// Integers are as wide as the largest needs: most segments know ids and lengths without storing any. Valid while the
/// segment lives. Rows given to it must lie below ``count``; sections were found large enough when it was made.
struct PassageRows {
    let count: Int
    /// The combined field's length as scoring sees it, by row: ``NormCodec`` of the words, those at the position of the
    /// one before left out, as Lucene's `discountOverlaps` does.
    let norms: UnsafePointer<UInt8>
    /// The same of the title.
    let titleNorms: UnsafePointer<UInt8>
    let firstID: UInt32
    let lastID: UInt32
    private let idOffsets: RowIntegers
    private let documentDistances: RowIntegers
    private let storedLengths: RowIntegers
    private let storedTitleLengths: RowIntegers
    private let rowsByPlace: RowIntegers
    private let isReordered: Bool

    /// The rows of `sections`.
    /// - Throws: ``IndexError/corruptSection(name:reason:)`` if one is too small for the header's rows.
    init(_ header: SegmentHeader, _ sections: SegmentSections) throws(IndexError) {
        func integers(_ name: SegmentSections.Name, _ width: Int) throws(IndexError) -> RowIntegers {
            let bytes = try Self.section(name, header.rowCount * width, sections)
            return RowIntegers(bytes: bytes, width: width)
        }
        count = header.rowCount
        firstID = header.firstID
        lastID = header.lastID
        let norms = try Self.section(SegmentLayout.norms, count, sections)
        self.norms = norms.assumingMemoryBound(to: UInt8.self)
        // Where no title has a word, nobody asks for norms of titles, but a pointer there must be.
        let hasTitles = header.termCounts.1 > 0
        titleNorms =
            hasTitles
            ? try Self.section(SegmentLayout.titleNorms, count, sections).assumingMemoryBound(to: UInt8.self)
            : self.norms
        idOffsets = try integers(SegmentLayout.ids, header.idWidth)
        documentDistances = try integers(SegmentLayout.documents, header.documentWidth)
        storedLengths = try integers(SegmentLayout.lengths, header.lengthWidth)
        storedTitleLengths = try integers(SegmentLayout.titleLengths, header.titleLengthWidth)
        self.hasTitles = hasTitles
        isReordered = header.isReordered && count > 0
        rowsByPlace = try integers(SegmentLayout.order, isReordered ? Self.placeWidth(rowCount: count) : 0)
    }

    /// The bytes of an entry of the list of rows by id.
    static func placeWidth(rowCount: Int) -> Int {
        max(1, RowIntegers.width(for: UInt32(truncatingIfNeeded: max(1, rowCount) - 1)))
    }

    private let hasTitles: Bool

    private static func section(
        _ name: SegmentSections.Name, _ byteCount: Int, _ sections: SegmentSections
    ) throws(IndexError) -> UnsafeRawPointer {
        let bytes = sections[name]
        guard bytes.count >= byteCount else {
            throw .corruptSection(name: name.description, reason: "\(bytes.count) bytes instead of \(byteCount)")
        }
        // Of a section without bytes nothing is read.
        return bytes.buffer.baseAddress ?? UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped
    }

    /// The passage id of a row.
    @inline(__always)
    func id(_ row: Int) -> UInt32 {
        idOffsets.width == 0
            ? firstID &+ UInt32(truncatingIfNeeded: row) : firstID &+ idOffsets[row]
    }

    /// Has memory bring the id of a row.
    @inline(__always)
    func prefetchID(_ row: Int) { ck_prefetch(idOffsets.bytes + row &* idOffsets.width) }

    /// The first passage id of a row's document.
    @inline(__always)
    func document(_ row: Int) -> UInt32 { id(row) &- documentDistances[row] }

    /// Words of a row, a title's times its weight.
    @inline(__always)
    func length(_ row: Int) -> UInt32 {
        storedLengths.width == 0 ? UInt32(truncatingIfNeeded: NormCodec.decode(norms[row])) : storedLengths[row]
    }

    /// Words of a row's title.
    @inline(__always)
    func titleLength(_ row: Int) -> UInt32 {
        guard hasTitles else { return 0 }
        return storedTitleLengths.width == 0
            ? UInt32(truncatingIfNeeded: NormCodec.decode(titleNorms[row])) : storedTitleLengths[row]
    }

    /// The norm of a row's title.
    @inline(__always)
    func titleNorm(_ row: Int) -> UInt8 { hasTitles ? titleNorms[row] : 0 }

    /// The row of a passage id, if there is one.
    func row(of id: UInt32) -> Int? {
        let place = lowerBound(id)
        guard place < count else { return nil }
        let row = row(atPlace: place)
        return self.id(row) == id ? row : nil
    }

    /// The places, by ascending id, of the rows whose ids lie in `range`.
    func places(of range: Range<UInt32>) -> Range<Int> {
        let low = lowerBound(range.lowerBound)
        return low..<max(low, lowerBound(range.upperBound))
    }

    /// The row of a place, which is below ``count``.
    @inline(__always)
    func row(atPlace place: Int) -> Int {
        // Damaged lists may name any row.
        isReordered ? min(Int(rowsByPlace[place]), count &- 1) : place
    }

    /// The first place whose id is not below `id`.
    private func lowerBound(_ id: UInt32) -> Int {
        guard id > firstID else { return 0 }
        if Int(lastID &- firstID) == count &- 1 { return min(Int(id - firstID), count) }
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) &>> 1
            if self.id(row(atPlace: middle)) < id {
                low = middle &+ 1
            } else {
                high = middle
            }
        }
        return low
    }
}

/// Unsigned integers of one width: 0 (all of them 0) to 4 bytes.
struct RowIntegers {
    let bytes: UnsafeRawPointer
    let width: Int

    @inline(__always)
    subscript(row: Int) -> UInt32 {
        switch width {
        case 0: 0
        case 1: UInt32((bytes + row).load(as: UInt8.self))
        case 2: UInt32(UInt16(littleEndian: (bytes + row &* 2).loadUnaligned(as: UInt16.self)))
        case 3:
            UInt32(UInt16(littleEndian: (bytes + row &* 3).loadUnaligned(as: UInt16.self)))
                | UInt32((bytes + row &* 3 + 2).load(as: UInt8.self)) &<< 16
        default: UInt32(littleEndian: (bytes + row &* 4).loadUnaligned(as: UInt32.self))
        }
    }

    /// The width that values up to `maximum` need.
    static func width(for maximum: UInt32) -> Int {
        (32 - maximum.leadingZeroBitCount + 7) / 8
    }
}

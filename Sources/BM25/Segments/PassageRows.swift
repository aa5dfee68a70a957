internal import IndexCore

/// What a segment keeps of each passage, by row: ids ascending, the document, lengths and norms.
///
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
        let row = lowerBound(id)
        return row < count && self.id(row) == id ? row : nil
    }

    /// The rows whose ids lie in `range`.
    func rows(of range: Range<UInt32>) -> Range<Int> {
        let low = lowerBound(range.lowerBound)
        return low..<max(low, lowerBound(range.upperBound))
    }

    /// The first row whose id is not below `id`.
    func lowerBound(_ id: UInt32) -> Int {
        guard id > firstID else { return 0 }
        if idOffsets.width == 0 { return min(Int(id - firstID), count) }
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) &>> 1
            if self.id(middle) < id {
                low = middle &+ 1
            } else {
                high = middle
            }
        }
        return low
    }
}

/// Unsigned integers of one width: 0 (all of them 0), 1, 2 or 4 bytes.
struct RowIntegers {
    let bytes: UnsafeRawPointer
    let width: Int

    @inline(__always)
    subscript(row: Int) -> UInt32 {
        switch width {
        case 0: 0
        case 1: UInt32((bytes + row).load(as: UInt8.self))
        case 2: UInt32(UInt16(littleEndian: (bytes + row &* 2).loadUnaligned(as: UInt16.self)))
        default: UInt32(littleEndian: (bytes + row &* 4).loadUnaligned(as: UInt32.self))
        }
    }

    /// The width that values up to `maximum` need.
    static func width(for maximum: UInt32) -> Int {
        maximum == 0 ? 0 : maximum < 1 << 8 ? 1 : maximum < 1 << 16 ? 2 : 4
    }
}

internal import IndexCore

/// A segment's first section: all that opening one reads.
///
/// 64 bytes, little-endian: version (4), rows (4), first id (4), last id (4), words (8), words of titles (8), rows with a
/// word (4), rows with a word in the title (4), terms by field (3 x 4), widths of ids, documents, lengths and title
/// lengths (4 x 1), fingerprint of the analysis (8).
///
/// Version 3 has its rows in the order of their ids; version 4 has whole documents in any order, and a section that
/// lists the rows by id. Versions 1 and 2 were the same without ``WordMarks``.
struct SegmentHeader {
    static let versions: ClosedRange<UInt32> = 3...4
    static let byteCount = 64

    var isReordered = false
    var rowCount = 0
    var firstID: UInt32 = 0
    var lastID: UInt32 = 0
    /// Words of all rows, a title's times its weight.
    var tokenCount: UInt64 = 0
    var titleTokenCount: UInt64 = 0
    /// Rows with at least one word; with at least one in the title.
    var wordedCount = 0
    var titledCount = 0
    var termCounts = (0, 0, 0)
    var idWidth = 0
    var documentWidth = 0
    var lengthWidth = 0
    var titleLengthWidth = 0
    var fingerprint: UInt64 = 0

    init() {}

    /// Reads the section.
    /// - Throws: ``IndexError/corruptSection(name:reason:)``.
    init(_ section: SectionBytes) throws(IndexError) {
        guard section.count >= Self.byteCount else {
            throw .corruptSection(name: SegmentLayout.header.description, reason: "\(section.count) bytes")
        }
        let version = section.load(0, as: UInt32.self)
        guard Self.versions.contains(version) else {
            throw .corruptSection(name: SegmentLayout.header.description, reason: "version \(version)")
        }
        isReordered = version == Self.versions.upperBound
        rowCount = Int(section.load(4, as: UInt32.self))
        firstID = section.load(8, as: UInt32.self)
        lastID = section.load(12, as: UInt32.self)
        tokenCount = section.load(16, as: UInt64.self)
        titleTokenCount = section.load(24, as: UInt64.self)
        wordedCount = Int(section.load(32, as: UInt32.self))
        titledCount = Int(section.load(36, as: UInt32.self))
        termCounts = (
            Int(section.load(40, as: UInt32.self)), Int(section.load(44, as: UInt32.self)),
            Int(section.load(48, as: UInt32.self))
        )
        idWidth = Int(section.load(52, as: UInt8.self))
        documentWidth = Int(section.load(53, as: UInt8.self))
        lengthWidth = Int(section.load(54, as: UInt8.self))
        titleLengthWidth = Int(section.load(55, as: UInt8.self))
        fingerprint = section.load(56, as: UInt64.self)
        try check()
    }

    private func check() throws(IndexError) {
        func require(_ isTrue: Bool, _ reason: @autoclosure () -> String) throws(IndexError) {
            if !isTrue { throw .corruptSection(name: SegmentLayout.header.description, reason: reason()) }
        }
        try require(rowCount <= PostingsFormat.maximumRowCount, "\(rowCount) rows")
        try require(firstID <= lastID && Int(lastID - firstID) >= rowCount - 1, "ids \(firstID) to \(lastID)")
        try require(wordedCount <= rowCount && titledCount <= rowCount, "more rows with words than rows")
        // A row's length has 32 bits, so these sums cannot overflow whatever is added to them later.
        try require(tokenCount <= 1 << 56 && titleTokenCount <= 1 << 56, "\(tokenCount) words")
        for width in [idWidth, documentWidth, lengthWidth, titleLengthWidth] {
            try require(0...4 ~= width, "integers of \(width) bytes")
        }
    }

    /// The section, whose memory is the caller's.
    func section() -> OwnedBytes {
        var sink = ByteSink(capacity: Self.byteCount)
        sink.append(isReordered ? Self.versions.upperBound : Self.versions.lowerBound)
        sink.append(UInt32(rowCount))
        sink.append(firstID)
        sink.append(lastID)
        sink.append(tokenCount)
        sink.append(titleTokenCount)
        sink.append(UInt32(wordedCount))
        sink.append(UInt32(titledCount))
        sink.append(UInt32(termCounts.0))
        sink.append(UInt32(termCounts.1))
        sink.append(UInt32(termCounts.2))
        sink.append(UInt8(idWidth))
        sink.append(UInt8(documentWidth))
        sink.append(UInt8(lengthWidth))
        sink.append(UInt8(titleLengthWidth))
        sink.append(fingerprint)
        return sink.take()
    }
}

/// The names of a segment's sections, in the order of a file.
enum SegmentLayout {
    static let header = SegmentSections.Name("HEAD")
    static let dictionary = SegmentSections.Name("TERM")
    static let dictionaryIndex = SegmentSections.Name("TIDX")
    static let postings = SegmentSections.Name("POST")
    static let positions = SegmentSections.Name("POSN")
    static let norms = SegmentSections.Name("NORM")
    static let titleNorms = SegmentSections.Name("TNRM")
    static let lengths = SegmentSections.Name("LENG")
    static let titleLengths = SegmentSections.Name("TLEN")
    static let ids = SegmentSections.Name("PIDS")
    static let documents = SegmentSections.Name("PDOC")
    static let order = SegmentSections.Name("PROW")
}

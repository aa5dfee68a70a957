internal import CKernels
public import IndexCore

/// An immutable piece of keyword index: the postings of some passages, and what scoring needs of each.
///
/// Rows are private to the segment: a document's passages are consecutive rows with ascending ids, documents come in
/// the order of their ids or, after a great merge, in that of ``DocumentOrder``. Its bytes are the same in memory and in a file (`docs/formats.md`); reading them is safe whatever they
/// say, but answers from damaged ones are wrong.
///
/// Sendable although it keeps pointers: they lie in `sections`, which it holds and nobody writes to; `spellings` has a
/// mutex of its own.
public final class BM25Segment: @unchecked Sendable {
    /// The bytes.
    public let sections: SegmentSections
    let header: SegmentHeader
    let rows: PassageRows
    let dictionary: TermDictionary
    let spellings: SpellingListCell
    private let postings: UnsafeRawBufferPointer
    private let positions: UnsafeRawBufferPointer

    /// Opens a segment: reads the header and compares sizes, nothing more.
    /// - Throws: ``IndexError/corruptSection(name:reason:)`` if the header is damaged or of another version, or a
    ///   section too small for it.
    public init(sections: SegmentSections) throws(IndexError) {
        self.sections = sections
        let header = try SegmentHeader(sections[SegmentLayout.header])
        self.header = header
        rows = try PassageRows(header, sections)
        dictionary = TermDictionary(
            bytes: sections[SegmentLayout.dictionary].buffer, index: sections[SegmentLayout.dictionaryIndex].buffer,
            termCounts: header.termCounts)
        spellings = SpellingListCell(wordCount: header.termCounts.2)
        postings = sections[SegmentLayout.postings].buffer
        positions = sections[SegmentLayout.positions].buffer
        let blocks = dictionary.blocks(.surface).upperBound
        guard sections[SegmentLayout.dictionaryIndex].count >= TermDictionary.indexByteCount(blocks) else {
            throw .corruptSection(name: SegmentLayout.dictionaryIndex.description, reason: "\(blocks) blocks")
        }
    }

    /// The number of passages, dead ones included.
    public var passageCount: Int { rows.count }

    /// The ids of the first and the last passage.
    public var idRange: ClosedRange<UInt32> { header.firstID...header.lastID }

    /// The number of distinct terms of the combined field.
    public var termCount: Int { header.termCounts.0 }

    /// Words of all passages, a title's times its weight.
    public var tokenCount: Int { Int(header.tokenCount) }

    /// What the analysis was whose terms these are: ``BM25Parameters/fingerprint``.
    public var fingerprint: UInt64 { header.fingerprint }

    /// Index bytes of all sections.
    public var byteCount: Int { sections.byteCount }

    /// Whether a passage, dead or alive, is in the segment.
    public func contains(_ id: PassageID) -> Bool { rows.row(of: id.rawValue) != nil }
}

// MARK: Terms

extension BM25Segment {
    /// Norms by row of the field a term belongs to.
    @inline(__always)
    func norms(_ field: TermField) -> UnsafePointer<UInt8> { field == .title ? rows.titleNorms : rows.norms }

    /// Bytes of a term's postings that are asked for when it is looked up.
    private static let prefetchedByteCount = 4_096

    /// Has memory bring the beginning of a term's postings while the next term is looked up.
    func prefetchPostings(_ entry: TermEntry) {
        let byteCount = min(entry.postingsByteCount, Self.prefetchedByteCount)
        let bytes = Self.part(of: postings, entry.postingsOffset..<entry.postingsOffset &+ byteCount, padding: 0)
        if let base = bytes.baseAddress { ck_prefetch_lines(base, bytes.count) }
    }

    /// What the dictionary says of a term, given by its analysed bytes.
    func find(_ term: UnsafeRawBufferPointer, _ field: TermField) -> TermEntry? { dictionary.find(term, field) }

    /// What the dictionary says of a term.
    func find(_ term: String, _ field: TermField) -> TermEntry? {
        var term = term
        return term.withUTF8 { dictionary.find(UnsafeRawBufferPointer($0), field) }
    }

    /// Calls `body` with the place of each term and what the dictionary says of it, in their order.
    ///
    /// Each step of a look-up is done for all terms before the next, so that they wait for memory together.
    func find(_ terms: [BM25Term], _ body: (_ place: Int, _ entry: TermEntry?) -> Void) {
        withUnsafeTemporaryAllocation(of: TermDictionary.Place.self, capacity: terms.count) { places in
            for (number, term) in terms.enumerated() {
                var text = term.text
                let place = text.withUTF8 { dictionary.start(UnsafeRawBufferPointer($0), term.field.termField) }
                places.initializeElement(at: number, to: place)
            }
            dictionary.narrow(places)
            for (number, term) in terms.enumerated() {
                var text = term.text
                let entry = text.withUTF8 {
                    dictionary.find(UnsafeRawBufferPointer($0), term.field.termField, at: places[number])
                }
                body(number, entry)
            }
        }
    }

    /// The entry whose postings a word goes by: its own, or its term's.
    func holder(of entry: TermEntry, _ field: TermField) -> (entry: TermEntry, field: TermField)? {
        guard field == .surface, entry.form != .own else { return (entry, field) }
        return dictionary.entry(entry.stem, .combined).map { ($0, .combined) }
    }

    /// Which of its term's postings a surface word has.
    func marks(of word: TermEntry) -> WordMarks {
        WordMarks(
            Self.part(of: postings, word.postingsOffset..<word.postingsOffset &+ word.postingsByteCount, padding: 0))
    }

    /// A cursor over a term's postings, in `scratch` (``PostingsCursor/scratchCount`` values); the segment must outlive
    /// it.
    ///
    /// Of a word that marks its rows it goes through all of its term's.
    @inline(__always)
    func cursor(
        _ entry: TermEntry, _ field: TermField, scratch: UnsafeMutablePointer<UInt32>
    ) -> PostingsCursor {
        let limit = UInt32(truncatingIfNeeded: rows.count)
        if field == .surface, entry.form != .own {
            guard let holder = holder(of: entry, field) else {
                return PostingsCursor(
                    UnsafeRawBufferPointer(start: nil, count: 0), documentFrequency: 0,
                    positions: UnsafeRawBufferPointer(start: nil, count: 0), hasPositions: false, rowLimit: limit,
                    scratch: scratch)
            }
            return cursor(holder.entry, holder.field, scratch: scratch)
        }
        let range = entry.positionsOffset..<entry.positionsOffset &+ entry.positionsByteCount
        let positions = Self.part(of: positions, range, padding: PostingsCursor.paddingByteCount)
        if entry.documentFrequency == 1 {
            return PostingsCursor(
                row: entry.row, frequency: UInt32(clamping: entry.totalFrequency), position: entry.position,
                positions: positions, rowLimit: limit, scratch: scratch)
        }
        return PostingsCursor(
            Self.part(
                of: postings, entry.postingsOffset..<entry.postingsOffset &+ entry.postingsByteCount, padding: 0),
            documentFrequency: entry.documentFrequency, positions: positions, hasPositions: field.hasPositions,
            rowLimit: limit, scratch: scratch)
    }

    /// A term's postings as they lie, where they are fewer than 128.
    @inline(__always)
    func shortList(_ entry: TermEntry, rowCount: Int, firstRow: UInt32) -> ShortList {
        ShortList(
            documentFrequency: entry.documentFrequency, totalFrequency: entry.totalFrequency, row: entry.row,
            position: entry.position,
            postings: Self.part(
                of: postings, entry.postingsOffset..<entry.postingsOffset &+ entry.postingsByteCount, padding: 0),
            positions: Self.part(
                of: positions, entry.positionsOffset..<entry.positionsOffset &+ entry.positionsByteCount,
                padding: PostingsCursor.paddingByteCount), rowCount: rowCount, firstRow: firstRow)
    }

    /// The bytes of `range`, and the padding after them, as far as they exist.
    @inline(__always)
    private static func part(
        of bytes: UnsafeRawBufferPointer, _ range: Range<Int>, padding: Int
    ) -> UnsafeRawBufferPointer {
        let end = min(range.upperBound &+ padding, bytes.count)
        let start = min(range.lowerBound, end)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }

    /// Calls `body` with the rows of a term of title and content, ascending, a block of them at a time.
    @inline(__always)
    func forEachBlock(of entry: TermEntry, _ body: (_ rows: UnsafeBufferPointer<UInt32>) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: PostingsCursor.scratchCount) { scratch in
            guard let scratch = scratch.baseAddress else { return }
            var cursor = cursor(entry, .combined, scratch: scratch)
            while cursor.nextBlock() {
                cursor.loadRows()
                body(UnsafeBufferPointer(start: cursor.rows, count: cursor.count))
            }
        }
        withExtendedLifetime(sections) {}
    }

    /// Calls `body` with each row of a term, ascending.
    @inline(__always)
    func forEachRow(of entry: TermEntry, _ field: TermField, _ body: (_ row: UInt32) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: PostingsCursor.scratchCount) { scratch in
            guard let scratch = scratch.baseAddress else { return }
            var cursor = cursor(entry, field, scratch: scratch)
            let marks = field == .surface && entry.form == .marked ? marks(of: entry) : nil
            while cursor.nextBlock() {
                cursor.loadRows()
                for place in 0..<cursor.count where marks?.contains(cursor.block, place) ?? true {
                    body(cursor.rows[place])
                }
            }
        }
        withExtendedLifetime(sections) {}
    }
}

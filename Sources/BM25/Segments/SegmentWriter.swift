internal import Glibc
internal import IndexCore

/// Puts a segment's sections together: rows first, then terms, field by field, each field's in byte order.
///
/// Builder and merger both write through it, so that the same passages give the same bytes. Unsafe inside: raw memory,
/// counted by its callers.
struct SegmentWriter: ~Copyable {
    private var rows: PassageRowsBuilder
    private var dictionary: TermDictionaryBuilder
    private var encoder: PostingsEncoder
    /// By norm, for impacts: made when the first long list asks.
    private var combinedLengths = RawArray<Float>(capacity: 1)
    private var titleLengths = RawArray<Float>(capacity: 1)
    private var ones: RawArray<UInt32>
    /// Terms of the combined field whose words may mark their rows, by ascending ordinals.
    private var longTerms: RawArray<LongTerm>
    /// A cursor's, once a word marks its rows.
    private var scratch = RawArray<UInt32>(capacity: PostingsCursor.scratchCount)

    private struct LongTerm {
        var ordinal: Int
        var documentFrequency: Int
        var postingsOffset: Int
        var postingsByteCount: Int
    }

    /// One term's postings, gathered.
    struct Postings: ~Copyable {
        var rows: RawArray<UInt32>
        var frequencies: RawArray<UInt32>
        /// As they are written: of each row the first position, then the distance of each from the one before.
        var distances: RawArray<UInt32>

        init(spill: SpillFolder? = nil) {
            rows = RawArray(spill: spill)
            frequencies = RawArray(spill: spill)
            distances = RawArray(spill: spill)
        }

        mutating func removeAll() {
            rows.removeAll()
            frequencies.removeAll()
            distances.removeAll()
        }
    }

    /// A writer of terms for these rows; capacities are guesses, in bytes.
    init(
        rows: consuming PassageRowsBuilder, dictionaryCapacity: Int, postingsCapacity: Int, positionsCapacity: Int,
        spill: SpillFolder? = nil
    ) {
        self.rows = rows
        dictionary = TermDictionaryBuilder(capacity: dictionaryCapacity, spill: spill)
        encoder = PostingsEncoder(
            postingsCapacity: postingsCapacity, positionsCapacity: positionsCapacity, spill: spill)
        ones = RawArray(capacity: 16, spill: spill)
        longTerms = RawArray(capacity: 16, spill: spill)
    }

    mutating func beginField(_ field: TermField) { dictionary.beginField(field) }

    /// Appends a term with positions; it has at least one row.
    @inline(__always)
    mutating func append(
        _ term: TermKey, _ field: TermField, _ postings: borrowing Postings
    ) {
        var entry = TermEntry()
        entry.documentFrequency = postings.rows.count
        entry.totalFrequency = postings.distances.count
        entry.postingsOffset = encoder.postings.count
        entry.positionsOffset = encoder.positions.count
        if entry.documentFrequency == 1 {
            entry.row = postings.rows[0]
            if entry.totalFrequency == 1 {
                entry.position = postings.distances[0]
            } else {
                encoder.appendPositions(postings.distances.base, count: entry.totalFrequency)
            }
        } else {
            encode(
                PostingsEncoder.Term(
                    rows: postings.rows.base, frequencies: postings.frequencies.base, count: postings.rows.count,
                    distances: UnsafePointer(postings.distances.base)), field)
        }
        entry.postingsByteCount = encoder.postings.count - entry.postingsOffset
        entry.positionsByteCount = encoder.positions.count - entry.positionsOffset
        if field == .combined, entry.documentFrequency >= PostingsFormat.blockCount {
            longTerms.append(
                LongTerm(
                    ordinal: dictionary.inField, documentFrequency: entry.documentFrequency,
                    postingsOffset: entry.postingsOffset, postingsByteCount: entry.postingsByteCount))
        }
        dictionary.append(term, entry)
    }

    /// Appends a term that occurs once.
    @inline(__always)
    mutating func append(_ term: TermKey, row: UInt32, position: UInt32) {
        var entry = TermEntry()
        entry.documentFrequency = 1
        entry.totalFrequency = 1
        entry.postingsOffset = encoder.postings.count
        entry.positionsOffset = encoder.positions.count
        entry.row = row
        entry.position = position
        dictionary.append(term, entry)
    }

    /// Appends a term whose rows are those of several short lists, one after another; false, and nothing is changed, if
    /// one of them is not what a writer makes.
    @inline(__always)
    mutating func append(_ term: TermKey, joining lists: borrowing RawArray<ShortList>) -> Bool {
        var entry = TermEntry()
        entry.postingsOffset = encoder.postings.count
        entry.positionsOffset = encoder.positions.count
        guard encoder.append(lists, to: &entry) else { return false }
        dictionary.append(term, entry)
        return true
    }

    /// Appends a surface word whose rows are just those of its term.
    @inline(__always)
    mutating func appendShared(_ word: TermKey, documentFrequency: Int, stem: Int) {
        var entry = TermEntry()
        entry.documentFrequency = documentFrequency
        entry.postingsOffset = encoder.postings.count
        entry.positionsOffset = encoder.positions.count
        entry.stem = stem
        entry.form = .shared
        dictionary.append(word, entry)
    }

    /// Appends a surface word with rows of its own, at least one.
    mutating func append(_ word: TermKey, rows: UnsafePointer<UInt32>, count: Int, stem: Int) {
        var entry = TermEntry()
        entry.documentFrequency = count
        entry.postingsOffset = encoder.postings.count
        entry.positionsOffset = encoder.positions.count
        entry.stem = stem
        if count == 1 {
            entry.row = rows[0]
        } else if appendMarks(rows, count: count, stem: stem) {
            entry.form = .marked
        } else {
            while ones.count < count { ones.append(1) }
            encode(
                PostingsEncoder.Term(rows: rows, frequencies: ones.base, count: count, distances: nil), .surface)
        }
        entry.postingsByteCount = encoder.postings.count - entry.postingsOffset
        dictionary.append(word, entry)
    }

    /// Marks a word's rows among those of its term; false, and nothing is changed, if they are too few of them for
    /// that, or, from damaged sources, not among them.
    private mutating func appendMarks(_ rows: UnsafePointer<UInt32>, count: Int, stem: Int) -> Bool {
        guard let term = longTerm(stem), WordMarks.areKept(count, of: term.documentFrequency) else { return false }
        let byteCount = WordMarks.byteCount(term.documentFrequency)
        let target = encoder.postings.room(byteCount)
        memset(target, 0, byteCount)
        scratch.resize(PostingsCursor.scratchCount)
        let postings = term.postingsOffset..<term.postingsOffset + term.postingsByteCount
        var cursor = PostingsCursor(
            encoder.postings.bytes(postings), documentFrequency: term.documentFrequency,
            positions: UnsafeRawBufferPointer(start: nil, count: 0), hasPositions: true,
            rowLimit: UInt32(truncatingIfNeeded: self.rows.count), scratch: scratch.base)
        guard WordMarks.write(rows, count: count, among: &cursor, to: target) else { return false }
        encoder.postings.advance(byteCount)
        return true
    }

    private func longTerm(_ ordinal: Int) -> LongTerm? {
        var (low, high) = (0, longTerms.count)
        while low < high {
            let middle = (low &+ high) &>> 1
            if longTerms[middle].ordinal < ordinal { low = middle &+ 1 } else { high = middle }
        }
        return low < longTerms.count && longTerms[low].ordinal == ordinal ? longTerms[low] : nil
    }

    @inline(__always)
    private mutating func encode(_ term: PostingsEncoder.Term, _ field: TermField) {
        if term.count >= PostingsFormat.blockCount { prepareLengths(field) }
        let isTitle = field == .title
        let bytes = isTitle ? rows.titleNormBytes : rows.normBytes
        let lengths = isTitle ? titleLengths.base : combinedLengths.base
        encoder.append(term, norms: PostingsEncoder.Norms(bytes: bytes, lengths: lengths))
    }

    private mutating func prepareLengths(_ field: TermField) {
        let averages = rows.averageLengths
        if field == .title {
            if titleLengths.count == 0 { titleLengths = Self.lengths(average: averages.title) }
        } else {
            if combinedLengths.count == 0 { combinedLengths = Self.lengths(average: averages.combined) }
        }
    }

    /// `k1 (1 - b + b length / average)` by norm, for Lucene's parameters.
    private static func lengths(average: Double) -> RawArray<Float> {
        var lengths = RawArray<Float>(capacity: 256)
        for norm in 0..<256 {
            let ratio = average > 0 ? Double(NormCodec.decode(UInt8(norm))) / average : 0
            lengths.append(Float(1.2 * (0.25 + 0.75 * ratio)))
        }
        return lengths
    }

    /// The segment.
    consuming func finish(fingerprint: UInt64) -> BM25Segment {
        var (header, rowSections) = rows.finish()
        let (terms, index, counts) = dictionary.take()
        let (postings, positions) = encoder.take()
        header.termCounts = counts
        header.fingerprint = fingerprint
        var sections: [(name: SegmentSections.Name, memory: OwnedBytes)] = []
        sections.reserveCapacity(12)
        sections.append((SegmentLayout.header, header.section()))
        sections.append((SegmentLayout.dictionary, terms))
        sections.append((SegmentLayout.dictionaryIndex, index))
        sections.append((SegmentLayout.postings, postings))
        sections.append((SegmentLayout.positions, positions))
        for section in rowSections { sections.append(section) }
        do {
            return try BM25Segment(sections: SegmentSections(adopting: sections))
        } catch {
            preconditionFailure("a segment just written does not open: \(error)")
        }
    }
}

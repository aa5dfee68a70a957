internal import IndexCore

/// Joins segments into one, leaving rows out, without analysing anything again.
///
/// The bytes are those a builder would give for the passages that stay, in the same order. Scores do not move:
/// statistics count live rows before and after. Unsafe inside: raw memory, bounded; safe on damaged sources, of which
/// it makes a sound segment with wrong contents.
struct SegmentMerger: ~Copyable {
    /// Terms between two looks at the deadline.
    private static let termsPerCheck = 1 << 10

    private let rows: MergedRows
    private let scratch = UnsafeMutablePointer<UInt32>.allocate(capacity: PostingsCursor.scratchCount)
    private var gathered: SegmentWriter.Postings
    private var sorted: SegmentWriter.Postings
    private var sorter: PostingsSorter
    /// Rows of the merged segment by the ordinal of its terms in the combined field.
    private var documentFrequencies: RawArray<UInt32>
    /// By source, one after another: what became of each combined term.
    private let stems: RawArray<Stem>
    /// The lists of one term, one for each source that has it.
    private var lists = RawArray<ShortList>(capacity: 16)

    /// A source's term in the combined field, as surface words ask for it.
    private struct Stem {
        /// Its merged ordinal, `UInt32.max` if it is gone.
        var ordinal = UInt32.max
        /// How many of the source's rows have it.
        var documentFrequency: UInt32 = 0
        /// Where its postings begin; of a single row, the row.
        var place = 0
    }

    /// Merges the rows of `states` that are neither dead nor missing in `live`; nil if none is left.
    ///
    /// - Parameter reorderingFrom: From so many rows on documents are put in the order of ``DocumentOrder``; nil keeps
    ///   that of `states`, whose ids ascend from one to the next.
    /// - Parameter spill: Where what is too large for memory lies meanwhile, and in the end the sections.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    static func merge(
        _ states: [BM25SegmentState], live: IDSet? = nil, reorderingFrom: Int? = nil, spill: SpillFolder? = nil,
        deadline: SearchDeadline = .none
    ) throws(BM25Error) -> BM25Segment? {
        var rows = try MergedRows(states, live: live, spill: spill, deadline: deadline)
        guard rows.count > 0 else { return nil }
        if let reorderingFrom, rows.count >= reorderingFrom {
            rows.reorder(try DocumentOrder.places(of: rows, spill: spill, deadline))
        }
        let segments = rows.segments
        func size(_ name: SegmentSections.Name) -> Int { segments.reduce(0) { $0 + $1.sections[name].count } }
        var writer = SegmentWriter(
            rows: rows.builder(), dictionaryCapacity: size(SegmentLayout.dictionary),
            postingsCapacity: size(SegmentLayout.postings), positionsCapacity: size(SegmentLayout.positions),
            spill: spill)
        var merger = SegmentMerger(rows, spill: spill)
        for field in TermField.allCases {
            try merger.merge(field, segments, to: &writer, deadline)
        }
        return writer.finish(fingerprint: segments[0].fingerprint)
    }

    private init(_ rows: consuming MergedRows, spill: SpillFolder?) {
        gathered = SegmentWriter.Postings(spill: spill)
        sorted = SegmentWriter.Postings(spill: spill)
        sorter = PostingsSorter(rowCount: rows.isReordered ? rows.count : 0, spill: spill)
        documentFrequencies = RawArray(spill: spill)
        stems = RawArray(repeating: Stem(), count: rows.segments.reduce(0) { $0 + $1.termCount }, spill: spill)
        self.rows = rows
    }

    deinit {
        scratch.deallocate()
    }

    // MARK: Terms

    private mutating func merge(
        _ field: TermField, _ segments: [BM25Segment], to writer: inout SegmentWriter, _ deadline: SearchDeadline
    ) throws(BM25Error) {
        writer.beginField(field)
        var terms = MergedTermCursor(segments, field)
        var untilCheck = Self.termsPerCheck
        var ordinal: UInt32 = 0
        while terms.next() {
            let term = terms.term
            let isWritten =
                field == .surface ? writeWord(term, to: &writer) : writeTerm(term, field, ordinal, to: &writer)
            ordinal &+= isWritten ? 1 : 0
            untilCheck -= 1
            if untilCheck == 0 {
                try deadline.checkSearch()
                untilCheck = Self.termsPerCheck
            }
        }
    }

    /// Writes a term with positions; false if none of its rows is left.
    private mutating func writeTerm(
        _ term: MergedTerm, _ field: TermField, _ ordinal: UInt32, to writer: inout SegmentWriter
    ) -> Bool {
        if term.count == 1, writeOnly(term, field, ordinal, to: &writer) { return true }
        let total = findLists(term)
        if let total, writer.append(term.key, joining: lists) {
            remember(term, field, ordinal, rowCount: total)
            return true
        }
        gathered.removeAll()
        for place in 0..<term.count {
            gather(rows.sources[term.source(place)], term.entry(place), field)
        }
        var count = gathered.rows.count
        guard count > 0 else { return false }
        if rows.isReordered, count > 1 {
            sorted.removeAll()
            sorter.sort(gathered, into: &sorted)
            count = sorted.rows.count
            writer.append(term.key, field, sorted)
        } else {
            writer.append(term.key, field, gathered)
        }
        remember(term, field, ordinal, rowCount: count)
        return true
    }

    /// Writes a term that occurs once in one of the sources, as most do; false if it is none of these.
    @inline(__always)
    private mutating func writeOnly(
        _ term: MergedTerm, _ field: TermField, _ ordinal: UInt32, to writer: inout SegmentWriter
    ) -> Bool {
        let entry = term.entry(0)
        guard entry.totalFrequency == 1 else { return false }
        let source = rows.sources[term.source(0)]
        guard entry.documentFrequency == 1, Int(entry.row) < source.rowCount else { return false }
        let row = rows.newRow(entry.row, of: source)
        guard row != MergedRows.gone else { return false }
        writer.append(term.key, row: row, position: entry.position)
        remember(term, field, ordinal, rowCount: 1)
        return true
    }

    /// Finds the lists of a term that can be joined as they lie, and how many rows they have together; nil if they
    /// cannot.
    @inline(__always)
    private mutating func findLists(_ term: MergedTerm) -> Int? {
        guard !rows.isReordered else { return nil }
        lists.removeAll()
        var total = 0
        for place in 0..<term.count {
            let source = rows.sources[term.source(place)]
            let entry = term.entry(place)
            total &+= entry.documentFrequency
            guard source.isWhole, total < PostingsFormat.blockCount else { return nil }
            lists.append(
                source.segment._withUnsafeGuaranteedRef {
                    $0.shortList(entry, rowCount: source.rowCount, firstRow: source.firstRow)
                })
        }
        return total
    }

    @inline(__always)
    private mutating func remember(
        _ term: MergedTerm, _ field: TermField, _ ordinal: UInt32, rowCount: Int
    ) {
        guard field == .combined else { return }
        documentFrequencies.append(UInt32(truncatingIfNeeded: rowCount))
        for place in 0..<term.count {
            let source = term.source(place)
            let entry = term.entry(place)
            stems[rows.sources[source].firstTerm &+ entry.ordinal] = Stem(
                ordinal: ordinal, documentFrequency: UInt32(truncatingIfNeeded: entry.documentFrequency),
                place: entry.documentFrequency == 1 ? Int(entry.row) : entry.postingsOffset)
        }
    }

    /// Writes a surface word; false if none of its rows is left.
    private mutating func writeWord(_ term: MergedTerm, to writer: inout SegmentWriter) -> Bool {
        var stem: UInt32?
        var total = 0
        var isTotalKnown = true
        for place in 0..<term.count {
            let source = term.source(place)
            let entry = term.entry(place)
            guard let own = mergedStem(entry, source)?.ordinal, own == stem ?? own else { continue }
            stem = own
            total += entry.documentFrequency
            isTotalKnown = isTotalKnown && rows.sources[source].isWhole
        }
        guard let stem else { return false }
        let stemFrequency = Int(documentFrequencies[Int(stem)])
        if isTotalKnown, total == stemFrequency {
            writer.appendShared(term.key, documentFrequency: total, stem: Int(stem))
            return true
        }
        gathered.removeAll()
        for place in 0..<term.count {
            let source = term.source(place)
            let entry = term.entry(place)
            if let own = mergedStem(entry, source), own.ordinal == stem {
                gatherRows(rows.sources[source], entry, own)
            }
        }
        let count = gathered.rows.count
        guard count > 0 else { return false }
        if count == stemFrequency {
            writer.appendShared(term.key, documentFrequency: count, stem: Int(stem))
            return true
        }
        guard rows.isReordered else {
            writer.append(term.key, rows: gathered.rows.base, count: count, stem: Int(stem))
            return true
        }
        sorted.removeAll()
        sorter.sort(gathered.rows, into: &sorted.rows)
        writer.append(term.key, rows: sorted.rows.base, count: sorted.rows.count, stem: Int(stem))
        return true
    }

    /// The term that a source's surface word points to, if it is still there.
    @inline(__always)
    private func mergedStem(_ word: TermEntry, _ source: Int) -> Stem? {
        guard word.stem < rows.sources[source].termCount else { return nil }
        let stem = stems[rows.sources[source].firstTerm &+ word.stem]
        return stem.ordinal == .max ? nil : stem
    }

    // MARK: Postings

    /// Appends a term's postings that stay.
    private mutating func gather(_ source: MergedRows.Source, _ entry: TermEntry, _ field: TermField) {
        if entry.documentFrequency == 1, entry.totalFrequency == 1 {
            guard Int(entry.row) < source.rowCount else { return }
            let row = rows.newRow(entry.row, of: source)
            guard row != MergedRows.gone else { return }
            gathered.rows.append(row)
            gathered.frequencies.append(1)
            gathered.distances.append(entry.position)
            return
        }
        var cursor = source.segment._withUnsafeGuaranteedRef { $0.cursor(entry, field, scratch: scratch) }
        while cursor.nextBlock() {
            cursor.loadRows()
            cursor.loadFrequencies()
            if !source.isWhole || !gatherBlock(source, cursor) { gatherRows(source, cursor) }
        }
    }

    /// Appends the present block of postings, all of which stay; false, and nothing is changed, if its positions are not
    /// as many as it claims.
    private mutating func gatherBlock(_ source: MergedRows.Source, _ cursor: borrowing PostingsCursor) -> Bool {
        let count = cursor.count
        var total: UInt64 = 0
        var least = UInt32.max
        for index in 0..<count {
            total &+= UInt64(cursor.frequencies[index])
            least = min(least, cursor.frequencies[index])
        }
        guard least > 0, var reader = cursor.positionReader(skipping: 0), total <= UInt64(reader.remaining) else {
            return false
        }
        let first = gathered.rows.count
        gathered.rows.resize(first &+ count)
        gathered.frequencies.resize(first &+ count)
        (gathered.frequencies.base + first).update(from: cursor.frequencies, count: count)
        for index in 0..<count { gathered.rows[first &+ index] = rows.newRow(cursor.rows[index], of: source) }
        let firstDistance = gathered.distances.count
        gathered.distances.resize(firstDistance &+ Int(total))
        reader.read(Int(total), into: gathered.distances.base + firstDistance)
        return true
    }

    /// Appends those of the present block of postings that stay.
    private mutating func gatherRows(_ source: MergedRows.Source, _ cursor: borrowing PostingsCursor) {
        var reader = cursor.positionReader(skipping: 0)
        var available = reader?.remaining ?? 0
        for index in 0..<cursor.count {
            let row = rows.newRow(cursor.rows[index], of: source)
            // Damaged postings may claim more positions than there are; a row has one at least.
            let given = min(Int(cursor.frequencies[index]), available)
            available &-= given
            for _ in 0..<given {
                let distance = reader?.next() ?? 0
                if row != MergedRows.gone { gathered.distances.append(distance) }
            }
            guard row != MergedRows.gone else { continue }
            gathered.rows.append(row)
            gathered.frequencies.append(UInt32(max(1, given)))
            if given == 0 { gathered.distances.append(0) }
        }
    }

    /// Appends the rows that stay of a surface word, which are among those of `stem` unless it has its own.
    private mutating func gatherRows(_ source: MergedRows.Source, _ word: TermEntry, _ stem: Stem) {
        var holder = word
        if word.form != .own {
            holder.documentFrequency = Int(stem.documentFrequency)
            holder.row = UInt32(truncatingIfNeeded: stem.place)
            holder.postingsOffset = stem.place
            // Where they end is not known here, and nobody reads beyond.
            holder.postingsByteCount = Int(UInt32.max)
            holder.form = .own
        }
        let marks = word.form == .marked ? source.segment._withUnsafeGuaranteedRef { $0.marks(of: word) } : nil
        if holder.documentFrequency == 1 {
            guard Int(holder.row) < source.rowCount else { return }
            let row = rows.newRow(holder.row, of: source)
            if row != MergedRows.gone { gathered.rows.append(row) }
            return
        }
        var cursor = source.segment._withUnsafeGuaranteedRef {
            $0.cursor(holder, word.form == .own ? .surface : .combined, scratch: scratch)
        }
        while cursor.nextBlock() {
            cursor.loadRows()
            for index in 0..<cursor.count where marks?.contains(cursor.block, index) ?? true {
                let row = rows.newRow(cursor.rows[index], of: source)
                if row != MergedRows.gone { gathered.rows.append(row) }
            }
        }
    }
}

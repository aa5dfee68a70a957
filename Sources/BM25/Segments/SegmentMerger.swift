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
    private var gathered = SegmentWriter.Postings()
    private var sorted = SegmentWriter.Postings()
    private var sorter: PostingsSorter
    /// Rows of the merged segment by the ordinal of its terms in the combined field.
    private var documentFrequencies = RawArray<UInt32>()
    /// By source, one after another: the merged ordinal of each combined term, `UInt32.max` for one that is gone.
    private let stems: RawArray<UInt32>

    /// Merges the rows of `states` that are neither dead nor missing in `live`; nil if none is left.
    ///
    /// - Parameter reorderingFrom: From so many rows on documents are put in the order of ``DocumentOrder``; nil keeps
    ///   that of `states`, whose ids ascend from one to the next.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    static func merge(
        _ states: [BM25SegmentState], live: IDSet? = nil, reorderingFrom: Int? = nil, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> BM25Segment? {
        var rows = try MergedRows(states, live: live, deadline: deadline)
        guard rows.count > 0 else { return nil }
        if let reorderingFrom, rows.count >= reorderingFrom {
            rows.reorder(try DocumentOrder.places(of: rows, deadline))
        }
        let segments = rows.segments
        func size(_ name: SegmentSections.Name) -> Int { segments.reduce(0) { $0 + $1.sections[name].count } }
        var writer = SegmentWriter(
            rows: rows.builder(), dictionaryCapacity: size(SegmentLayout.dictionary),
            postingsCapacity: size(SegmentLayout.postings), positionsCapacity: size(SegmentLayout.positions))
        var merger = SegmentMerger(rows)
        for field in TermField.allCases {
            try merger.merge(field, segments, to: &writer, deadline)
        }
        return writer.finish(fingerprint: segments[0].fingerprint)
    }

    private init(_ rows: consuming MergedRows) {
        sorter = PostingsSorter(rowCount: rows.isReordered ? rows.count : 0)
        stems = RawArray(repeating: .max, count: rows.segments.reduce(0) { $0 + $1.termCount })
        self.rows = rows
    }

    deinit {
        scratch.deallocate()
    }

    // MARK: Terms

    private mutating func merge(
        _ field: TermField, _ segments: [BM25Segment], to writer: inout SegmentWriter, _ deadline: SearchDeadline
    ) throws(BM25Error) {
        writer.beginField()
        var terms = MergedTermCursor(segments, field)
        var untilCheck = Self.termsPerCheck
        var ordinal: UInt32 = 0
        while terms.next() {
            let isWritten =
                field == .surface ? writeWord(terms, to: &writer) : writeTerm(terms, field, ordinal, to: &writer)
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
        _ terms: borrowing MergedTermCursor, _ field: TermField, _ ordinal: UInt32, to writer: inout SegmentWriter
    ) -> Bool {
        gathered.removeAll()
        for place in 0..<terms.matches.count {
            gather(rows.sources[terms.matches[place]], terms.entry(terms.matches[place]), field)
        }
        let count = gathered.rows.count
        guard count > 0 else { return false }
        if rows.isReordered, count > 1 {
            sorted.removeAll()
            sorter.sort(gathered, into: &sorted)
            writer.append(terms.term, prefix: terms.prefix, field, sorted)
        } else {
            writer.append(terms.term, prefix: terms.prefix, field, gathered)
        }
        if field == .combined {
            documentFrequencies.append(UInt32(count))
            for place in 0..<terms.matches.count {
                let source = terms.matches[place]
                stems[rows.sources[source].firstTerm &+ terms.entry(source).ordinal] = ordinal
            }
        }
        return true
    }

    /// Writes a surface word; false if none of its rows is left.
    private mutating func writeWord(_ terms: borrowing MergedTermCursor, to writer: inout SegmentWriter) -> Bool {
        var stem: UInt32?
        var total = 0
        var isTotalKnown = true
        for place in 0..<terms.matches.count {
            let source = terms.matches[place]
            let entry = terms.entry(source)
            guard let own = mergedStem(entry, source), own == stem ?? own else { continue }
            stem = own
            total += entry.documentFrequency
            isTotalKnown = isTotalKnown && rows.sources[source].isWhole
        }
        guard let stem else { return false }
        let stemFrequency = Int(documentFrequencies[Int(stem)])
        if isTotalKnown, total == stemFrequency {
            writer.appendShared(terms.term, prefix: terms.prefix, documentFrequency: total, stem: Int(stem))
            return true
        }
        gathered.removeAll()
        for place in 0..<terms.matches.count {
            let source = terms.matches[place]
            let entry = terms.entry(source)
            if mergedStem(entry, source) == stem { gatherRows(rows.sources[source], entry) }
        }
        let count = gathered.rows.count
        guard count > 0 else { return false }
        if count == stemFrequency {
            writer.appendShared(terms.term, prefix: terms.prefix, documentFrequency: count, stem: Int(stem))
            return true
        }
        sorted.removeAll()
        if rows.isReordered { sorter.sort(gathered.rows, into: &sorted.rows) }
        writer.append(
            terms.term, prefix: terms.prefix, rows: rows.isReordered ? sorted.rows.base : gathered.rows.base,
            count: count, stem: Int(stem))
        return true
    }

    /// The merged ordinal of the term that a source's surface word points to.
    private func mergedStem(_ word: TermEntry, _ source: Int) -> UInt32? {
        guard word.stem < rows.sources[source].termCount else { return nil }
        let stem = stems[rows.sources[source].firstTerm + word.stem]
        return stem == .max ? nil : stem
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
            gathered.positions.append(entry.position)
            return
        }
        var cursor = source.segment._withUnsafeGuaranteedRef { $0.cursor(entry, field, scratch: scratch) }
        while cursor.nextBlock() {
            cursor.loadRows()
            cursor.loadFrequencies()
            var reader = cursor.positionReader(skipping: 0)
            var available = reader?.remaining ?? 0
            for index in 0..<cursor.count {
                let row = rows.newRow(cursor.rows[index], of: source)
                // Damaged postings may claim more positions than there are; a row has one at least.
                let given = min(Int(cursor.frequencies[index]), available)
                available &-= given
                var position: UInt32 = 0
                for _ in 0..<given {
                    position &+= reader?.next() ?? 0
                    if row != MergedRows.gone { gathered.positions.append(position) }
                }
                guard row != MergedRows.gone else { continue }
                gathered.rows.append(row)
                gathered.frequencies.append(UInt32(max(1, given)))
                if given == 0 { gathered.positions.append(0) }
            }
        }
    }

    /// Appends the rows that stay of a surface word.
    private mutating func gatherRows(_ source: MergedRows.Source, _ entry: TermEntry) {
        var cursor = source.segment._withUnsafeGuaranteedRef { $0.cursor(entry, .surface, scratch: scratch) }
        while cursor.nextBlock() {
            cursor.loadRows()
            for index in 0..<cursor.count {
                let row = rows.newRow(cursor.rows[index], of: source)
                if row != MergedRows.gone { gathered.rows.append(row) }
            }
        }
    }
}

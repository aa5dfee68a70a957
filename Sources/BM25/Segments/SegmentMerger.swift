internal import IndexCore

/// Joins segments whose ids ascend from one to the next into one, leaving rows out, without analysing anything again.
///
/// The bytes are those a builder would give for the passages that stay, in the same order. Scores do not move:
/// statistics count live rows before and after. Unsafe inside: raw memory, bounded; safe on damaged sources, of which
/// it makes a sound segment with wrong contents.
struct SegmentMerger: ~Copyable {
    /// Terms between two looks at the deadline.
    private static let termsPerCheck = 1 << 10

    /// Keeps what ``sources`` point to.
    private let segments: [BM25Segment]
    private let sources: RawArray<Source>
    /// For each source with rows that go, the new row of each old one, `UInt32.max` for one that goes.
    private let newRows: RawArray<UInt32>
    private let cursors: UnsafeMutablePointer<TermCursor>
    /// By source, the first eight bytes of the term its cursor is at.
    private let prefixes: UnsafeMutablePointer<UInt64>
    /// Sources whose cursors are at a term, and those of them that are at the least one, in their order.
    private var active = RawArray<Int>()
    private var matches = RawArray<Int>()
    private let scratch = UnsafeMutablePointer<UInt32>.allocate(capacity: PostingsCursor.scratchCount)
    private var postings = SegmentWriter.Postings()
    /// Rows of the merged segment by the ordinal of its terms in the combined field.
    private var documentFrequencies = RawArray<UInt32>()
    /// By source, one after another: the merged ordinal of each combined term, `UInt32.max` for one that is gone.
    private let stems: RawArray<UInt32>

    /// One segment to be merged: plain values, so that looking one up counts no references.
    private struct Source {
        let segment: Unmanaged<BM25Segment>
        let rowCount: Int
        /// The new row of the first one, if all rows stay.
        let firstRow: UInt32
        /// Where its part of ``newRows`` begins; -1 if all stay.
        let newRows: Int
        /// Where its terms begin in ``stems``, and how many they are.
        let firstStem: Int
        let stemCount: Int
    }

    /// Merges the rows of `states` that are neither dead nor missing in `live`; nil if none is left.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    static func merge(
        _ states: [BM25SegmentState], live: IDSet? = nil, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> BM25Segment? {
        var rows = PassageRowsBuilder(capacity: states.reduce(0) { $0 + $1.livePassageCount })
        var sources = RawArray<Source>(capacity: states.count)
        var segments: [BM25Segment] = []
        var newRows = RawArray<UInt32>()
        var stemCount = 0
        for state in states {
            let segment = state.segment
            let firstRow = UInt32(rows.count)
            let firstNewRow = newRows.count
            let isWhole = copyRows(of: state, live: live, to: &rows, &newRows)
            guard rows.count > Int(firstRow) else { continue }
            segments.append(segment)
            sources.append(
                Source(
                    segment: Unmanaged.passUnretained(segment), rowCount: segment.rows.count, firstRow: firstRow,
                    newRows: isWhole ? -1 : firstNewRow, firstStem: stemCount, stemCount: segment.termCount))
            stemCount += segment.termCount
            try deadline.checkSearch()
        }
        guard let fingerprint = segments.first?.fingerprint else { return nil }
        func size(_ name: SegmentSections.Name) -> Int { segments.reduce(0) { $0 + $1.sections[name].count } }
        var writer = SegmentWriter(
            rows: rows, dictionaryCapacity: size(SegmentLayout.dictionary),
            postingsCapacity: size(SegmentLayout.postings), positionsCapacity: size(SegmentLayout.positions))
        var merger = SegmentMerger(segments, sources, newRows, stemCount: stemCount)
        for field in TermField.allCases {
            try merger.merge(field, to: &writer, deadline)
        }
        return writer.finish(fingerprint: fingerprint)
    }

    private init(
        _ segments: [BM25Segment], _ sources: consuming RawArray<Source>, _ newRows: consuming RawArray<UInt32>,
        stemCount: Int
    ) {
        self.segments = segments
        self.sources = sources
        self.newRows = newRows
        cursors = .allocate(capacity: segments.count)
        prefixes = .allocate(capacity: segments.count)
        stems = RawArray(repeating: .max, count: stemCount)
    }

    deinit {
        cursors.deallocate()
        prefixes.deallocate()
        scratch.deallocate()
    }

    /// Copies the rows that stay; returns whether all do.
    ///
    /// If not, `newRows` grows by where each old one went.
    private static func copyRows(
        of state: BM25SegmentState, live: IDSet?, to rows: inout PassageRowsBuilder, _ newRows: inout RawArray<UInt32>
    ) -> Bool {
        let old = state.segment.rows
        let first = UInt32(rows.count)
        var isWhole = true
        for row in 0..<old.count {
            let id = old.id(row)
            let stays = !state.isDead(row) && live?.contains(PassageID(id)) ?? true
            if !stays, isWhole {
                isWhole = false
                for earlier in 0..<UInt32(row) { newRows.append(first + earlier) }
            }
            if !isWhole { newRows.append(stays ? UInt32(rows.count) : .max) }
            guard stays else { continue }
            rows.append(
                PassageRowsBuilder.Row(
                    id: id, document: old.document(row), length: old.length(row), norm: old.norms[row],
                    titleLength: old.titleLength(row), titleNorm: old.titleNorm(row)))
        }
        return isWhole
    }

    // MARK: Terms

    private mutating func merge(
        _ field: TermField, to writer: inout SegmentWriter, _ deadline: SearchDeadline
    ) throws(BM25Error) {
        writer.beginField()
        active.removeAll()
        for source in 0..<sources.count {
            (cursors + source).initialize(to: TermCursor(segments[source].dictionary, field))
            if step(source) { active.append(source) }
        }
        defer { cursors.deinitialize(count: sources.count) }
        var untilCheck = Self.termsPerCheck
        var ordinal: UInt32 = 0
        while active.count > 0 {
            findLeast()
            let prefix = prefixes[matches[0]]
            let isWritten =
                field == .surface ? writeWord(prefix, to: &writer) : writeTerm(prefix, field, ordinal, to: &writer)
            ordinal &+= isWritten ? 1 : 0
            for place in 0..<matches.count where !step(matches[place]) {
                endSource(matches[place])
            }
            untilCheck -= 1
            if untilCheck == 0 {
                try deadline.checkSearch()
                untilCheck = Self.termsPerCheck
            }
        }
    }

    @inline(__always)
    private func step(_ source: Int) -> Bool {
        guard cursors[source].next() else { return false }
        prefixes[source] = cursors[source].prefix
        return true
    }

    private mutating func endSource(_ source: Int) {
        var kept = 0
        for place in 0..<active.count where active[place] != source {
            active[kept] = active[place]
            kept += 1
        }
        active.resize(kept)
    }

    /// Finds the sources that stand at the least term.
    @inline(__always)
    private mutating func findLeast() {
        matches.removeAll()
        var least = UInt64.max
        for place in 0..<active.count {
            least = min(least, prefixes[active[place]])
        }
        for place in 0..<active.count where prefixes[active[place]] == least {
            let source = active[place]
            guard matches.count > 0 else {
                matches.append(source)
                continue
            }
            let term = UnsafeRawBufferPointer(cursors[source].term)
            let leastTerm = UnsafeRawBufferPointer(cursors[matches[0]].term)
            // Equal prefixes of at most eight bytes of equal length are equal terms.
            if term.count == leastTerm.count, term.count <= 8 || term.elementsEqual(leastTerm) {
                matches.append(source)
            } else if TermCursor.isBelow(term, leastTerm) {
                matches.removeAll()
                matches.append(source)
            }
        }
    }

    /// Writes a term with positions; false if none of its rows is left.
    private mutating func writeTerm(
        _ prefix: UInt64, _ field: TermField, _ ordinal: UInt32, to writer: inout SegmentWriter
    ) -> Bool {
        postings.removeAll()
        for place in 0..<matches.count {
            gather(sources[matches[place]], cursors[matches[place]].entry, field)
        }
        guard postings.rows.count > 0 else { return false }
        writer.append(UnsafeRawBufferPointer(cursors[matches[0]].term), prefix: prefix, field, postings)
        if field == .combined {
            documentFrequencies.append(UInt32(postings.rows.count))
            for place in 0..<matches.count {
                stems[sources[matches[place]].firstStem &+ cursors[matches[place]].entry.ordinal] = ordinal
            }
        }
        return true
    }

    /// Writes a surface word; false if none of its rows is left.
    private mutating func writeWord(_ prefix: UInt64, to writer: inout SegmentWriter) -> Bool {
        let word = UnsafeRawBufferPointer(cursors[matches[0]].term)
        var stem: UInt32?
        var total = 0
        var isTotalKnown = true
        for place in 0..<matches.count {
            let source = matches[place]
            guard let own = mergedStem(source), own == stem ?? own else { continue }
            stem = own
            total += cursors[source].entry.documentFrequency
            isTotalKnown = isTotalKnown && sources[source].newRows < 0
        }
        guard let stem else { return false }
        let stemFrequency = Int(documentFrequencies[Int(stem)])
        if isTotalKnown, total == stemFrequency {
            writer.appendShared(word, prefix: prefix, documentFrequency: total, stem: Int(stem))
            return true
        }
        postings.removeAll()
        for place in 0..<matches.count where mergedStem(matches[place]) == stem {
            gatherRows(sources[matches[place]], cursors[matches[place]].entry)
        }
        let count = postings.rows.count
        guard count > 0 else { return false }
        if count == stemFrequency {
            writer.appendShared(word, prefix: prefix, documentFrequency: count, stem: Int(stem))
        } else {
            writer.append(word, prefix: prefix, rows: postings.rows.base, count: count, stem: Int(stem))
        }
        return true
    }

    /// The merged ordinal of the term that a source's present surface word points to.
    private func mergedStem(_ source: Int) -> UInt32? {
        let ordinal = cursors[source].entry.stem
        guard ordinal < sources[source].stemCount else { return nil }
        let stem = stems[sources[source].firstStem + ordinal]
        return stem == .max ? nil : stem
    }

    // MARK: Postings

    @inline(__always)
    private func newRow(_ row: UInt32, of source: Source) -> UInt32 {
        source.newRows < 0 ? source.firstRow &+ row : newRows[source.newRows &+ Int(row)]
    }

    /// Appends a term's postings that stay.
    private mutating func gather(_ source: Source, _ entry: TermEntry, _ field: TermField) {
        if entry.documentFrequency == 1, entry.totalFrequency == 1 {
            guard Int(entry.row) < source.rowCount else { return }
            let row = newRow(entry.row, of: source)
            guard row != .max else { return }
            postings.rows.append(row)
            postings.frequencies.append(1)
            postings.positions.append(entry.position)
            return
        }
        var cursor = source.segment._withUnsafeGuaranteedRef { $0.cursor(entry, field, scratch: scratch) }
        while cursor.nextBlock() {
            cursor.loadRows()
            cursor.loadFrequencies()
            var reader = cursor.positionReader(skipping: 0)
            var available = reader?.remaining ?? 0
            for index in 0..<cursor.count {
                let row = newRow(cursor.rows[index], of: source)
                // Damaged postings may claim more positions than there are; a row has one at least.
                let given = min(Int(cursor.frequencies[index]), available)
                available &-= given
                var position: UInt32 = 0
                for _ in 0..<given {
                    position &+= reader?.next() ?? 0
                    if row != .max { postings.positions.append(position) }
                }
                guard row != .max else { continue }
                postings.rows.append(row)
                postings.frequencies.append(UInt32(max(1, given)))
                if given == 0 { postings.positions.append(0) }
            }
        }
    }

    /// Appends the rows that stay of a surface word.
    private mutating func gatherRows(_ source: Source, _ entry: TermEntry) {
        var cursor = source.segment._withUnsafeGuaranteedRef { $0.cursor(entry, .surface, scratch: scratch) }
        while cursor.nextBlock() {
            cursor.loadRows()
            for index in 0..<cursor.count {
                let row = newRow(cursor.rows[index], of: source)
                if row != .max { postings.rows.append(row) }
            }
        }
    }
}

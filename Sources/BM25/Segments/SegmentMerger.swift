internal import IndexCore

/// Joins segments whose ids ascend from one to the next into one, leaving rows out, without analysing anything again.
///
/// The bytes are those a builder would give for the passages that stay, in the same order. Scores do not move:
/// statistics count live rows before and after. Unsafe inside: raw memory, bounded; safe on damaged sources, of which
/// it makes a sound segment with wrong contents.
struct SegmentMerger: ~Copyable {
    /// Terms between two looks at the deadline.
    private static let termsPerCheck = 1 << 14

    private let sources: [Source]
    private let cursors: UnsafeMutablePointer<TermCursor>
    private let scratch = UnsafeMutablePointer<UInt32>.allocate(capacity: PostingsCursor.scratchCount)
    private var postings = SegmentWriter.Postings()
    /// Rows of the merged segment by the ordinal of its terms in the combined field.
    private var documentFrequencies = RawArray<UInt32>()
    /// By source, one after another: the merged ordinal of each combined term, `UInt32.max` for one that is gone.
    private let stems: RawArray<UInt32>

    /// One segment to be merged.
    private struct Source {
        let segment: BM25Segment
        /// The new row of the first one, if all rows stay.
        let firstRow: UInt32
        /// The new row of each old one, `UInt32.max` for one that goes; empty if all stay.
        let newRows: [UInt32]
        /// Where its terms begin in ``stems``.
        let firstStem: Int
    }

    /// Merges the rows of `states` that are neither dead nor missing in `live`; nil if none is left.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    static func merge(
        _ states: [BM25SegmentState], live: IDSet? = nil, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> BM25Segment? {
        var rows = PassageRowsBuilder(capacity: states.reduce(0) { $0 + $1.livePassageCount })
        var sources: [Source] = []
        var stemCount = 0
        for state in states {
            let first = rows.count
            let newRows = copyRows(of: state, live: live, to: &rows)
            guard rows.count > first else { continue }
            sources.append(
                Source(
                    segment: state.segment, firstRow: UInt32(first), newRows: newRows, firstStem: stemCount))
            stemCount += state.segment.termCount
            try deadline.checkSearch()
        }
        guard let fingerprint = sources.first?.segment.fingerprint else { return nil }
        var merger = SegmentMerger(sources, stemCount: stemCount)
        func size(_ name: SegmentSections.Name) -> Int {
            sources.reduce(0) { $0 + $1.segment.sections[name].count }
        }
        var writer = SegmentWriter(
            rows: rows, dictionaryCapacity: size(SegmentLayout.dictionary),
            postingsCapacity: size(SegmentLayout.postings), positionsCapacity: size(SegmentLayout.positions))
        for field in TermField.allCases {
            try merger.merge(field, to: &writer, deadline)
        }
        return writer.finish(fingerprint: fingerprint)
    }

    private init(_ sources: [Source], stemCount: Int) {
        self.sources = sources
        cursors = .allocate(capacity: sources.count)
        stems = RawArray(repeating: .max, count: stemCount)
    }

    deinit {
        cursors.deallocate()
        scratch.deallocate()
    }

    /// Copies the rows that stay; returns where each went, nothing if all stay.
    private static func copyRows(
        of state: BM25SegmentState, live: IDSet?, to rows: inout PassageRowsBuilder
    ) -> [UInt32] {
        let old = state.segment.rows
        var newRows: [UInt32] = []
        var isWhole = true
        for row in 0..<old.count {
            let id = old.id(row)
            let stays = !state.isDead(row) && live?.contains(PassageID(id)) ?? true
            if !stays, isWhole {
                isWhole = false
                newRows.reserveCapacity(old.count)
                let first = UInt32(rows.count - row)
                newRows.append(contentsOf: (0..<UInt32(row)).map { first + $0 })
            }
            if !isWhole { newRows.append(stays ? UInt32(rows.count) : .max) }
            guard stays else { continue }
            rows.append(
                PassageRowsBuilder.Row(
                    id: id, document: old.document(row), length: old.length(row), norm: old.norms[row],
                    titleLength: old.titleLength(row), titleNorm: old.titleNorm(row)))
        }
        return newRows
    }

    // MARK: Terms

    private mutating func merge(
        _ field: TermField, to writer: inout SegmentWriter, _ deadline: SearchDeadline
    ) throws(BM25Error) {
        writer.beginField()
        let sourceCount = sources.count
        var prefixes = [UInt64](repeating: 0, count: sourceCount)
        var active: [Int] = []
        for source in 0..<sourceCount {
            (cursors + source).initialize(to: TermCursor(sources[source].segment.dictionary, field))
            if step(source, &prefixes) { active.append(source) }
        }
        defer { cursors.deinitialize(count: sourceCount) }
        var matches: [Int] = []
        matches.reserveCapacity(sourceCount)
        var untilCheck = Self.termsPerCheck
        var ordinal: UInt32 = 0
        while !active.isEmpty {
            findLeast(active, prefixes, &matches)
            let prefix = prefixes[matches[0]]
            let isWritten =
                field == .surface
                ? writeWord(matches, prefix, to: &writer) : writeTerm(matches, prefix, field, ordinal, to: &writer)
            ordinal += isWritten ? 1 : 0
            for source in matches where !step(source, &prefixes) {
                active.removeAll { $0 == source }
            }
            untilCheck -= 1
            if untilCheck == 0 {
                try deadline.checkSearch()
                untilCheck = Self.termsPerCheck
            }
        }
    }

    @inline(__always)
    private func step(_ source: Int, _ prefixes: inout [UInt64]) -> Bool {
        guard cursors[source].next() else { return false }
        prefixes[source] = TermDictionary.prefix(UnsafeRawBufferPointer(cursors[source].term))
        return true
    }

    /// The sources that stand at the least term, in their order.
    @inline(__always)
    private func findLeast(_ active: [Int], _ prefixes: [UInt64], _ matches: inout [Int]) {
        matches.removeAll(keepingCapacity: true)
        var least = UInt64.max
        for source in active {
            least = min(least, prefixes[source])
        }
        for source in active where prefixes[source] == least {
            guard let first = matches.first else {
                matches.append(source)
                continue
            }
            let term = UnsafeRawBufferPointer(cursors[source].term)
            let leastTerm = UnsafeRawBufferPointer(cursors[first].term)
            if term.count == leastTerm.count, term.count <= 8 || term.elementsEqual(leastTerm) {
                matches.append(source)
            } else if TermCursor.isBelow(term, leastTerm) {
                matches.removeAll(keepingCapacity: true)
                matches.append(source)
            }
        }
    }

    /// Writes a term with positions; false if none of its rows is left.
    private mutating func writeTerm(
        _ matches: [Int], _ prefix: UInt64, _ field: TermField, _ ordinal: UInt32, to writer: inout SegmentWriter
    ) -> Bool {
        postings.removeAll()
        for source in matches {
            gather(source, cursors[source].entry, field)
        }
        guard postings.rows.count > 0 else { return false }
        writer.append(UnsafeRawBufferPointer(cursors[matches[0]].term), prefix: prefix, field, postings)
        if field == .combined {
            documentFrequencies.append(UInt32(postings.rows.count))
            for source in matches {
                stems[sources[source].firstStem + cursors[source].entry.ordinal] = ordinal
            }
        }
        return true
    }

    /// Writes a surface word; false if none of its rows is left.
    private mutating func writeWord(_ matches: [Int], _ prefix: UInt64, to writer: inout SegmentWriter) -> Bool {
        let word = UnsafeRawBufferPointer(cursors[matches[0]].term)
        var stem: UInt32?
        var total = 0
        var isTotalKnown = true
        for source in matches {
            guard let own = mergedStem(source), own == stem ?? own else { continue }
            stem = own
            total += cursors[source].entry.documentFrequency
            isTotalKnown = isTotalKnown && sources[source].newRows.isEmpty
        }
        guard let stem else { return false }
        let stemFrequency = Int(documentFrequencies[Int(stem)])
        if isTotalKnown, total == stemFrequency {
            writer.appendShared(word, prefix: prefix, documentFrequency: total, stem: Int(stem))
            return true
        }
        postings.removeAll()
        for source in matches where mergedStem(source) == stem {
            gatherRows(source, cursors[source].entry)
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
        guard ordinal < sources[source].segment.termCount else { return nil }
        let stem = stems[sources[source].firstStem + ordinal]
        return stem == .max ? nil : stem
    }

    // MARK: Postings

    @inline(__always)
    private func newRow(_ row: UInt32, of source: Source) -> UInt32 {
        source.newRows.isEmpty ? source.firstRow &+ row : source.newRows[Int(row)]
    }

    /// Appends a term's postings that stay.
    private mutating func gather(_ place: Int, _ entry: TermEntry, _ field: TermField) {
        let source = sources[place]
        if entry.documentFrequency == 1, entry.totalFrequency == 1 {
            guard Int(entry.row) < source.segment.rows.count else { return }
            let row = newRow(entry.row, of: source)
            guard row != .max else { return }
            postings.rows.append(row)
            postings.frequencies.append(1)
            postings.positions.append(entry.position)
            return
        }
        var cursor = source.segment.cursor(entry, field, scratch: scratch)
        while cursor.nextBlock() {
            cursor.loadRows()
            cursor.loadFrequencies()
            var reader = cursor.positionReader(skipping: 0)
            for index in 0..<cursor.count {
                let row = newRow(cursor.rows[index], of: source)
                // Damaged postings may claim more positions than there are.
                let wanted = min(Int(cursor.frequencies[index]), max(1, reader?.remaining ?? 1))
                if row != .max {
                    postings.rows.append(row)
                    postings.frequencies.append(UInt32(wanted))
                }
                var position: UInt32 = 0
                for _ in 0..<wanted {
                    position &+= (reader?.remaining ?? 0) > 0 ? reader?.next() ?? 0 : 0
                    if row != .max { postings.positions.append(position) }
                }
            }
        }
    }

    /// Appends the rows that stay of a surface word.
    private mutating func gatherRows(_ place: Int, _ entry: TermEntry) {
        let source = sources[place]
        var cursor = source.segment.cursor(entry, .surface, scratch: scratch)
        while cursor.nextBlock() {
            cursor.loadRows()
            for index in 0..<cursor.count {
                let row = newRow(cursor.rows[index], of: source)
                if row != .max { postings.rows.append(row) }
            }
        }
    }
}

internal import CKernels
internal import IndexCore

/// The documents of a merge as the terms they hold, and from that the order in which they lie best.
///
/// Where documents of the same words are neighbours, the gaps of postings are small, their blocks dense or far apart,
/// and bounds of blocks near the scores in them. A document's passages stay together. The order depends on the
/// segments' contents alone. Memory: six bytes a posting that counts, and some twenty a document; unsafe inside, raw
/// arrays indexed by numbers it gave itself.
struct DocumentOrder: ~Copyable {
    /// Terms in more than an eighth of the rows lie everywhere, whatever the order.
    private static let greatestShare = 8
    /// Terms that count, the commonest: two bytes tell them apart, and one number is left for none.
    private static let termLimit = 65_000
    /// Postings a document that count, those of the rarest of these terms: the commonest are most of the work, and tell
    /// documents apart the least.
    private static let postingsPerDocument = 12
    /// Postings that count: what memory, or files instead of it, 240 MB, is bounded by.
    private static let postingLimit = 40 << 20

    /// By document, its first row.
    private var firstRows: RawArray<UInt32>
    /// By row, its document.
    private var documents: RawArray<UInt32>
    private let spill: SpillFolder?

    /// The new place of each row, by its old one.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    static func places(
        of rows: borrowing MergedRows, spill: SpillFolder?, _ deadline: SearchDeadline
    ) throws(BM25Error) -> RawArray<UInt32> {
        var order = DocumentOrder(rows, spill: spill)
        order.findDocuments(rows)
        let frequencies = try order.frequencies(rows, deadline)
        let range = order.range(of: frequencies, rowCount: rows.count)
        let graph = try order.graph(rows, range, deadline)
        let bisection = GraphBisection(graph, spill: spill)
        let sorted = try bisection.run(deadline)
        return order.places(sorted, rowCount: rows.count)
    }

    private init(_ rows: borrowing MergedRows, spill: SpillFolder?) {
        self.spill = spill
        firstRows = RawArray(capacity: 1_024, spill: spill)
        documents = RawArray(repeating: 0, count: rows.count, spill: spill)
    }

    private mutating func findDocuments(_ rows: borrowing MergedRows) {
        var last: (source: Int, document: UInt32)?
        var row: UInt32 = 0
        for source in 0..<rows.sources.count {
            let passages = rows.segments[source].rows
            for place in 0..<passages.count
            where rows.newRow(UInt32(place), of: rows.sources[source]) != MergedRows.gone {
                let document = passages.document(place)
                if last?.source != source || last?.document != document {
                    firstRows.append(row)
                    last = (source, document)
                }
                documents[Int(row)] = UInt32(truncatingIfNeeded: firstRows.count &- 1)
                row &+= 1
            }
        }
    }

    /// How many rows hold each term, dead ones included: by the terms' order.
    private func frequencies(
        _ rows: borrowing MergedRows, _ deadline: SearchDeadline
    ) throws(BM25Error) -> RawArray<UInt32> {
        var frequencies = RawArray<UInt32>(capacity: 1 << 16, spill: spill)
        var terms = MergedTermCursor(rows.segments, .combined)
        while terms.next() {
            var frequency = 0
            let term = terms.term
            for place in 0..<term.count {
                frequency &+= term.entry(place).documentFrequency
            }
            frequencies.append(UInt32(clamping: frequency))
            if frequencies.count & 0xFFFF == 0 { try deadline.checkSearch() }
        }
        return frequencies
    }

    /// The frequencies of terms that count.
    private func range(of frequencies: borrowing RawArray<UInt32>, rowCount: Int) -> ClosedRange<UInt32> {
        var sorted = RawArray<UInt32>(capacity: frequencies.count, spill: spill)
        let greatest = UInt32(max(2, rowCount / Self.greatestShare))
        let limit = min(Self.postingLimit, firstRows.count * Self.postingsPerDocument)
        for term in 0..<frequencies.count where 2...greatest ~= frequencies[term] {
            sorted.append(frequencies[term])
        }
        var all = UnsafeMutableBufferPointer(start: sorted.base, count: sorted.count)
        all.sort()
        var least: UInt32 = 2
        var last = sorted.count
        if last > Self.termLimit {
            // Terms as frequent as the first that is left out are left out with it.
            least = sorted[last - Self.termLimit - 1] + 1
        }
        var total = 0
        last = 0
        while last < sorted.count, total <= limit {
            total += sorted[last] >= least ? Int(sorted[last]) : 0
            last += 1
        }
        guard last > 0, total > limit else { return least...max(least, greatest) }
        return least...max(least, sorted[last - 1] - 1)
    }

    private func graph(
        _ rows: borrowing MergedRows, _ range: ClosedRange<UInt32>, _ deadline: SearchDeadline
    ) throws(BM25Error) -> DocumentGraph {
        var holders = TermHolders(documentCount: firstRows.count, spill: spill)
        try forEachPosting(rows, range, deadline) { document in
            holders.append(document)
        } endOfTerm: {
            holders.endTerm()
        }
        let rooms = RawArray<UInt32>(repeating: 0, count: firstRows.count, spill: spill)
        holders.forEachByDocument { _, document in
            rooms[document] &+= 1
        }
        let graph = DocumentGraph(rooms: rooms, termCount: holders.termCount, spill: spill)
        holders.forEachByDocument { term, document in
            graph.append(term, to: document)
        }
        return graph
    }

    /// Calls `body` with the documents of each term that counts, which ascend.
    private func forEachPosting(
        _ rows: borrowing MergedRows, _ range: ClosedRange<UInt32>, _ deadline: SearchDeadline,
        _ body: (_ document: UInt32) -> Void, endOfTerm: () -> Void
    ) throws(BM25Error) {
        var terms = MergedTermCursor(rows.segments, .combined)
        var untilCheck = 0xFF
        while terms.next() {
            var frequency = 0
            let term = terms.term
            for place in 0..<term.count {
                frequency &+= term.entry(place).documentFrequency
            }
            guard range ~= UInt32(clamping: frequency) else { continue }
            for place in 0..<term.count {
                let source = rows.sources[term.source(place)]
                var last = UInt32.max
                source.segment._withUnsafeGuaranteedRef { segment in
                    segment.forEachBlock(of: term.entry(place)) { block in
                        // Rows lie far apart: all their documents are asked for before the first is needed.
                        for row in block { ck_prefetch(documents.base + Int(rows.newRow(row, of: source))) }
                        for row in block {
                            let place = rows.newRow(row, of: source)
                            guard place != MergedRows.gone else { continue }
                            let document = documents[Int(place)]
                            if document != last { body(document) }
                            last = document
                        }
                    }
                }
            }
            endOfTerm()
            untilCheck -= 1
            if untilCheck == 0 {
                try deadline.checkSearch()
                untilCheck = 0xFF
            }
        }
    }

    private func places(_ sorted: borrowing RawArray<UInt32>, rowCount: Int) -> RawArray<UInt32> {
        let places = RawArray<UInt32>(repeating: 0, count: rowCount, spill: spill)
        var place: UInt32 = 0
        for index in 0..<sorted.count {
            let document = Int(sorted[index])
            let end = document + 1 < firstRows.count ? firstRows[document + 1] : UInt32(rowCount)
            for row in firstRows[document]..<end {
                places[Int(row)] = place
                place &+= 1
            }
        }
        return places
    }
}

/// Which documents hold each term, taken in term after term and handed over a part of the documents after the other: what is
/// kept of so many stays in a cache.
///
/// Unsafe inside: raw arrays, indexed by numbers it gave itself.
private struct TermHolders: ~Copyable {
    /// Documents of one part: 2 to this power, which leaves 16 bits of an entry for the term.
    private static let partBits: UInt32 = 15
    /// Entries of a part lie in chunks of so many.
    private static let chunkCount = 1 << 12

    /// By part, and in a part by term: the document in its part, then the term.
    private var entries: RawArray<UInt32>
    /// By chunk of ``entries``, the part's next chunk; of its last one, itself.
    private var nextChunks = RawArray<UInt32>(capacity: 1 << 8)
    /// By part: where its first entry is, and where its next one goes; a whole number of chunks means a new one.
    private let starts: RawArray<Int>
    private let ends: RawArray<Int>
    /// The terms so far.
    private(set) var termCount = 0

    init(documentCount: Int, spill: SpillFolder?) {
        entries = RawArray(capacity: 1 << 20, spill: spill)
        let partCount = documentCount >> Int(Self.partBits) + 1
        starts = RawArray(repeating: -1, count: partCount)
        ends = RawArray(repeating: 0, count: partCount)
    }

    @inline(__always)
    mutating func append(_ document: UInt32) {
        let part = Int(document &>> Self.partBits)
        if ends[part] & (Self.chunkCount &- 1) == 0 { addChunk(to: part) }
        entries[ends[part]] =
            (document & (1 &<< Self.partBits &- 1)) &<< 16 | UInt32(truncatingIfNeeded: termCount)
        ends[part] &+= 1
    }

    mutating func endTerm() { termCount += 1 }

    @inline(never)
    private mutating func addChunk(to part: Int) {
        let chunk = nextChunks.count
        if starts[part] < 0 {
            starts[part] = chunk * Self.chunkCount
        } else {
            nextChunks[ends[part] / Self.chunkCount - 1] = UInt32(chunk)
        }
        nextChunks.append(UInt32(chunk))
        entries.resize(entries.count + Self.chunkCount)
        ends[part] = chunk * Self.chunkCount
    }

    /// Calls `body` with each term of each document, in a document by ascending terms, a part of the documents after the other.
    @inline(__always)
    func forEachByDocument(_ body: (_ term: UInt16, _ document: Int) -> Void) {
        for part in 0..<starts.count where starts[part] >= 0 {
            let first = part &<< Int(Self.partBits)
            var place = starts[part]
            while place != ends[part] {
                let entry = entries[place]
                body(UInt16(truncatingIfNeeded: entry), first &+ Int(entry &>> 16))
                place &+= 1
                if place & (Self.chunkCount &- 1) == 0, place != ends[part] {
                    place = Int(nextChunks[place / Self.chunkCount &- 1]) * Self.chunkCount
                }
            }
        }
    }
}

internal import IndexCore

/// The documents of a merge as the terms they hold, and from that the order in which they lie best.
///
/// Where documents of the same words are neighbours, the gaps of postings are small, their blocks dense or far apart,
/// and bounds of blocks near the scores in them. A document's passages stay together. The order depends on the
/// segments' contents alone. Memory: two bytes a posting that counts, and some twenty a document; unsafe inside, raw
/// arrays indexed by numbers it gave itself.
struct DocumentOrder: ~Copyable {
    /// Terms in more than an eighth of the rows lie everywhere, whatever the order.
    private static let greatestShare = 8
    /// Terms that count: as many as two bytes tell apart, the commonest.
    private static let termLimit = 1 << 16
    /// Postings that count: what memory, 256 MB, is bounded by.
    private static let postingLimit = 128 << 20

    /// By document, its first row.
    private var firstRows = RawArray<UInt32>(capacity: 1_024)
    /// By row, its document.
    private var documents: RawArray<UInt32>

    /// The new place of each row, by its old one.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    static func places(
        of rows: borrowing MergedRows, _ deadline: SearchDeadline
    ) throws(BM25Error) -> RawArray<UInt32> {
        var order = DocumentOrder(rows)
        order.findDocuments(rows)
        let frequencies = try order.frequencies(rows, deadline)
        let graph = try order.graph(rows, Self.range(of: frequencies, rowCount: rows.count), deadline)
        var bisection = GraphBisection(graph)
        let sorted = try bisection.run(deadline)
        return order.places(sorted, rowCount: rows.count)
    }

    private init(_ rows: borrowing MergedRows) {
        documents = RawArray(repeating: 0, count: rows.count)
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
        var frequencies = RawArray<UInt32>(capacity: 1 << 16)
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
    private static func range(of frequencies: borrowing RawArray<UInt32>, rowCount: Int) -> ClosedRange<UInt32> {
        var sorted = RawArray<UInt32>(capacity: frequencies.count)
        let greatest = UInt32(max(2, rowCount / greatestShare))
        for term in 0..<frequencies.count where 2...greatest ~= frequencies[term] {
            sorted.append(frequencies[term])
        }
        var all = UnsafeMutableBufferPointer(start: sorted.base, count: sorted.count)
        all.sort()
        var least: UInt32 = 2
        var last = sorted.count
        if last > termLimit {
            // Terms as frequent as the first that is left out are left out with it.
            least = sorted[last - termLimit - 1] + 1
        }
        var total = 0
        last = 0
        while last < sorted.count, total <= postingLimit {
            total += sorted[last] >= least ? Int(sorted[last]) : 0
            last += 1
        }
        guard last > 0, total > postingLimit else { return least...max(least, greatest) }
        return least...max(least, sorted[last - 1] - 1)
    }

    private func graph(
        _ rows: borrowing MergedRows, _ range: ClosedRange<UInt32>, _ deadline: SearchDeadline
    ) throws(BM25Error) -> DocumentGraph {
        var graph = DocumentGraph(documentCount: firstRows.count)
        let ends = RawArray<Int>(repeating: 0, count: firstRows.count + 1)
        // Twice: how many terms each document has, then which.
        try forEachPosting(rows, range, deadline) { _, document in ends[document + 1] &+= 1 }
        for document in 0..<firstRows.count { ends[document + 1] &+= ends[document] }
        graph.reserve(ends)
        try forEachPosting(rows, range, deadline) { term, document in graph.append(term, to: document) }
        return graph
    }

    private func forEachPosting(
        _ rows: borrowing MergedRows, _ range: ClosedRange<UInt32>, _ deadline: SearchDeadline,
        _ body: (_ term: UInt16, _ document: Int) -> Void
    ) throws(BM25Error) {
        var terms = MergedTermCursor(rows.segments, .combined)
        var number: UInt16 = 0
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
                    segment.forEachRow(of: term.entry(place), .combined) { row in
                        let place = rows.newRow(row, of: source)
                        guard place != MergedRows.gone else { return }
                        let document = documents[Int(place)]
                        if document != last { body(number, Int(document)) }
                        last = document
                    }
                }
            }
            number &+= 1
            if number & 0xFF == 0 { try deadline.checkSearch() }
        }
    }

    private func places(_ sorted: borrowing RawArray<UInt32>, rowCount: Int) -> RawArray<UInt32> {
        let places = RawArray<UInt32>(repeating: 0, count: rowCount)
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

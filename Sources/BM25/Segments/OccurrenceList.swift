/// The occurrences of one field's terms in the order of the text, and the way from there to postings.
///
/// Unsafe inside: raw arrays, indexed by numbers it gave itself.
struct OccurrenceList: ~Copyable {
    /// For each occurrence, the number of its term.
    private var numbers = RawArray<UInt32>(capacity: 256)
    /// Where positions do not go on by one from occurrence to occurrence: mostly where a row or a text begins.
    private var runs = RawArray<Run>(capacity: 16)
    /// For each row, where its occurrences end.
    private var rowEnds = RawArray<Int>(capacity: 8)
    /// By number: the term in the vocabulary.
    private var terms = RawArray<UInt32>(capacity: 128)
    /// By number, once written: rows that hold the term.
    private(set) var documentFrequencies = RawArray<UInt32>(capacity: 1)

    /// Occurrences whose positions are their own numbers and something, up to the next run.
    private struct Run {
        var start: UInt32
        /// What is added; it may wrap around.
        var shift: UInt32
    }

    var count: Int { numbers.count }
    var termCount: Int { terms.count }

    @inline(__always)
    mutating func append(_ term: (number: Int, isNew: Bool), _ token: IndexedToken) {
        if term.isNew {
            terms.append(UInt32(truncatingIfNeeded: token.term))
        }
        let occurrence = UInt32(truncatingIfNeeded: numbers.count)
        let shift = UInt32(truncatingIfNeeded: token.position) &- occurrence
        if runs.count == 0 || runs[runs.count &- 1].shift != shift {
            runs.append(Run(start: occurrence, shift: shift))
        }
        numbers.append(UInt32(truncatingIfNeeded: term.number))
    }

    mutating func endRow() { rowEnds.append(numbers.count) }

    /// Writes all terms in byte order; returns each number's place in it.
    mutating func write(_ field: TermField, to writer: inout SegmentWriter, _ analyzer: Analyzer) -> RawArray<UInt32> {
        let starts = RawArray<UInt32>(repeating: 0, count: terms.count)
        let counts = RawArray<UInt32>(repeating: 0, count: terms.count)
        for occurrence in 0..<numbers.count { counts[Int(numbers[occurrence])] &+= 1 }
        var total: UInt32 = 0
        for number in 0..<terms.count {
            starts[number] = total
            total &+= counts[number]
        }
        let sorted = sortedByTerm(starts)
        let order = TermOrder(terms, analyzer.vocabulary.terms)
        let ordinals = RawArray<UInt32>(repeating: 0, count: terms.count)
        documentFrequencies = RawArray<UInt32>(repeating: 0, count: terms.count)
        var postings = SegmentWriter.Postings()
        writer.beginField(field)
        for place in 0..<order.count {
            let number = order.number(place)
            // The counting sort left each term's end where its start was.
            let end = Int(starts[number])
            gather(sorted, end &- Int(counts[number])..<end, into: &postings)
            writer.append(
                TermKey(prefix: order.prefix(place), analyzer.vocabulary.terms.bytes(Int(terms[number]))), field,
                postings)
            ordinals[number] = UInt32(truncatingIfNeeded: place)
            documentFrequencies[number] = UInt32(truncatingIfNeeded: postings.rows.count)
        }
        return ordinals
    }

    /// All occurrences, term after term, as row and position: a counting sort, so both ascend inside a term.
    private func sortedByTerm(_ next: borrowing RawArray<UInt32>) -> RawArray<UInt64> {
        var sorted = RawArray<UInt64>(capacity: 1)
        sorted.resize(numbers.count)
        var start = 0
        var run = 0
        for row in 0..<rowEnds.count {
            let high = UInt64(truncatingIfNeeded: row) &<< 32
            while start < rowEnds[row] {
                while run &+ 1 < runs.count, Int(runs[run &+ 1].start) <= start { run &+= 1 }
                let shift = runs[run].shift
                let end = run &+ 1 < runs.count ? min(rowEnds[row], Int(runs[run &+ 1].start)) : rowEnds[row]
                for occurrence in start..<end {
                    let number = Int(numbers[occurrence])
                    let place = next[number]
                    next[number] = place &+ 1
                    sorted[Int(place)] = high | UInt64(UInt32(truncatingIfNeeded: occurrence) &+ shift)
                }
                start = end
            }
        }
        return sorted
    }

    /// Without a branch for whether a row is that of the occurrence before.
    @inline(__always)
    private func gather(
        _ sorted: borrowing RawArray<UInt64>, _ range: Range<Int>, into postings: inout SegmentWriter.Postings
    ) {
        postings.rows.resize(range.count)
        postings.frequencies.resize(range.count)
        postings.distances.resize(range.count)
        let (rows, frequencies, distances) = (
            postings.rows.base, postings.frequencies.base, postings.distances.base
        )
        var count = 0
        var frequency: UInt32 = 0
        var last = UInt32.max
        var lastPosition: UInt32 = 0
        for occurrence in 0..<range.count {
            let entry = sorted[range.lowerBound &+ occurrence]
            let row = UInt32(truncatingIfNeeded: entry &>> 32)
            let position = UInt32(truncatingIfNeeded: entry)
            let isSame = row == last
            count &+= isSame ? 0 : 1
            frequency = isSame ? frequency &+ 1 : 1
            rows[count &- 1] = row
            frequencies[count &- 1] = frequency
            distances[occurrence] = position &- (isSame ? lastPosition : 0)
            last = row
            lastPosition = position
        }
        postings.rows.resize(count)
        postings.frequencies.resize(count)
    }
}

/// The occurrences of one field's terms in the order of the text, and the way from there to postings.
///
/// Unsafe inside: raw arrays, indexed by numbers it gave itself.
struct OccurrenceList: ~Copyable {
    /// For each occurrence, the number of its term and its position.
    private var numbers = RawArray<UInt32>(capacity: 256)
    private var positions = RawArray<UInt32>(capacity: 256)
    /// For each row, where its occurrences end.
    private var rowEnds = RawArray<Int>(capacity: 8)
    /// By number: the term in the vocabulary.
    private var terms = RawArray<UInt32>(capacity: 128)
    /// By number, once written: rows that hold the term.
    private(set) var documentFrequencies = RawArray<UInt32>(capacity: 1)

    var count: Int { numbers.count }
    var termCount: Int { terms.count }

    @inline(__always)
    mutating func append(_ term: (number: Int, isNew: Bool), _ token: IndexedToken) {
        if term.isNew {
            terms.append(UInt32(truncatingIfNeeded: token.term))
        }
        numbers.append(UInt32(truncatingIfNeeded: term.number))
        positions.append(UInt32(truncatingIfNeeded: token.position))
    }

    mutating func endRow() { rowEnds.append(numbers.count) }

    /// Writes all terms in byte order; returns each number's place in it.
    mutating func write(_ field: TermField, to writer: inout SegmentWriter, _ analyzer: Analyzer) -> RawArray<UInt32> {
        let starts = RawArray<Int>(repeating: 0, count: terms.count)
        let counts = RawArray<UInt32>(repeating: 0, count: terms.count)
        for occurrence in 0..<numbers.count { counts[Int(numbers[occurrence])] &+= 1 }
        var total = 0
        for number in 0..<terms.count {
            starts[number] = total
            total &+= Int(counts[number])
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
            let end = starts[number]
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
    private func sortedByTerm(_ next: borrowing RawArray<Int>) -> RawArray<UInt64> {
        let sorted = RawArray<UInt64>(repeating: 0, count: numbers.count)
        var start = 0
        for row in 0..<rowEnds.count {
            let high = UInt64(truncatingIfNeeded: row) &<< 32
            for occurrence in start..<rowEnds[row] {
                let number = Int(numbers[occurrence])
                let place = next[number]
                next[number] = place &+ 1
                sorted[place] = high | UInt64(positions[occurrence])
            }
            start = rowEnds[row]
        }
        return sorted
    }

    @inline(__always)
    private func gather(
        _ sorted: borrowing RawArray<UInt64>, _ range: Range<Int>, into postings: inout SegmentWriter.Postings
    ) {
        postings.removeAll()
        var last = UInt32.max
        var lastPosition: UInt32 = 0
        for place in range {
            let row = UInt32(truncatingIfNeeded: sorted[place] &>> 32)
            let position = UInt32(truncatingIfNeeded: sorted[place])
            if row == last {
                postings.frequencies[postings.frequencies.count &- 1] &+= 1
                postings.distances.append(position &- lastPosition)
            } else {
                postings.rows.append(row)
                postings.frequencies.append(1)
                postings.distances.append(position)
                last = row
            }
            lastPosition = position
        }
    }
}

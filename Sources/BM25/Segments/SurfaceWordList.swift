/// The words of the combined field before stemming: which rows have them, and which term each becomes.
///
/// A word whose rows are all the rows of its term needs no postings: it points to the term's. A word that became
/// different terms, as when titles have a language of their own, counts for the first of them. Unsafe inside: raw
/// arrays, indexed by numbers it gave itself.
struct SurfaceWordList: ~Copyable {
    /// For each row and each of its words once, the word's number.
    private var numbers = RawArray<UInt32>(capacity: 256)
    private var rowEnds = RawArray<Int>(capacity: 8)
    /// By number.
    private var words = RawArray<UInt32>(capacity: 128)
    private var stems = RawArray<UInt32>(capacity: 128)
    private var lastRows = RawArray<UInt32>(capacity: 128)
    private var documentFrequencies = RawArray<UInt32>(capacity: 128)
    /// Rows of the words that need their own, word after word; by number, where each word's end.
    private var ownRows = RawArray<UInt32>(capacity: 1)
    private var ownEnds = RawArray<Int>(capacity: 1)

    var count: Int { words.count }

    @inline(__always)
    mutating func append(_ item: (number: Int, isNew: Bool), word: Int, stem: Int, row: UInt32) {
        let number = item.number
        if item.isNew {
            words.append(UInt32(truncatingIfNeeded: word))
            stems.append(UInt32(truncatingIfNeeded: stem))
            lastRows.append(.max)
            documentFrequencies.append(0)
        }
        guard lastRows[number] != row, stems[number] == UInt32(truncatingIfNeeded: stem) else { return }
        lastRows[number] = row
        documentFrequencies[number] &+= 1
        numbers.append(UInt32(truncatingIfNeeded: number))
    }

    mutating func endRow() { rowEnds.append(numbers.count) }

    /// Writes all words in byte order; `stemOrdinals` are the terms' places by their numbers.
    mutating func write(
        to writer: inout SegmentWriter, _ analyzer: Analyzer, stemOrdinals: borrowing RawArray<UInt32>,
        stems list: borrowing OccurrenceList
    ) {
        writer.beginField(.surface)
        guard words.count > 0 else { return }
        let order = TermOrder(words, analyzer.vocabulary.words)
        findOwnRows(list)
        for place in 0..<order.count {
            let number = order.number(place)
            let word = TermKey(
                prefix: order.prefix(place), analyzer.vocabulary.words.bytes(Int(words[number])))
            let stem = Int(stems[number])
            let frequency = Int(documentFrequencies[number])
            if isShared(number, list) {
                writer.appendShared(word, documentFrequency: frequency, stem: Int(stemOrdinals[stem]))
            } else {
                writer.append(
                    word, rows: ownRows.base + ownEnds[number] - frequency, count: frequency,
                    stem: Int(stemOrdinals[stem]))
            }
        }
    }

    /// A word's rows are among its term's, so equally many are the same.
    @inline(__always)
    private func isShared(_ number: Int, _ list: borrowing OccurrenceList) -> Bool {
        documentFrequencies[number] == list.documentFrequencies[Int(stems[number])]
    }

    private mutating func findOwnRows(_ list: borrowing OccurrenceList) {
        ownEnds = RawArray(repeating: -1, count: words.count)
        var total = 0
        for number in 0..<words.count where !isShared(number, list) {
            ownEnds[number] = total
            total &+= Int(documentFrequencies[number])
        }
        ownRows = RawArray(repeating: 0, count: total)
        guard total > 0 else { return }
        var start = 0
        for row in 0..<rowEnds.count {
            for entry in start..<rowEnds[row] {
                let number = Int(numbers[entry])
                let place = ownEnds[number]
                guard place >= 0 else { continue }
                ownRows[place] = UInt32(truncatingIfNeeded: row)
                ownEnds[number] = place &+ 1
            }
            start = rowEnds[row]
        }
    }
}

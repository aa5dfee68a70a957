/// Joins neighbouring segments into one, leaving dead rows out.
///
/// Scores do not move: frequencies, lengths and order of rows are copied, and statistics count live rows before and
/// after.
struct SegmentMerger {
    private let sources: [SegmentState]
    private var rows = PassageRows()
    /// For each source, the new row of each old one; `UInt32.max` for a dead one.
    private var newRows: [[UInt32]] = []
    private var collectedRows: [UInt32] = []
    private var collectedFrequencies: [UInt32] = []

    /// Where one source has a term's postings.
    private struct Occurrence {
        var source: UInt32 = 0
        var postingsStart: UInt32 = 0
    }

    /// The live rows of `sources`, whose ids ascend from one to the next.
    static func merge(_ sources: [SegmentState]) -> BM25Segment {
        var merger = SegmentMerger(sources: sources)
        merger.mapRows()
        return merger.mergeTerms()
    }

    private init(sources: [SegmentState]) {
        self.sources = sources
    }

    private mutating func mapRows() {
        rows.reserveCapacity(sources.reduce(0) { $0 + $1.livePassageCount })
        for source in sources {
            let old = source.segment.rows
            newRows.append(
                (0..<old.count).map { row in
                    guard !source.dead.contains(row) else { return .max }
                    rows.append(id: old.ids[row], document: old.documents[row], length: old.lengths[row])
                    return UInt32(rows.count - 1)
                })
        }
    }

    private mutating func mergeTerms() -> BM25Segment {
        var terms = ByteTable(minimumCapacity: sources.map(\.segment.termCount).max() ?? 0)
        let (occurrences, ends) = collectOccurrences(&terms)
        var dictionary = TermDictionary.Builder(reservingCapacity: terms.count)
        var encoder = PostingsEncoder(reservingCapacity: sources.reduce(0) { $0 + $1.segment.postings.count })
        var start = 0
        for term in 0..<terms.count {
            collectedRows.removeAll(keepingCapacity: true)
            collectedFrequencies.removeAll(keepingCapacity: true)
            for occurrence in occurrences[start..<ends[term]] {
                collect(occurrence)
            }
            start = ends[term]
            guard !collectedRows.isEmpty else { continue }
            dictionary.append(terms.bytes(term), hash: terms.hash(term), postingsStart: encoder.bytes.count)
            encoder.append(rows: collectedRows, frequencies: collectedFrequencies)
        }
        return BM25Segment(dictionary: dictionary.build(), postings: encoder.finish(), rows: rows)
    }

    /// All sources' terms grouped by term, sources in order inside; `ends` are the groups' ends.
    private func collectOccurrences(_ terms: inout ByteTable) -> (occurrences: [Occurrence], ends: [Int]) {
        var numbers: [UInt32] = []
        numbers.reserveCapacity(sources.reduce(0) { $0 + $1.segment.termCount })
        for source in sources {
            let dictionary = source.segment.dictionary
            for ordinal in 0..<dictionary.count {
                dictionary.withTerm(ordinal) {
                    numbers.append(UInt32(terms.insert($0, hash: TermHash.hash($0)).ordinal))
                }
            }
        }
        var ends = [Int](repeating: 0, count: terms.count)
        for number in numbers {
            ends[Int(number)] += 1
        }
        var total = 0
        for term in ends.indices {
            total += ends[term]
            ends[term] = total - ends[term]
        }
        var occurrences = [Occurrence](repeating: Occurrence(), count: total)
        var position = 0
        for (source, state) in sources.enumerated() {
            for ordinal in 0..<state.segment.dictionary.count {
                let term = Int(numbers[position])
                occurrences[ends[term]] = Occurrence(
                    source: UInt32(source), postingsStart: UInt32(state.segment.dictionary.postingsStart(ordinal)))
                ends[term] += 1
                position += 1
            }
        }
        return (occurrences, ends)
    }

    private mutating func collect(_ occurrence: Occurrence) {
        let source = Int(occurrence.source)
        sources[source].segment.forEachPosting(at: Int(occurrence.postingsStart)) { row, frequency in
            let newRow = newRows[source][row]
            if newRow != .max {
                collectedRows.append(newRow)
                collectedFrequencies.append(frequency)
            }
        }
    }
}

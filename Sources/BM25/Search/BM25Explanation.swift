public import IndexCore

/// How one document came to its keyword score: that of its best passage, term by term.
public struct BM25Explanation: Sendable, Equatable {
    /// One term of the query.
    public struct Term: Sendable, Equatable {
        /// The term as indexed: folded and stemmed.
        public var term: String
        /// Live passages of the collection that hold it.
        public var documentFrequency: Int
        /// `ln(1 + (N - df + 0.5) / (df + 0.5))`; 0 for a term that does not occur.
        public var inverseDocumentFrequency: Double
        /// How often the passage holds it, a title's words counted with their weight.
        public var frequency: Int
        /// What it adds to the score; 0 where the passage lacks it.
        public var contribution: Double
    }

    /// The best passage; nil where none holds a term of the query.
    public var passage: PassageID?
    /// The contributions added up in their order, as `Double`, then rounded: bit for bit the score of a search.
    public var score: Float
    /// Every term of the query, in its order.
    public var terms: [Term]
    /// Words of the passage, a title's times its weight.
    public var length: Int
    /// The length that scoring sees: the passage's norm keeps it in one byte and rounds it down.
    public var codedLength: Int
}

extension BM25Snapshot {
    /// Explains the score of the document whose passages are `passages`, all of them live.
    ///
    /// Cost: O(postings of the query's terms), most of them skipped without a score made.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    public func explain(
        _ query: BM25Query, document passages: Range<UInt32>, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> BM25Explanation {
        try ScoreExplainer(self, query, deadline: deadline).explain(passages)
    }
}

/// Scores the passages of one document again, keeping what each term adds.
private struct ScoreExplainer {
    let snapshot: BM25Snapshot
    let query: BM25Query
    let deadline: SearchDeadline
    let scorer: TermScorer

    init(_ snapshot: BM25Snapshot, _ query: BM25Query, deadline: SearchDeadline) {
        self.snapshot = snapshot
        self.query = query
        self.deadline = deadline
        scorer = TermScorer(snapshot.parameters, snapshot.statistics)
    }

    func explain(_ passages: Range<UInt32>) throws(BM25Error) -> BM25Explanation {
        let search = ExhaustiveSearch(snapshot, query, live: IDSet(), filter: nil, deadline: deadline)
        let entries = search.entries()
        let documentFrequencies = try search.documentFrequencies(entries)
        var explanation = BM25Explanation(
            passage: nil, score: 0,
            terms: zip(query.terms, documentFrequencies).map { term, frequency in
                BM25Explanation.Term(
                    term: term, documentFrequency: frequency,
                    inverseDocumentFrequency: scorer.inverseDocumentFrequency(frequency), frequency: 0, contribution: 0)
            }, length: 0, codedLength: 0)
        for (index, state) in snapshot.states.enumerated() {
            let rows = state.segment.rows.rows(of: passages)
            guard !rows.isEmpty else { continue }
            var frequencies = [Int: [Int]]()
            for term in query.terms.indices {
                guard let entry = entries[index * query.terms.count + term] else { continue }
                state.segment.forEachPosting(of: entry, .combined) { row, frequency in
                    guard rows.contains(row) else { return }
                    frequencies[row, default: [Int](repeating: 0, count: query.terms.count)][term] = Int(frequency)
                }
                try deadline.checkSearch()
            }
            // As in a search: the first of equally good passages stays.
            for row in rows where !state.isDead(row) {
                guard let counts = frequencies[row] else { continue }
                take(counts, row: row, of: state.segment, into: &explanation)
            }
        }
        return explanation
    }

    private func take(_ counts: [Int], row: Int, of segment: BM25Segment, into best: inout BM25Explanation) {
        var candidate = best
        let norm = segment.rows.norms[row]
        var sum = 0.0
        for (place, count) in counts.enumerated() {
            var contribution = 0.0
            if count > 0 {
                let weight = best.terms[place].inverseDocumentFrequency
                // The same two roundings as in the accumulators; a tabulated reciprocal has these very bits.
                contribution =
                    weight - weight * TermScorer.reciprocal(UInt32(count), scorer.normInverses[Int(norm)])
                sum += contribution
            }
            candidate.terms[place].frequency = count
            candidate.terms[place].contribution = contribution
        }
        candidate.score = Float(sum)
        guard best.passage == nil || candidate.score > best.score else { return }
        candidate.passage = PassageID(segment.rows.id(row))
        candidate.length = Int(segment.rows.length(row))
        candidate.codedLength = NormCodec.decode(norm)
        best = candidate
    }
}

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

        /// A term's part.
        public init(
            term: String, documentFrequency: Int, inverseDocumentFrequency: Double, frequency: Int, contribution: Double
        ) {
            self.term = term
            self.documentFrequency = documentFrequency
            self.inverseDocumentFrequency = inverseDocumentFrequency
            self.frequency = frequency
            self.contribution = contribution
        }
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
    /// `1 / (k1 · (1 - b + b · codedLength / averageLength))`, as scoring multiplies frequencies by it.
    public var normInverse: Float

    /// An explanation.
    public init(
        passage: PassageID?, score: Float, terms: [Term], length: Int = 0, codedLength: Int = 0, normInverse: Float = 0
    ) {
        self.passage = passage
        self.score = score
        self.terms = terms
        self.length = length
        self.codedLength = codedLength
        self.normInverse = normInverse
    }
}

extension BM25Snapshot {
    /// Explains the score of the document whose passages are `passages`, all of them live.
    ///
    /// Cost: a seek for each passage and term.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    public func explain(
        _ query: BM25Query, document passages: Range<UInt32>, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> BM25Explanation {
        try BM25Search(self, QueryPlan(query), deadline: deadline).explain(query, passages)
    }
}

extension BM25Search {
    /// Scores the passages of one document, keeping what each term adds to the best.
    fileprivate func explain(_ query: BM25Query, _ passages: Range<UInt32>) throws(BM25Error) -> BM25Explanation {
        var explanation = BM25Explanation(
            passage: nil, score: 0,
            terms: query.terms.enumerated().map { place, term in
                BM25Explanation.Term(
                    term: term, documentFrequency: documentFrequencies[place],
                    inverseDocumentFrequency: Double(inverseDocumentFrequencies[place]), frequency: 0, contribution: 0)
            }, length: 0, codedLength: 0)
        guard !query.isEmpty else { return explanation }
        let lease = SearchScratchLease()
        for (segment, state) in snapshot.states.enumerated() {
            let rows = state.segment.rows
            let places = rows.places(of: passages)
            guard !places.isEmpty else { continue }
            try deadline.checkSearch()
            try withView(of: segment, lease.scratch) { (view) throws(BM25Error) in
                var walker = TreeWalker(view, plan)
                // As in a search: the first of equally good passages stays. A document's rows ascend with its ids.
                for row in places.map(rows.row(atPlace:)) where !state.isDead(row) {
                    take(row, of: state.segment, &walker, into: &explanation)
                }
            }
        }
        return explanation
    }

    private func take(
        _ row: Int, of segment: BM25Segment, _ walker: inout TreeWalker, into best: inout BM25Explanation
    ) {
        var candidate = best
        var sum = 0.0
        var matches = false
        for place in best.terms.indices {
            let frequency = walker.frequency(place, in: UInt32(truncatingIfNeeded: row))
            let score = max(0, walker.score(place, of: UInt32(truncatingIfNeeded: row)))
            candidate.terms[place].frequency = Int(frequency)
            candidate.terms[place].contribution = Double(score)
            sum += Double(score)
            matches = matches || frequency > 0
        }
        candidate.score = Float(sum)
        guard matches, best.passage == nil || candidate.score > best.score else { return }
        candidate.passage = PassageID(segment.rows.id(row))
        candidate.length = Int(segment.rows.length(row))
        let norm = segment.rows.norms[row]
        candidate.codedLength = NormCodec.decode(norm)
        candidate.normInverse = walker.view.fields[Int(BM25Field.combined.rawValue)].normInverses[Int(norm)]
        best = candidate
    }
}

internal import IndexCore

/// Scores every passage that holds a query term.
///
/// Exact and simple: also the oracle for searches that skip.
struct ExhaustiveSearch {
    private let snapshot: BM25Snapshot
    private let query: BM25Query
    private let live: IDSet
    private let filter: IDSet?
    private let deadline: SearchDeadline

    init(_ snapshot: BM25Snapshot, _ query: BM25Query, live: IDSet, filter: IDSet?, deadline: SearchDeadline) {
        self.snapshot = snapshot
        self.query = query
        self.live = live
        self.filter = filter
        self.deadline = deadline
    }

    /// The `k` best documents and the number of all that match.
    func run(k: Int) throws(BM25Error) -> BM25Result {
        let entries = entries()
        let scorer = TermScorer(snapshot.parameters, snapshot.statistics)
        let weights = try weights(scorer, entries)
        var documents = MatchingDocuments(k: k, live: live, filter: filter)
        var scratch = ScoringScratch()
        for (index, state) in snapshot.states.enumerated() {
            var terms: [ScoredTerm] = []
            for (term, weight) in weights.enumerated() {
                guard let entry = entries[index * weights.count + term] else { continue }
                terms.append(ScoredTerm(entry: entry, weight: weight))
            }
            guard !terms.isEmpty else { continue }
            try scratch.forEachMatch(in: state.segment, terms, scorer, deadline: deadline) { row, score in
                documents.add(row: row, score: score, of: state.segment.rows)
            }
            documents.endDocument()
        }
        let total = documents.total
        return BM25Result(hits: documents.hits(), total: total, weights: weights)
    }

    /// The idf of each term.
    func weights() throws(BM25Error) -> [Double] {
        try weights(TermScorer(snapshot.parameters, snapshot.statistics), entries())
    }

    /// What each segment knows of each term, segment by segment; nil where a segment lacks the term.
    func entries() -> [TermEntry?] {
        var entries: [TermEntry?] = []
        entries.reserveCapacity(snapshot.states.count * query.terms.count)
        for state in snapshot.states {
            for term in query.terms {
                entries.append(state.segment.find(term, .combined))
            }
        }
        return entries
    }

    private func weights(_ scorer: TermScorer, _ entries: [TermEntry?]) throws(BM25Error) -> [Double] {
        try documentFrequencies(entries).map(scorer.inverseDocumentFrequency)
    }

    /// How many live passages hold each term.
    func documentFrequencies(_ entries: [TermEntry?]) throws(BM25Error) -> [Int] {
        let termCount = query.terms.count
        var frequencies = [Int](repeating: 0, count: termCount)
        for (index, state) in snapshot.states.enumerated() {
            for term in 0..<termCount {
                guard let entry = entries[index * termCount + term] else { continue }
                frequencies[term] += state.liveDocumentFrequency(entry, .combined)
            }
            if state.deadCount > 0 {
                try deadline.checkSearch()
            }
        }
        return frequencies
    }
}

extension SearchDeadline {
    /// ``check()`` in this module's words.
    func checkSearch() throws(BM25Error) {
        do {
            try check()
        } catch {
            throw .deadlineExceeded
        }
    }
}

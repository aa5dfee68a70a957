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
        let starts = postingsStarts()
        let scorer = TermScorer(snapshot.parameters, snapshot.statistics)
        let weights = try weights(scorer, starts)
        var documents = MatchingDocuments(k: k, live: live, filter: filter, statistics: snapshot.statistics)
        var scratch = ScoringScratch()
        for (index, state) in snapshot.states.enumerated() {
            let first = index * weights.count
            var terms: [ScoredTerm] = []
            for (term, weight) in weights.enumerated() where starts[first + term] >= 0 {
                terms.append(ScoredTerm(postingsStart: starts[first + term], weight: weight))
            }
            guard !terms.isEmpty else { continue }
            try scratch.forEachMatch(in: state.segment, terms, scorer, deadline: deadline) { row, score in
                documents.add(row: row, score: score, of: state)
            }
            documents.endDocument()
        }
        let total = documents.total
        return BM25Result(hits: documents.hits(), total: total, weights: weights)
    }

    /// The idf of each term.
    func weights() throws(BM25Error) -> [Double] {
        try weights(TermScorer(snapshot.parameters, snapshot.statistics), postingsStarts())
    }

    /// Where each term's postings begin, segment by segment; -1 where a segment lacks the term.
    func postingsStarts() -> [Int] {
        var starts = [Int](repeating: -1, count: snapshot.states.count * query.terms.count)
        for (place, term) in query.terms.enumerated() {
            var term = term
            term.withUTF8 { bytes in
                let hash = TermHash.hash(bytes)
                for (index, state) in snapshot.states.enumerated() {
                    if let ordinal = state.segment.dictionary.find(bytes, hash: hash) {
                        starts[index * query.terms.count + place] = state.segment.dictionary.postingsStart(ordinal)
                    }
                }
            }
        }
        return starts
    }

    private func weights(_ scorer: TermScorer, _ starts: [Int]) throws(BM25Error) -> [Double] {
        try documentFrequencies(starts).map(scorer.inverseDocumentFrequency)
    }

    /// How many live passages hold each term.
    func documentFrequencies(_ starts: [Int]) throws(BM25Error) -> [Int] {
        let termCount = query.terms.count
        var frequencies = [Int](repeating: 0, count: termCount)
        for (index, state) in snapshot.states.enumerated() {
            for term in 0..<termCount where starts[index * termCount + term] >= 0 {
                frequencies[term] += state.liveDocumentFrequency(at: starts[index * termCount + term])
            }
            if !state.dead.isEmpty {
                try deadline.checkSearch()
            }
        }
        return frequencies
    }
}

extension SegmentState {
    /// How many live passages hold the term whose postings begin at `start`: stored, unless rows have died.
    func liveDocumentFrequency(at start: Int) -> Int {
        guard !dead.isEmpty else { return segment.documentFrequency(at: start) }
        var count = 0
        segment.forEachPosting(at: start) { row, _ in
            count += dead.contains(row) ? 0 : 1
        }
        return count
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

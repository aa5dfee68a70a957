public import IndexCore

/// One query over one snapshot: terms looked up and weights made once, for a search and for whatever else is asked of the
/// same query (``evidence(of:)``).
///
/// A search goes segment by segment through the loop that fits the query's shape.
public struct BM25Search: Sendable {
    let snapshot: BM25Snapshot
    let plan: QueryPlan
    let deadline: SearchDeadline
    /// By ``BM25Field``.
    private let scorers: [FieldScorer]
    /// What each segment's dictionary says of each term: segment by segment.
    private let entries: [TermEntry?]
    /// Live passages that hold each of the plan's terms.
    let documentFrequencies: [Int]
    /// The idf of each of the plan's terms; 0 for one that does not occur.
    let inverseDocumentFrequencies: [Float]
    /// `boost · idf` of each of the plan's nodes.
    let weights: [Float]

    init(_ snapshot: BM25Snapshot, _ plan: QueryPlan, deadline: SearchDeadline) throws(BM25Error) {
        self.snapshot = snapshot
        self.plan = plan
        self.deadline = deadline
        var entries: [TermEntry?] = []
        entries.reserveCapacity(snapshot.states.count * plan.terms.count)
        var frequencies = [Int](repeating: 0, count: plan.terms.count)
        for state in snapshot.states {
            try deadline.checkSearch()
            state.segment.find(plan.terms) { place, entry in
                entries.append(entry)
                if let entry {
                    state.segment.prefetchPostings(entry)
                    frequencies[place] += state.liveDocumentFrequency(entry, plan.terms[place].field.termField)
                }
            }
        }
        let scorers = Self.scorers(snapshot, plan)
        let idfs = zip(plan.terms, frequencies).map { term, frequency in
            scorers[Int(term.field.rawValue)].scorer.inverseDocumentFrequency(frequency)
        }
        self.scorers = scorers
        self.entries = entries
        documentFrequencies = frequencies
        inverseDocumentFrequencies = idfs
        weights = plan.nodes.map { node in
            switch node.kind {
            case .term: node.boost * idfs[plan.uses[node.uses.lowerBound].term]
            case .synonym:
                node.boost * (node.uses.lazy.map { idfs[plan.uses[$0].term] }.filter { $0 > 0 }.min() ?? 0)
            case .phrase: node.boost * Float(node.uses.reduce(0.0) { $0 + Double(idfs[plan.uses[$1].term]) })
            case .everything: node.boost
            case .boolean, .nothing: 0
            }
        }
    }

    /// The scorer of each field; of titles nobody asks for, that of the text.
    private static func scorers(_ snapshot: BM25Snapshot, _ plan: QueryPlan) -> [FieldScorer] {
        let content = snapshot.scorers[.combined]
        let title = plan.terms.contains { $0.field == .title } ? snapshot.scorers[.title] : content
        return BM25Field.allCases.map { $0 == .title ? title : content }
    }

    /// The idf of each term among live passages: ``BM25Result/weights``.
    public var termWeights: [Double] { inverseDocumentFrequencies.map(Double.init) }

    /// The query's distinct terms, in the order of ``termWeights``.
    public var terms: [BM25Term] { plan.terms }

    /// The `k` best documents, and how many match if all are counted.
    ///
    /// What ``BM25Snapshot/search(_:k:live:filter:countsAll:deadline:)`` answers.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    public func run(
        k: Int, live: IDSet, filter: IDSet? = nil, countsAll: Bool = false
    ) throws(BM25Error) -> BM25Result {
        var sink = CandidateSink(k: k, live: live, filter: filter, countsAll: countsAll)
        let lease = SearchScratchLease()
        // Great segments first: they raise the threshold for the others. Scores and ties do not depend on the order.
        let order = snapshot.states.indices.sorted {
            let (left, right) = (snapshot.states[$0].segment.passageCount, snapshot.states[$1].segment.passageCount)
            return left != right ? left > right : $0 < $1
        }
        for segment in order {
            try deadline.checkSearch()
            guard canMatch(segment) else { continue }
            try withView(of: segment, lease.scratch) { (view) throws(BM25Error) in
                try search(view, lease.scratch, &sink)
            }
        }
        let total = sink.total
        let hits = sink.hits()
        return BM25Result(
            hits: hits, total: countsAll ? total : hits.count, isExact: countsAll || hits.count < k,
            weights: termWeights)
    }

    /// Whether the segment has any of the terms, or the query asks for more than terms.
    func canMatch(_ segment: Int) -> Bool {
        let first = segment * plan.terms.count
        return plan.nodes.contains { $0.kind == .everything }
            || plan.terms.indices.contains { documentFrequencies[$0] > 0 && entries[first + $0] != nil }
    }

    /// Calls `body` with the query as one segment sees it; cursors stand before their first rows.
    func withView<R>(
        of segment: Int, _ scratch: SearchScratch, _ body: (SegmentView) throws(BM25Error) -> R
    ) throws(BM25Error) -> R {
        let index = snapshot.states[segment].segment
        scratch.reserve(plan.uses.count)
        var marked: [MarkedPostings] = []
        for (place, use) in plan.uses.enumerated() {
            let field = plan.terms[use.term].field.termField
            // What dead rows alone hold is not there: its weight of 0 would keep the others from the fast loops.
            let entry = documentFrequencies[use.term] > 0 ? entries[segment * plan.terms.count + use.term] : nil
            let cursor = entry.map { entry in
                guard field == .surface, entry.form == .marked else {
                    return index.cursor(entry, field, scratch: scratch.block(place))
                }
                let postings = MarkedPostings(entry, of: index)
                marked.append(postings)
                return postings.cursor(scratch: scratch.block(place))
            }
            (scratch.cursors + place).initialize(
                to: cursor ?? PostingsCursor(withoutRows: scratch.block(place)))
        }
        let fields = BM25Field.allCases.map {
            SegmentView.FieldView(index.norms($0.termField), scorers[Int($0.rawValue)])
        }
        defer { withExtendedLifetime((index, scorers, marked)) {} }
        return try plan.withPointers { (plan) throws(BM25Error) in
            try weights.withUnsafeBufferPointer { (weights) throws(BM25Error) in
                try fields.withUnsafeBufferPointer { (fields) throws(BM25Error) in
                    try body(
                        SegmentView(
                            rows: index.rows, cursors: scratch.cursors, plan: plan, weights: weights, fields: fields))
                }
            }
        }
    }

    // MARK: Loops

    private func search(
        _ view: SegmentView, _ scratch: SearchScratch, _ sink: inout CandidateSink
    ) throws(BM25Error) {
        let root = plan.nodes[plan.root]
        var exclusion = Exclusion(walker: TreeWalker(view, plan), forbidden: root.mustNot)
        switch plan.shape {
        case .disjunction:
            guard let matchCount = MatchCount(least: root.minimumShouldMatch, of: root.should, in: view) else {
                return try walk(&exclusion.walker, view, &sink)
            }
            try BlockMaxDisjunction(
                view, terms: root.should, matchCount, scratch: scratch, k: sink.k, countsAll: sink.countsAll,
                deadline: deadline
            ).run(&sink, &exclusion)
        case .conjunction where view.quantum(root.must.lowerBound..<root.should.upperBound) != nil:
            try BlockMaxConjunction(
                view, required: root.must, others: root.should, scratch: scratch, deadline: deadline
            ).run(&sink, &exclusion)
        case .phrase:
            try BlockMaxPhrase(view, plan.root, scratch: scratch, deadline: deadline).run(&sink, &exclusion)
        case .conjunction, .tree:
            try walk(&exclusion.walker, view, &sink)
        }
    }

    /// The loop for every other tree: candidates one by one, windows of rows passed over by the root's bound.
    private func walk(
        _ walker: inout TreeWalker, _ view: SegmentView, _ sink: inout CandidateSink
    ) throws(BM25Error) {
        let root = plan.root
        var first: UInt32 = 0
        while first < view.rowCount {
            try deadline.checkSearch()
            let end = walker.windowEnd(plan.uses.indices, from: first)
            let last = min(max(end, first + Self.leastWindow - 1), view.rowCount - 1)
            guard walker.bound(root, through: last) >= sink.cutoff else {
                first = last + 1
                continue
            }
            var row = walker.advance(root, to: first)
            while row <= last {
                let score = walker.score(root, of: row)
                if score >= 0 {
                    sink.offer(row, score, of: view.rows)
                }
                row = walker.advance(root, to: row + 1)
            }
            first = row
        }
    }

    private static let leastWindow: UInt32 = 1_024
}

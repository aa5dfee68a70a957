public import IndexCore

extension BM25Snapshot {
    /// A question's terms, looked up: for callers that ask more of a query than one search.
    /// - Throws: ``BM25Error/deadlineExceeded``; the deadline goes for all that is asked of it.
    public func prepare(_ query: BM25Query, deadline: SearchDeadline = .none) throws(BM25Error) -> BM25Search {
        try BM25Search(self, QueryPlan(query), deadline: deadline)
    }

    /// The same for an expression.
    /// - Throws: ``BM25Error/deadlineExceeded``; ``BM25Error/expressionTooLarge(leafCount:depth:)``.
    public func prepare(
        _ expression: BM25Expression, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> BM25Search {
        try BM25Search(self, QueryPlan(expression), deadline: deadline)
    }

    /// The `k` best documents among the live passages, any of the question's terms in them.
    ///
    /// The same as the search for ``BM25Expression/init(_:)``.
    /// - Throws: ``BM25Error/deadlineExceeded``, looked at once in some thousand rows.
    public func search(
        _ query: BM25Query, k: Int, live: IDSet, filter: IDSet? = nil, countsAll: Bool = false,
        deadline: SearchDeadline = .none
    ) throws(BM25Error) -> BM25Result {
        try prepare(query, deadline: deadline).run(k: k, live: live, filter: filter, countsAll: countsAll)
    }

    /// The `k` best documents among the live passages for an expression.
    ///
    /// A document's score is that of its best passage, of equally good ones the first; ties go to the lower document
    /// id. Rows that cannot enter the answer are passed over (block-max MaxScore), which changes nothing in it: hits
    /// and scores depend on the live passages alone, not on segments, threads or the order of writes.
    ///
    /// `live` and this snapshot belong together: what left one must have left the other (``BM25Index/remove(_:)``).
    /// `filter` narrows the answer, not the statistics.
    /// - Parameter countsAll: Whether ``BM25Result/total`` is to count every match, for which each has to be looked at.
    /// - Throws: ``BM25Error/deadlineExceeded``; ``BM25Error/expressionTooLarge(leafCount:depth:)``.
    public func search(
        _ expression: BM25Expression, k: Int, live: IDSet, filter: IDSet? = nil, countsAll: Bool = false,
        deadline: SearchDeadline = .none
    ) throws(BM25Error) -> BM25Result {
        try prepare(expression, deadline: deadline).run(k: k, live: live, filter: filter, countsAll: countsAll)
    }

    /// How rare each of the query's terms is among live passages (its idf, 0 if it does not occur): what
    /// ``Highlighter`` weighs windows by when no search ran.
    public func weights(
        of query: BM25Query, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> [Double] {
        try prepare(query, deadline: deadline).termWeights
    }
}

/// The answer of a keyword search.
public struct BM25Result: Sendable, Equatable {
    /// Best first.
    public var hits: [DocumentHit]
    /// How many distinct live documents match, if ``isExact``; else the number of hits, which is as many as are known
    /// to: how many more a search saw depends on how the index is cut into segments, and so is not told.
    public var total: Int
    /// Whether ``total`` counts every match: all were to be counted, or there are fewer than were asked for.
    public var isExact: Bool
    /// The idf of each term among live passages, 0 for one that does not occur: of a question's terms in their order,
    /// of an expression's in that of their first appearance (``BM25Expression/terms``).
    public var weights: [Double]

    /// An answer.
    public init(hits: [DocumentHit] = [], total: Int = 0, isExact: Bool = true, weights: [Double] = []) {
        self.hits = hits
        self.total = total
        self.isExact = isExact
        self.weights = weights
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

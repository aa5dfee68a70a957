public import IndexCore

/// What one search sees of a collection's keyword index: immutable, cheap to copy, free to cross threads.
public struct BM25Snapshot: Sendable {
    /// What the collection fixes about scoring.
    public let parameters: BM25Parameters
    /// Live passages and words.
    public let statistics: BM25Statistics
    let states: [BM25SegmentState]

    /// Index bytes of all segments.
    public var byteCount: Int { states.reduce(0) { $0 + $1.byteCount } }

    /// The number of segments.
    public var segmentCount: Int { states.count }

    /// The segments, by ascending ids.
    public var segments: [BM25Segment] { states.map(\.segment) }

    /// The same without some segments, whose passages are then neither found nor counted.
    public func leavingOut(where isLost: (BM25Segment) -> Bool) -> BM25Snapshot {
        let kept = states.filter { !isLost($0.segment) }
        return BM25Snapshot(parameters: parameters, statistics: BM25Statistics(kept), states: kept)
    }

    /// The distinct terms of a question, in its order: the first 1,024, with a flag if there were more.
    public func analyze(_ query: String) -> BM25Query {
        BM25Query(query, options: parameters.analyzer)
    }

    /// The `k` best documents among the live passages, and how many match at all.
    ///
    /// A document's score is that of its best passage; ties go to the lower document id. `live` and this snapshot
    /// belong together: what left one must have left the other (``BM25Index/remove(_:)``). `filter` narrows the
    /// answer, not the statistics.
    /// - Throws: ``BM25Error/deadlineExceeded``, looked at every 65,536 postings scored, and once a segment.
    public func search(
        _ query: BM25Query, k: Int, live: IDSet, filter: IDSet? = nil, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> BM25Result {
        try ExhaustiveSearch(self, query, live: live, filter: filter, deadline: deadline).run(k: k)
    }

    /// How rare each of the query's terms is among live passages (its idf, 0 if it does not occur): what
    /// ``Highlighter`` weighs windows by when no search ran.
    public func weights(
        of query: BM25Query, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> [Double] {
        try ExhaustiveSearch(self, query, live: IDSet(), filter: nil, deadline: deadline).weights()
    }
}

/// The answer of a keyword search.
public struct BM25Result: Sendable, Equatable {
    /// Best first.
    public var hits: [DocumentHit]
    /// How many distinct live documents match, exactly.
    public var total: Int
    /// The idf of each query term among live passages, 0 for one that does not occur.
    public var weights: [Double]

    /// An answer.
    public init(hits: [DocumentHit] = [], total: Int = 0, weights: [Double] = []) {
        self.hits = hits
        self.total = total
        self.weights = weights
    }
}

/// What one search sees of a collection's keyword index: immutable, cheap to copy, free to cross threads.
public struct BM25Snapshot: Sendable {
    /// What the collection fixes about scoring.
    public let parameters: BM25Parameters
    /// Live passages and words.
    public let statistics: BM25Statistics
    let states: [BM25SegmentState]
    let scorers: SnapshotScorers

    init(parameters: BM25Parameters, statistics: BM25Statistics, states: [BM25SegmentState]) {
        self.parameters = parameters
        self.statistics = statistics
        self.states = states
        scorers = SnapshotScorers(parameters, statistics)
    }

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
}

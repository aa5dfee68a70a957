public import IndexCore

/// The writer's side of one collection's keyword index: its segments and what has died in them.
///
/// A value for a single writer. Readers get a ``snapshot``, which later changes leave alone.
public struct BM25Index: Sendable {
    /// What the collection fixes about scoring.
    public private(set) var parameters: BM25Parameters
    /// By ascending ids; never empty ones.
    private var states: [SegmentState] = []

    /// An empty index.
    public init(parameters: BM25Parameters = .init()) {
        self.parameters = parameters
    }

    /// Scores by other `k1` and `b` from now on.
    ///
    /// O(1): postings do not depend on them.
    /// - Precondition: `parameters` have the fingerprint of the present ones.
    public mutating func score(by parameters: BM25Parameters) {
        precondition(parameters.fingerprint == self.parameters.fingerprint, "the index has other postings")
        self.parameters = parameters
    }

    /// Live passages and words, in O(segments).
    public var statistics: BM25Statistics {
        states.reduce(into: BM25Statistics()) { sum, state in
            sum.passageCount += state.livePassageCount
            sum.tokenCount += state.liveTokenCount
        }
    }

    /// The number of segments: it grows with the logarithm of the passages up to 65,536 of them.
    public var segmentCount: Int { states.count }

    /// Index bytes of all segments.
    public var byteCount: Int { states.reduce(0) { $0 + $1.byteCount } }

    /// What a search sees, immutable.
    ///
    /// O(1).
    public var snapshot: BM25Snapshot {
        BM25Snapshot(parameters: parameters, statistics: statistics, states: states)
    }

    /// Adds a segment, then joins segments that have grown too many: amortised O(log n) per passage.
    ///
    /// Ids of different segments must not interleave: the writer gives them in commit order.
    public mutating func append(_ segment: BM25Segment) {
        insert(segment)
        compact()
    }

    /// Adds a segment, then joins as ``append(_:)`` does, leaving out passages that are not in `live` as well.
    ///
    /// `live` must already hold the passages of `segment`.
    public mutating func append(_ segment: BM25Segment, live: IDSet) {
        insert(segment)
        compact(live: live)
    }

    /// Takes the passages of `ids` out of the statistics.
    ///
    /// Ids that are not there, or no longer, change nothing.
    public mutating func remove(_ ids: Range<UInt32>) {
        guard !ids.isEmpty else { return }
        for index in states.indices.reversed() where ids.overlaps(states[index].ids) {
            states[index].remove(ids)
            if states[index].livePassageCount == 0 {
                states.remove(at: index)
            }
        }
    }

    /// Joins all segments into one without dead passages.
    ///
    /// Scores stay as they are; cost: a pass over the index.
    public mutating func mergeAll() {
        guard states.count > 1 || states.contains(where: { !$0.dead.isEmpty }) else { return }
        merge(states.indices, live: nil)
    }

    private mutating func insert(_ segment: BM25Segment) {
        guard segment.passageCount > 0 else { return }
        let state = SegmentState(segment)
        let place = (states.lastIndex { $0.ids.lowerBound < state.ids.lowerBound } ?? -1) + 1
        precondition(
            (place == 0 || states[place - 1].ids.upperBound < state.ids.lowerBound)
                && (place == states.count || state.ids.upperBound < states[place].ids.lowerBound),
            "passage ids of segments interleave")
        states.insert(state, at: place)
    }

    private mutating func compact(live: IDSet? = nil) {
        if let run = MergePolicy.run(states.map(\.livePassageCount)) {
            merge(run, live: live)
        }
        let rotten = states.firstIndex { $0.dead.count * MergePolicy.maximumDeadShare > $0.segment.passageCount }
        if let rotten {
            merge(rotten..<rotten + 1, live: live)
        }
    }

    private mutating func merge(_ run: Range<Int>, live: IDSet?) {
        if let live {
            for index in run {
                for (row, id) in states[index].segment.rows.ids.enumerated() where !live.contains(PassageID(id)) {
                    states[index].remove(row: row)
                }
            }
        }
        let merged = SegmentMerger.merge(Array(states[run]))
        states.replaceSubrange(run, with: merged.passageCount > 0 ? [SegmentState(merged)] : [])
    }
}

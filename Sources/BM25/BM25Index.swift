public import IndexCore

/// The writer's side of one collection's keyword index: its segments and what has died in them.
///
/// A value for a single writer. Readers get a ``snapshot``, which later changes leave alone.
public struct BM25Index: Sendable {
    /// What the collection fixes about scoring.
    public let parameters: BM25Parameters
    /// By ascending ids; never empty ones.
    private var states: [SegmentState] = []

    /// An empty index.
    public init(parameters: BM25Parameters = .init()) {
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

    public var fileSegments: [BM25Segment] { states.filter { $0.segment.file != nil }.map(\.segment) }
    public var memorySegments: [BM25Segment] { states.filter { $0.segment.file == nil }.map(\.segment) }

    public func contains(_ id: PassageID) -> Bool {
        states.contains { state in
            state.ids.contains(id.rawValue) && !state.segment.rows.rows(of: id.rawValue..<id.rawValue + 1).isEmpty
        }
    }

    public mutating func attach(_ segment: BM25Segment, live: IDSet) {
        insert(segment)
        for (row, id) in segment.rows.ids.enumerated() where !live.contains(PassageID(id)) {
            if let place = states.firstIndex(where: { $0.segment === segment }) { states[place].remove(row: row) }
        }
    }

    public mutating func detach(where isOut: (BM25Segment) -> Bool) {
        states.removeAll { isOut($0.segment) }
    }

    public func flushPlan() -> BM25SegmentPlan? {
        guard let last = states.lastIndex(where: { $0.segment.file == nil }) else { return nil }
        let first = (states[..<last].lastIndex { $0.segment.file != nil } ?? -1) + 1
        return BM25SegmentPlan(states: Array(states[first...last]))
    }

    public var pendingFlush: BM25SegmentPlan? {
        let memory = memorySegments
        guard memory.reduce(0, { $0 + $1.passageCount }) >= 2_000 || memory.reduce(0, { $0 + $1.byteCount }) >= 4 << 20
        else { return nil }
        return flushPlan()
    }

    public var pendingMerge: BM25SegmentPlan? {
        guard let first = states.firstIndex(where: { $0.segment.file != nil }) else { return nil }
        let files = states[first...].prefix { $0.segment.file != nil }
        return files.count >= 4 ? BM25SegmentPlan(states: Array(files)) : nil
    }

    public mutating func install(_ segment: BM25Segment?, from plan: BM25SegmentPlan, live: IDSet) {
        states.removeAll { state in plan.states.contains { $0.segment === state.segment } }
        if let segment { attach(segment, live: live) }
    }

    public mutating func abandon(_ plan: BM25SegmentPlan) {}

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
        let base = (states.lastIndex { $0.segment.file != nil } ?? -1) + 1
        if let run = MergePolicy.run(states[base...].map(\.livePassageCount)) {
            merge(run.lowerBound + base..<run.upperBound + base, live: live)
        }
        let rotten = states.firstIndex { $0.segment.file == nil && $0.dead.count * MergePolicy.maximumDeadShare > $0.segment.passageCount }
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

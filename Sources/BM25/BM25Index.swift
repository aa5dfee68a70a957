public import IndexCore

/// The writer's side of one collection's keyword index: its segments and what has died in them.
///
/// A value for a single writer. Readers get a ``snapshot``, which later changes leave alone. Each committed batch is
/// a segment in memory; ``pendingFlush`` and ``pendingMerge`` say what should become a file (`BM25Index+Files.swift`).
/// Used without files, all segments stay in memory and the same calls keep their number small.
///
/// ```swift
/// var index = BM25Index()
/// var builder = BM25SegmentBuilder()
/// builder.add(PassageID(1), document: PassageID(1), title: "Tides", text: "The moon pulls the sea.")
/// index.append(builder.build())
/// var live = IDSet()
/// live.insert(PassageID(1))
/// let result = try index.snapshot.search(index.snapshot.analyze("moon"), k: 10, live: live)
/// ```
public struct BM25Index: Sendable {
    /// What the collection fixes about scoring.
    public private(set) var parameters: BM25Parameters
    /// Bytes of an index beyond which ``restingPlan()`` leaves its files apart: a minute of work and more, and as much
    /// disk again, for what is little beside a search of so much.
    public var restingByteLimit = 512 << 20
    /// By ascending ids; never empty ones.
    var slots: [Slot] = []
    var nextPlan = 1

    /// A segment, where it lives and whether somebody is joining it with others.
    struct Slot: Sendable {
        var state: BM25SegmentState
        let isFile: Bool
        /// The number of the plan it is part of.
        var plan: Int?
    }

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
    public var statistics: BM25Statistics { BM25Statistics(slots.lazy.map(\.state)) }

    /// The number of segments: at most 10 in memory and 12 in files.
    public var segmentCount: Int { slots.count }

    /// Index bytes of all segments, those of files included.
    public var byteCount: Int { slots.reduce(0) { $0 + $1.state.byteCount } }

    /// Index bytes of the segments in memory.
    public var memoryByteCount: Int { slots.reduce(0) { $0 + ($1.isFile ? 0 : $1.state.byteCount) } }

    /// What a search sees, immutable.
    ///
    /// O(segments).
    public var snapshot: BM25Snapshot {
        BM25Snapshot(parameters: parameters, statistics: statistics, states: slots.map(\.state))
    }

    /// Whether a passage, dead or alive, is in a segment.
    public func contains(_ id: PassageID) -> Bool {
        slots.contains { $0.state.segment.contains(id) }
    }

    /// Adds a segment, then joins segments in memory that have grown too many: see ``MergePolicy``.
    ///
    /// Passages lie in one segment only. Ids of segments that are neighbours in memory must not interleave: the writer
    /// gives them in commit order.
    public mutating func append(_ segment: BM25Segment) {
        insert(Slot(state: BM25SegmentState(segment), isFile: false))
        compact(live: nil)
    }

    /// Adds a segment, then joins as ``append(_:)`` does, leaving out passages that are not in `live` as well.
    ///
    /// `live` must already hold the passages of `segment`.
    public mutating func append(_ segment: BM25Segment, live: IDSet) {
        insert(Slot(state: BM25SegmentState(segment), isFile: false))
        compact(live: live)
    }

    /// Takes the passages of `ids` out of the statistics.
    ///
    /// Ids that are not there, or no longer, change nothing.
    public mutating func remove(_ ids: Range<UInt32>) {
        guard !ids.isEmpty else { return }
        for index in slots.indices.reversed() where ids.overlaps(slots[index].state.segment.idRange) {
            slots[index].state.remove(ids)
            if slots[index].state.livePassageCount == 0, !slots[index].isFile, slots[index].plan == nil {
                slots.remove(at: index)
            }
        }
    }

    /// Joins all segments into one in memory without dead passages.
    ///
    /// Scores stay as they are; cost: a pass over the index. Plans that run are void.
    public mutating func mergeAll() {
        guard slots.count > 1 || slots.contains(where: { $0.state.deadCount > 0 }) else { return }
        let merged = Self.merged(slots.map(\.state), live: nil)
        slots = merged.map { [Slot(state: BM25SegmentState($0), isFile: false)] } ?? []
    }

    mutating func insert(_ slot: Slot) {
        guard slot.state.segment.passageCount > 0 else { return }
        let first = slot.state.segment.idRange.lowerBound
        let place = (slots.lastIndex { $0.state.segment.idRange.lowerBound < first } ?? -1) + 1
        slots.insert(slot, at: place)
    }

    // MARK: Joining in memory

    private mutating func compact(live: IDSet?) {
        let busyCount = slots.count { !$0.isFile && $0.plan != nil }
        // What is being flushed may be eight segments; two are left for what comes meanwhile.
        let limit = busyCount == 0 ? MergePolicy.restingMemoryLimit : max(2, MergePolicy.memoryLimit - busyCount)
        while slots.count(where: { !$0.isFile && $0.plan == nil }) > limit {
            // Segments of lost files may be built again between others: each run of neighbours is joined for itself.
            guard let run = freeMemoryRuns.max(by: { $0.count < $1.count }), run.count > 1 else { break }
            let sizes = slots[run].map(\.state.livePassageCount)
            guard let tail = MergePolicy.tail(sizes, limit: 1) else { break }
            merge(run.lowerBound + tail.lowerBound..<run.lowerBound + tail.upperBound, live: live)
        }
        let rotten = slots.firstIndex { slot in
            !slot.isFile && slot.plan == nil
                && slot.state.deadCount * MergePolicy.maximumDeadShare > slot.state.segment.passageCount
        }
        if let rotten {
            merge(rotten..<rotten + 1, live: live)
        }
    }

    /// Neighbours in memory that no plan works on.
    var freeMemoryRuns: [Range<Int>] { runs { !$0.isFile && $0.plan == nil } }

    /// The longest ranges of slots that all satisfy `condition`.
    func runs(_ condition: (Slot) -> Bool) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for place in slots.indices where condition(slots[place]) {
            if let last = runs.last, last.upperBound == place {
                runs[runs.count - 1] = last.lowerBound..<place + 1
            } else {
                runs.append(place..<place + 1)
            }
        }
        return runs
    }

    mutating func merge(_ run: Range<Int>, live: IDSet?) {
        let merged = Self.merged(slots[run].map(\.state), live: live)
        slots.replaceSubrange(run, with: merged.map { [Slot(state: BM25SegmentState($0), isFile: false)] } ?? [])
    }

    private static func merged(_ states: [BM25SegmentState], live: IDSet?) -> BM25Segment? {
        do {
            return try SegmentMerger.merge(states, live: live)
        } catch {
            preconditionFailure("a merge without a deadline has exceeded it")
        }
    }
}

public import IndexCore

/// Segments in files: what is due to become one, and how it comes back.
///
/// A plan is taken in the writer's turn and run elsewhere; its result is written to a file, opened from there and
/// installed in a later turn. Meanwhile the index takes appends and deletions as ever. One flush and one merge may run
/// at a time.
extension BM25Index {
    /// The flush that is due: 2,000 passages or 4 MB wait in memory, and a place for a file is free.
    ///
    /// The plan's segments count as busy until ``install(_:from:)`` or ``abandon(_:)``.
    public mutating func pendingFlush() -> BM25SegmentPlan? {
        guard fileCount < MergePolicy.fileLimit else { return nil }
        var passages = 0
        var bytes = 0
        for slot in slots where !slot.isFile && slot.plan == nil {
            passages += slot.state.livePassageCount
            bytes += slot.state.byteCount
        }
        guard passages >= MergePolicy.flushPassageCount || bytes >= MergePolicy.flushByteCount else { return nil }
        return flushPlan()
    }

    /// A flush of what is in memory, however little: the largest run of neighbours; `nil` if there is none, one runs
    /// already or all 12 places for files are taken.
    public mutating func flushPlan() -> BM25SegmentPlan? {
        guard fileCount < MergePolicy.fileLimit, !slots.contains(where: { !$0.isFile && $0.plan != nil }) else {
            return nil
        }
        func passages(_ run: Range<Int>) -> Int { slots[run].reduce(0) { $0 + $1.state.livePassageCount } }
        return freeMemoryRuns.max { passages($0) < passages($1) }.map { plan($0) }
    }

    /// The merge of files that is due: there are more than 8, or a quarter of one is dead.
    public mutating func pendingMerge() -> BM25SegmentPlan? {
        guard !slots.contains(where: { $0.isFile && $0.plan != nil }) else { return nil }
        if fileCount > MergePolicy.restingFileLimit {
            for run in runs(\.isFile).sorted(by: { $0.count > $1.count }) {
                let sizes = slots[run].map(\.state.livePassageCount)
                if let tail = MergePolicy.tail(sizes, limit: 1) {
                    return plan(run.lowerBound + tail.lowerBound..<run.lowerBound + tail.upperBound)
                }
            }
        }
        let rotten = slots.firstIndex { slot in
            slot.isFile && slot.state.deadCount * MergePolicy.maximumDeadShare > slot.state.segment.passageCount
        }
        return rotten.map { plan($0..<$0 + 1) }
    }

    /// Whether so much is in memory that writes should wait while a flush or a merge of files makes room.
    public var isMemoryFull: Bool { memoryByteCount >= MergePolicy.fullByteCount }

    /// A merge of all files into one; `nil` if there is one without dead passages, or a merge runs.
    public mutating func fullMergePlan() -> BM25SegmentPlan? {
        guard !slots.contains(where: { $0.isFile && $0.plan != nil }) else { return nil }
        return runs(\.isFile).max { $0.count < $1.count }.flatMap { run in
            run.count > 1 || slots[run.lowerBound].state.deadCount > 0 ? plan(run) : nil
        }
    }

    /// Whether a search goes through more segments than it must: several in files, or several in memory.
    public var isDivided: Bool { hasSeveralFiles || freeMemoryRuns.contains { $0.count > 1 } }

    /// Rows of one segment have 24 bits; what does not fit stays as it is.
    private var hasSeveralFiles: Bool {
        fileCount > 1 && statistics.passageCount <= PostingsFormat.maximumRowCount && byteCount <= restingByteLimit
    }

    /// For an index that is left in peace: several files and what is in memory as one file, up to ``restingByteLimit``.
    ///
    /// Nothing is written for what is in memory beside one file or none: that is joined here, in memory.
    public mutating func restingPlan() -> BM25SegmentPlan? {
        guard !slots.contains(where: { $0.plan != nil }) else { return nil }
        if hasSeveralFiles { return plan(slots.indices) }
        for run in freeMemoryRuns.reversed() where run.count > 1 { merge(run, live: nil) }
        return nil
    }

    /// Puts a plan's outcome in the place of its parts; `nil` says that no passage was left.
    ///
    /// Passages that died since the plan was taken are dead in the new segment. Without all of its parts, as after
    /// ``detach(where:)``, the plan is void: then nothing changes.
    /// - Returns: Whether the segment is in the index now, or the parts are gone.
    @discardableResult
    public mutating func install(_ segment: BM25Segment?, from plan: BM25SegmentPlan) -> Bool {
        let places = slots.indices.filter { slots[$0].plan == plan.number }
        guard places.count == plan.states.count,
            zip(places, plan.states).allSatisfy({ slots[$0].state.segment === $1.segment })
        else {
            abandon(plan)
            return false
        }
        var state = segment.map { BM25SegmentState($0) }
        for (place, before) in zip(places, plan.states) {
            for id in slots[place].state.idsOfDead(after: before.deadCount) {
                state?.remove(id..<id + 1)
            }
        }
        for place in places.reversed() { slots.remove(at: place) }
        if let state { insert(Slot(state: state, isFile: true)) }
        return true
    }

    /// Frees the segments of a plan that will not be installed.
    public mutating func abandon(_ plan: BM25SegmentPlan) {
        for place in slots.indices where slots[place].plan == plan.number {
            slots[place].plan = nil
        }
    }

    /// Adds a segment that lies in a file, as opening a collection does; what `live` lacks of it is dead.
    ///
    /// Where `live` has as many passages in the segment's range of ids as the segment, no passage is looked at.
    public mutating func attach(_ segment: BM25Segment, live: IDSet) {
        insert(Slot(state: BM25SegmentState(segment, live: live), isFile: true))
    }

    /// Removes segments whose file is lost; their passages are searched no more until they are added again.
    public mutating func detach(where isLost: (BM25Segment) -> Bool) {
        slots.removeAll { isLost($0.state.segment) }
    }

    /// The number of segments in files.
    public var fileCount: Int { slots.count(where: \.isFile) }

    /// The segments in files, by ascending ids.
    public var fileSegments: [BM25Segment] { slots.filter(\.isFile).map(\.state.segment) }

    /// The segments in memory, by ascending ids.
    public var memorySegments: [BM25Segment] { slots.filter { !$0.isFile }.map(\.state.segment) }

    private mutating func plan(_ run: Range<Int>) -> BM25SegmentPlan {
        let number = nextPlan
        nextPlan += 1
        for place in run { slots[place].plan = number }
        return BM25SegmentPlan(number: number, states: slots[run].map(\.state))
    }
}

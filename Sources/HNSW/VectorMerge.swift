public import IndexCore

/// A merge to be run: the segment and the delta's rows of one moment, and which passages were live then.
///
/// It reads only immutable memory, so it may run on any thread while the index goes on taking vectors.
public struct VectorMerge: Sendable {
    let dimension: Int
    let parameters: HNSWParameters
    /// The segment that is read, with its blocks.
    public let segment: VectorSegment?
    let delta: Delta
    let live: IDSet
    /// Whether everything is written anew, in id order.
    let isCompaction: Bool

    /// A segment is built from scratch when there are this many times the vectors there were at the training.
    static let growthLimit = 4
    /// … or when this share of its rows is dead.
    static let deadShare = 0.3

    /// Rows to read, dead ones included.
    public var count: Int { (segment?.count ?? 0) + delta.count }

    /// Builds the new segment.
    ///
    /// The delta's live rows become a block. The graph is continued with them, or built from scratch over the live rows
    /// of all blocks: in a compaction, where there was no graph, when n has grown fourfold since the quantiser was
    /// trained, and when 30 % of the rows are dead; blocks of which as much is dead are then rewritten. A compaction
    /// writes one block of all live rows, and its result depends on rows and ids alone; no result depends on `threads`.
    /// - Parameters:
    ///   - threads: Threads to build with, the caller's included.
    ///   - progress: Told now and then what share is done, on the caller's thread.
    /// - Throws: ``HNSWError/deadlineExceeded``; nothing is lost then.
    /// - Complexity: O(n log n) distances; memory for the new segment, its int8 codes and new blocks beside the old.
    public func run(
        threads: Int = 1, deadline: SearchDeadline = .none, progress: ((Double) -> Void)? = nil
    ) throws(HNSWError) -> VectorMergeResult {
        let plan = try MergePlan(self, deadline: deadline)
        guard let plan else { return VectorMergeResult(segment: nil, newBlocks: []) }
        let sources = plan.blocks.map(\.columns)
        let builder = SegmentBuilder(
            parameters: parameters, dimension: dimension, blocks: plan.blocks, places: plan.places,
            shape: SpaceShape(
                plan.places.filter { live.contains(PassageID($0.id)) }, of: sources, dimension: dimension))
        guard plan.places.count >= parameters.graphThreshold else {
            return VectorMergeResult(segment: builder.scanned(), newBlocks: plan.newBlocks)
        }
        let rows =
            plan.blockInOrder.map { BuildRows($0) }
            ?? BuildRows(plan.places, of: sources, dimension: dimension, metric: parameters.metric)
        let quantizer = plan.base.map { $0.quantizer.map { Quantizer($0) } } ?? trained(plan.places, sources)
        let signs = RowSigns(plan.places, of: sources, dimension: dimension, quantizer: quantizer, parameters.codes)
        let team = WorkerTeam(count: min(64, max(1, threads)))
        defer { team.close() }
        let graph = GraphBuilder(
            rows: rows, signs: signs, base: plan.base?.graph, parameters: parameters, team: team)
        try graph.run(from: plan.base?.count ?? 0, deadline: deadline, progress: progress)
        let segment = builder.walked(
            graph.graph, order: RowOrder.breadthFirst(graph.graph), quantizer: quantizer, signs: signs,
            trainedCount: plan.base?.header.trainedCount ?? plan.places.count)
        return VectorMergeResult(segment: segment, newBlocks: plan.newBlocks)
    }

    private func trained(_ places: [VectorPlace], _ sources: [VectorColumns]) -> Quantizer? {
        guard parameters.codes != .float32 else { return nil }
        return Quantizer(codes: parameters.codes, dimension: dimension, count: places.count) { index in
            sources[places[index].source].vector(places[index].row)
        }
    }
}

/// What a merge made.
public struct VectorMergeResult: Sendable {
    /// The new segment, with the blocks it refers to; nil if nothing is live.
    public var segment: VectorSegment?
    /// Blocks of it that were made by this merge; the others were there before.
    public var newBlocks: [VectorBlock]

    /// A merge's result.
    public init(segment: VectorSegment?, newBlocks: [VectorBlock]) {
        self.segment = segment
        self.newBlocks = newBlocks
    }
}

public import IndexCore

/// Segments to be joined into one that will lie in a file: a flush of what is in memory, or a merge of files.
///
/// It reads only immutable memory, so it may run on any thread while the index goes on: what is appended meanwhile
/// is not touched, what dies meanwhile is taken over by ``BM25Index/install(_:from:)``.
public struct BM25SegmentPlan: Sendable {
    /// Tells plans of one index apart.
    let number: Int
    let states: [BM25SegmentState]

    /// The segments to be joined.
    public var segments: [BM25Segment] { states.map(\.segment) }

    /// Live passages to be joined.
    public var passageCount: Int { states.reduce(0) { $0 + $1.livePassageCount } }

    /// Index bytes to be read.
    public var byteCount: Int { states.reduce(0) { $0 + $1.segment.byteCount } }

    /// Builds the new segment: the passages of `live` that the index has not removed, in id order.
    ///
    /// Its `sections` are the bytes for the file. The same segments and passages give the same bytes. From
    /// ``MergePolicy/reorderPassageCount`` passages on documents lie in the order of ``DocumentOrder``.
    /// - Parameter spill: Where arrays of 1 MB and more lie in files while the work goes on, and those of the result for as
    ///   long as it lives; without it, or where its disk is full, all is in memory: the result's bytes and up to 400 MB
    ///   beside them.
    /// - Returns: `nil` if no passage is left.
    /// - Throws: ``BM25Error/deadlineExceeded``; nothing is lost then.
    public func run(
        live: IDSet, spill: SpillFolder? = nil, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> BM25Segment? {
        try run(live: live, reorderingFrom: MergePolicy.reorderPassageCount, spill: spill, deadline: deadline)
    }

    /// The same, with documents reordered from another number of passages on.
    package func run(
        live: IDSet, reorderingFrom count: Int, spill: SpillFolder? = nil, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> BM25Segment? {
        try SegmentMerger.merge(states, live: live, reorderingFrom: count, spill: spill, deadline: deadline)
    }
}

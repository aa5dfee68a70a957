internal import Synchronization

/// The memory one search works in: cursors with their blocks, accumulators, candidates.
///
/// About 830 KB, of which dense queries touch 100, and 1.8 KB per term, kept for the next search. Unsafe inside: raw memory whose sizes are the constants
/// here and the number of uses reserved.
final class SearchScratch {
    /// The most rows of one window of accumulators.
    static let windowCount = 32_768
    /// Rows of a window of dense lists: its sums (32 KB) stay in the nearest cache.
    static let denseWindowCount = 4_096

    /// Sums by row of a window; all untouched between windows.
    let sums = UnsafeMutablePointer<Double>.allocate(capacity: windowCount)
    /// A bit per row of a window; all zero between windows.
    let touched = UnsafeMutablePointer<UInt64>.allocate(capacity: windowCount / 64)
    /// A bit per word of ``touched``; all zero between windows.
    let summary = UnsafeMutablePointer<UInt64>.allocate(capacity: windowCount / denseWindowCount)
    /// Rows that may enter the answer, ascending.
    let candidates = UnsafeMutablePointer<UInt32>.allocate(capacity: windowCount + RowSums.takenAtOnce)
    /// What is known of their scores so far.
    let candidateSums = UnsafeMutablePointer<Double>.allocate(capacity: windowCount + RowSums.takenAtOnce)
    /// Frequencies of terms that count as one, by row of a window or by candidate; all zero between uses.
    let groupSums = UnsafeMutablePointer<Float>.allocate(capacity: windowCount)
    /// A bit per row of a window; all zero between uses.
    let groupTouched = UnsafeMutablePointer<UInt64>.allocate(capacity: windowCount / 64)
    /// What a first threshold is looked for with.
    let seedMemory = ThresholdSeed.Memory()
    /// Scores of one block.
    let blockScores: UnsafeMutablePointer<Float>

    /// One per use of a plan.
    private(set) var cursors = UnsafeMutablePointer<PostingsCursor>.allocate(capacity: 0)
    /// One per clause of a flat query.
    private(set) var clauses = UnsafeMutablePointer<ScoredClause>.allocate(capacity: 0)
    /// Sums of the clauses' bounds from the first on; one more than clauses.
    private(set) var boundSums = UnsafeMutablePointer<Double>.allocate(capacity: 0)
    private var blocks = UnsafeMutablePointer<UInt32>.allocate(capacity: 0)
    private var capacity = 0

    init() {
        blockScores = UnsafeMutableRawPointer.allocate(byteCount: PostingsFormat.blockCount * 4, alignment: 64)
            .bindMemory(to: Float.self, capacity: PostingsFormat.blockCount)
        sums.initialize(repeating: RowSums.untouched, count: Self.windowCount)
        touched.initialize(repeating: 0, count: Self.windowCount / 64)
        groupSums.initialize(repeating: 0, count: Self.windowCount)
        groupTouched.initialize(repeating: 0, count: Self.windowCount / 64)
        summary.initialize(repeating: 0, count: Self.windowCount / Self.denseWindowCount)
    }

    deinit {
        sums.deallocate()
        touched.deallocate()
        summary.deallocate()
        candidates.deallocate()
        candidateSums.deallocate()
        groupSums.deallocate()
        groupTouched.deallocate()
        seedMemory.deallocate()
        blockScores.deallocate()
        deallocateByUse()
    }

    private func deallocateByUse() {
        cursors.deallocate()
        clauses.deallocate()
        boundSums.deallocate()
        blocks.deallocate()
    }

    /// Makes room for a plan with so many uses.
    func reserve(_ useCount: Int) {
        guard useCount > capacity else { return }
        deallocateByUse()
        capacity = max(useCount, 16)
        cursors = .allocate(capacity: capacity)
        clauses = .allocate(capacity: capacity)
        boundSums = .allocate(capacity: capacity + 1)
        blocks = UnsafeMutableRawPointer.allocate(
            byteCount: capacity * PostingsCursor.scratchCount * 4, alignment: 64
        ).bindMemory(to: UInt32.self, capacity: capacity * PostingsCursor.scratchCount)
    }

    /// The memory a use's cursor decodes its blocks into.
    func block(_ use: Int) -> UnsafeMutablePointer<UInt32> {
        blocks + use * PostingsCursor.scratchCount
    }

    /// Whether it may wait for its next user.
    fileprivate var isReusable: Bool { capacity <= 128 }
}

/// One scratch, taken from the pool for as long as this value lives.
struct SearchScratchLease: ~Copyable {
    let scratch: SearchScratch

    init() {
        scratch = SearchScratchPool.take()
    }

    deinit {
        SearchScratchPool.give(scratch)
    }
}

/// Scratches that wait for work: as many as ever searched at once, 32 at most.
private enum SearchScratchPool {
    private static let maximumCount = 32

    /// Sendable although `SearchScratch` is not: a scratch is either in the pool or in exactly one lease, and only a
    /// lease's holder reaches into it; the mutex orders the two.
    private struct Waiting: @unchecked Sendable {
        let scratch: SearchScratch
    }

    private static let waiting = Mutex<[Waiting]>([])

    static func take() -> SearchScratch {
        let found = waiting.withLock { (waiting: inout sending [Waiting]) in waiting.popLast() }
        return found?.scratch ?? SearchScratch()
    }

    static func give(_ scratch: SearchScratch) {
        guard scratch.isReusable else { return }
        let entry = Waiting(scratch: scratch)
        waiting.withLock { (waiting: inout sending [Waiting]) in
            if waiting.count < maximumCount {
                waiting.append(entry)
            }
        }
    }
}

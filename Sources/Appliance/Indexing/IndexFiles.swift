/// What the writer knows of the files of one index, of keywords or of vectors, beside the index.
struct IndexFiles {
    /// Ids among which live passages are not in the index, ascending: their files were lost, or never made.
    var gaps: [ClosedRange<UInt32>] = []
    /// Work that runs on other threads.
    var isFlushing = false
    var isMerging = false
    var isRebuilding = false
    /// Passages in memory with smaller ids go to a file however few they are: they were in one before.
    var flushBefore: UInt32 = 0
    /// Passages in memory at which a flush that failed is tried again.
    var flushesAgainAt = 0
    /// A merge of keyword files failed; a flush that succeeds shows that files can be written again.
    var pausesMerges = false
    /// Failures of work that is tried again by itself.
    var flushRetry = RetryPause()
    var rebuildRetry = RetryPause()
    var mergeRetry = RetryPause()
    /// Files that the manifest names and the index does not lie in: the next manifest lets go of them.
    var leftovers: Set<String> = []
    /// Counts files taken out: what was indexed anew beside one of them may lack its passages.
    var detachments = 0
    /// Tells the index from others before and after it: what was planned for one is not for another.
    let identity = IndexIdentity()
    /// Everything is to be written to new files.
    var compaction: Compaction?

    /// How far a compaction of one index is.
    enum Compaction {
        /// Not begun; passages with smaller ids are its business.
        case wanted(before: UInt32)
        /// Its last merge runs.
        case ending
    }

    /// Whatever failed is due again.
    mutating func resume() {
        flushRetry.resume()
        rebuildRetry.resume()
        mergeRetry.resume()
        flushesAgainAt = 0
        pausesMerges = false
    }

    /// Adds ranges to the gaps.
    mutating func addGaps(_ ranges: [ClosedRange<UInt32>]) {
        gaps = (gaps + ranges).sorted { $0.lowerBound < $1.lowerBound }
    }

    /// Takes ids out of the gaps.
    mutating func close(_ range: ClosedRange<UInt32>) {
        gaps = gaps.flatMap { gap in
            guard gap.overlaps(range) else { return [gap] }
            var rest: [ClosedRange<UInt32>] = []
            if gap.lowerBound < range.lowerBound { rest.append(gap.lowerBound...range.lowerBound - 1) }
            if gap.upperBound > range.upperBound { rest.append(range.upperBound + 1...gap.upperBound) }
            return rest
        }
    }

    /// The ids to be indexed anew now.
    var dueRebuild: ClosedRange<UInt32>? { isRebuilding || rebuildRetry.isPending ? nil : gaps.first }

    /// Whether work on another thread is for this index.
    var isAtWork: Bool { isFlushing || isMerging || isRebuilding }
}

/// One of a kind.
final class IndexIdentity: Sendable {}

/// How long work that failed waits until it is tried again: twice as long after each failure, up to five minutes.
struct RetryPause {
    private static let longest = 300

    /// Whether it waits now.
    private(set) var isPending = false
    private var failures = 0

    /// Notes a failure.
    /// - Returns: The number of first pauses to wait.
    mutating func fail() -> Int {
        isPending = true
        defer { failures = min(failures + 1, 16) }
        return min(1 << failures, Self.longest)
    }

    /// The pause is over.
    mutating func resume() { isPending = false }

    /// Notes that it went well.
    mutating func succeed() { self = RetryPause() }
}

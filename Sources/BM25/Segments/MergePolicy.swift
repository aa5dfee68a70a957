/// Which segments to join, so that a collection never has more than 10 in memory and 12 in files.
///
/// When there is one too many, the shortest tail is joined that has at most three quarters of the segment before it (all
/// of them, if there is none): segments then shrink from the oldest to the newest, after the greedy rule of Mathieu et
/// al., "Bigtable Merge Compaction" (2014). Write amplification, by simulation: in memory each of 2,000 commits of one
/// passage is rewritten 4.9 times on average before it is flushed; in files each of 1.5 million passages, flushed by
/// 2,000, 4.7 times. An index that is left in peace becomes one segment (`BM25Index.restingPlan()`): whoever owns it waits
/// for that in proportion to its passages, so that it costs a bounded share of the time.
enum MergePolicy {
    /// Segments in memory, those being flushed included.
    static let memoryLimit = 10
    /// Segments in memory while none is being flushed: the rest is for what comes meanwhile.
    static let restingMemoryLimit = 8
    /// Segments in files.
    ///
    /// While there are so many none is flushed, and memory takes more.
    static let fileLimit = 12
    /// Segments in files beyond which a merge is due: the rest is for flushes during the merge.
    static let restingFileLimit = 8
    /// Passages in memory that are worth a file; or bytes.
    static let flushPassageCount = 2_000
    static let flushByteCount = 4 << 20
    /// Bytes in memory, those on their way to a file included, from which whoever writes should wait.
    static let fullByteCount = 48 << 20
    /// Passages of a new file from which its documents are reordered: smaller ones are soon joined again.
    static let reorderPassageCount = 32_768
    /// A segment with more than a quarter of its rows dead is rewritten alone.
    static let maximumDeadShare = 4

    /// The tail to join of segments with so many live passages, if there are more than `limit`.
    static func tail(_ sizes: [Int], limit: Int) -> Range<Int>? {
        guard sizes.count > limit, sizes.count > 1 else { return nil }
        var total = sizes[sizes.count - 1]
        for start in stride(from: sizes.count - 2, through: 0, by: -1) {
            total += sizes[start]
            if start == 0 || total * 4 <= sizes[start - 1] * 3 {
                // Rows of one segment have 24 bits; what does not fit stays as it is.
                return total <= PostingsFormat.maximumRowCount ? start..<sizes.count : nil
            }
        }
        return nil
    }
}

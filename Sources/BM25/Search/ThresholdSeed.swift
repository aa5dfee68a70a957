internal import IndexCore

/// A first threshold for a disjunction: what the `k`-th best of a few promising documents score by one term alone.
///
/// The term with the greatest weight is looked at in the blocks with the greatest bounds, a few microseconds' work. The
/// documents are live, pass the filter and only gain by other terms, so `k` documents reach that score and nothing
/// below it can be in the answer.
struct ThresholdSeed {
    /// Blocks that are decoded.
    private static let blockLimit = 4
    /// Blocks, or groups of blocks, whose bounds are compared.
    private static let boundLimit = 512

    /// Raises the sink's threshold, if it has none yet.
    static func raise(
        _ sink: inout CandidateSink, _ clauses: UnsafeMutableBufferPointer<ScoredClause>, _ view: SegmentView,
        scores: UnsafeMutablePointer<Float>
    ) {
        guard sink.takesSeed,
            let best = clauses.indices.filter({ !clauses[$0].isGroup && clauses[$0].documentFrequency >= sink.k })
                .max(by: { clauses[$0].weight < clauses[$1].weight })
        else { return }
        // A second cursor in the same memory: the first has decoded nothing yet, or all there is.
        var cursor = clauses[best].cursor.pointee
        var collector = DocumentCollector(k: sink.k)
        for block in promisingBlocks(clauses[best]) {
            cursor.advance(to: block == 0 ? 0 : cursor.lastRow(ofBlock: block - 1) + 1)
            guard cursor.row != .max else { break }
            cursor.loadRows()
            cursor.loadFrequencies()
            withUnsafeMutablePointer(to: &cursor) { cursor in
                ScoredClause(cursor: cursor, weight: clauses[best].weight, field: clauses[best].field)
                    .score(0..<cursor.pointee.count, into: scores)
            }
            for place in 0..<cursor.count where scores[place] >= collector.threshold {
                if let hit = sink.admitted(cursor.rows[place], scores[place], of: view.rows) {
                    collector.insert(hit)
                }
            }
        }
        if collector.count == sink.k {
            sink.seed(collector.threshold)
        }
    }

    /// The blocks with the greatest bounds, ascending; in a long list, those of the group with the greatest.
    private static func promisingBlocks(_ clause: ScoredClause) -> [Int] {
        let cursor = clause.cursor
        var blocks = 0..<cursor.pointee.blockCount
        if blocks.count > boundLimit {
            let groups = min(blocks.count / PostingsFormat.groupCount, boundLimit)
            let best = (0..<groups).max { clause.bound(ofGroup: $0) < clause.bound(ofGroup: $1) } ?? 0
            blocks = best * PostingsFormat.groupCount..<(best + 1) * PostingsFormat.groupCount
        }
        var chosen: [(block: Int, bound: Double)] = []
        for block in blocks {
            let bound = clause.bound(ofBlock: block)
            guard chosen.count < blockLimit || bound > chosen[chosen.count - 1].bound else { continue }
            let place = chosen.firstIndex { $0.bound < bound } ?? chosen.count
            chosen.insert((block, bound), at: place)
            if chosen.count > blockLimit {
                chosen.removeLast()
            }
        }
        return chosen.map(\.block).sorted()
    }
}

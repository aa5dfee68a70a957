public import IndexCore

/// What one search sees of a vector index: a segment and the delta's rows up to now.
///
/// Immutable.
public struct VectorSnapshot: Sendable {
    /// Components of a vector.
    public let dimension: Int
    let parameters: HNSWParameters
    /// What makes two vectors near here.
    public var metric: VectorMetric { parameters.metric }
    /// The merged vectors; nil where there are none.
    public let segment: VectorSegment?
    let delta: Delta
    /// The passages of the delta.
    let deltaIDs: IDSet

    /// The number of vectors, those of dead passages included until they are merged away.
    public var count: Int { (segment?.count ?? 0) + delta.count }

    /// The segment's ``VectorSegment/contentHash``, nil without one: what an answer depends on beside the rows.
    public var segmentHash: UInt64? { segment?.contentHash }

    /// Whether the passage has a vector here.
    ///
    /// O(log n) for each block of the segment.
    public func contains(_ id: PassageID) -> Bool {
        deltaIDs.contains(id) || segment?.blocks.contains { $0.contains(id) } == true
    }

    /// This snapshot without its segment: for a search that met damage in its files.
    public var withoutSegment: VectorSnapshot {
        VectorSnapshot(
            dimension: dimension, parameters: parameters, segment: nil, delta: delta, deltaIDs: deltaIDs)
    }

    /// The best `k` documents, each with its best passage: score descending, then document id ascending.
    ///
    /// The delta is scanned, and so is a small segment. The graph of a large one is walked with `ef` candidates, doubled
    /// until there are `k` documents, and scanned instead once that is cheaper (``SearchPlan``). An answer by scans alone
    /// equals ``exactSearch(_:k:live:filter:deadline:)``.
    /// - Parameters:
    ///   - query: ``dimension`` components; with the cosine of any length but zero.
    ///   - ef: Passages the graph search keeps; default max(64, 2k), at least `k`.
    ///   - live: Passages that have not been deleted.
    ///   - filter: Passages allowed in the answer; all if nil.
    /// - Throws: ``HNSWError``, for the query vector or the deadline.
    public func search(
        _ query: [Float], k: Int, ef: Int? = nil, live: IDSet, filter: IDSet? = nil, deadline: SearchDeadline = .none
    ) throws(HNSWError) -> [DocumentHit] {
        try search(query, k: k, ef: ef, live: live, filter: filter, path: .planned, deadline: deadline)
    }

    /// The same, gone about as `path` says: for measurements.
    package func search(
        _ query: [Float], k: Int, ef: Int? = nil, live: IDSet, filter: IDSet? = nil, path: SearchPath,
        deadline: SearchDeadline = .none
    ) throws(HNSWError) -> [DocumentHit] {
        let prepared = try PreparedVector.prepare(query, dimension: dimension, metric: parameters.metric)
        guard k > 0, count > 0 else { return [] }
        let k = min(k, count)
        let rowFilter = RowFilter(live: live, filter: filter)
        var search = DocumentSearch(query: prepared, metric: parameters.metric, filter: rowFilter, k: k)
        if let segment {
            let ef = min(segment.count, max(1, k, ef ?? max(64, 2 * k)))
            var isWalked = false
            if segment.hasGraph, path != .scan {
                isWalked = try walk(
                    segment, prepared, k: k, ef: ef, filter: rowFilter, path: path, into: &search, deadline)
            }
            if !isWalked {
                search.reset()
                try scan(segment, filter: rowFilter, into: &search, deadline)
            }
        }
        for (rows, range) in delta.pieces {
            try search.scan(rows.columns, of: rows, range, deadline: deadline)
        }
        return search.finish()
    }

    /// Every row there is, with what keeps its memory: the blocks of the segment, the delta's chunks.
    var pieces: [(columns: VectorColumns, owner: AnyObject, range: Range<Int>)] {
        let blocks = (segment?.blocks ?? []).map { block in
            (columns: block.columns, owner: block as AnyObject, range: 0..<block.count)
        }
        return blocks
            + delta.pieces.map { rows, range in (columns: rows.columns, owner: rows as AnyObject, range: range) }
    }

    /// Walks the graph until there are `k` documents.
    /// - Returns: Whether there are; if not, a scan is due.
    private func walk(
        _ segment: VectorSegment, _ query: [Float], k: Int, ef: Int, filter: RowFilter, path: SearchPath,
        into search: inout DocumentSearch, _ deadline: SearchDeadline
    ) throws(HNSWError) -> Bool {
        let scanLimit = path == .sweep ? nil : parameters.scanLimit
        // The filter's own count is at hand, and enough where few pass.
        let most = SearchPlan(
            segment, passing: filter.filter?.count ?? segment.count, ef: ef, scanLimit: scanLimit)
        guard most.next != nil else { return false }
        var plan = SearchPlan(segment, passing: filter.passingCount, ef: ef, scanLimit: scanLimit)
        return try segment.scratch.withScratch { scratch throws(HNSWError) in
            var isWidened = false
            while let (ef, budget) = plan.next {
                let isWhole = try query.withUnsafeBufferPointer { query throws(HNSWError) in
                    guard let query = query.baseAddress else { return false }
                    return try segment.walk(
                        query, ef: ef, predicate: PassingRow(ids: segment.ids, filter: filter), scratch: scratch,
                        budget: budget, deadline: deadline)
                }
                guard isWhole else { return false }
                let isAstray = segment.isAstray(scratch.pool, passing: plan.passing)
                if isAstray, path != .sweep {
                    if segment.isDoubtful(scratch, k: k) { return false }
                    let pool = scratch.pool
                    if segment.header.codes == .float32, !isWidened, pool.isFull, segment.isInShell(pool) {
                        // What it went through is what the beam lacked.
                        isWidened = true
                        plan.widen(by: pool.passedThrough, after: scratch.distanceCount)
                        continue
                    }
                }
                search.take(scratch, of: segment, isWhole: isAstray)
                if search.walkedCount >= k { return true }
                // What a wider walk finds holds what this one found.
                search.reset()
                guard scratch.pool.isFull else { return false }
                plan.widen(by: ef, after: scratch.distanceCount)
            }
            return false
        }
    }

    /// Scans the rows that may be answered, or all where they are many.
    private func scan(
        _ segment: VectorSegment, filter: RowFilter, into search: inout DocumentSearch, _ deadline: SearchDeadline
    ) throws(HNSWError) {
        for block in segment.blocks {
            // A row in a list costs a third more than one beside the last.
            if let allowed = filter.filter, allowed.count < segment.count / 3 * 2 {
                let rows = block.columns.rows(in: allowed)
                try search.scan(block.columns, of: block, listed: rows, deadline: deadline)
            } else {
                try search.scan(block.columns, of: block, 0..<block.count, deadline: deadline)
            }
        }
    }
}

public import IndexCore

/// What one search sees of a vector index: a segment and the delta's rows up to now.
///
/// Immutable.
public struct VectorSnapshot: Sendable {
    /// Components of a vector.
    public let dimension: Int
    let parameters: HNSWParameters
    let segment: VectorSegment?
    let delta: Delta
    let ids: IDSet

    /// The number of vectors, those of dead passages included until they are merged away.
    public var count: Int { (segment?.count ?? 0) + delta.count }

    /// The segment's ``VectorSegment/contentHash``, nil without one: what an answer depends on beside the rows.
    public var segmentHash: UInt64? { segment?.contentHash }

    /// Whether the passage has a vector here.
    public func contains(_ id: PassageID) -> Bool { ids.contains(id) }

    /// The best `k` documents by cosine, each with its best passage: score descending, then document id ascending.
    ///
    /// The delta is scanned, and so is the segment where few passages pass (at most
    /// ``HNSWParameters/scanLimit`` or a tenth of it): such answers equal ``exactSearch(_:k:live:filter:deadline:)``.
    /// Otherwise the segment's graph is walked with `ef` candidates, doubled until there are `k` documents; once a
    /// scan is cheaper, the segment is scanned.
    /// - Parameters:
    ///   - query: ``dimension`` components, of any length but zero.
    ///   - ef: Passages the graph search keeps; default max(64, 2k), at least `k`.
    ///   - live: Passages that have not been deleted.
    ///   - filter: Passages allowed in the answer; all if nil.
    /// - Throws: ``HNSWError``, for the query vector or the deadline.
    public func search(
        _ query: [Float], k: Int, ef: Int? = nil, live: IDSet, filter: IDSet? = nil, deadline: SearchDeadline = .none
    ) throws(HNSWError) -> [DocumentHit] {
        let unit = try UnitVector(query, dimension: dimension)
        guard k > 0, count > 0 else { return [] }
        let k = min(k, count)
        let rowFilter = RowFilter(live: live, filter: filter)
        var search = DocumentSearch(query: unit, filter: rowFilter, k: k)
        if let segment, segment.count > 0 {
            try self.search(segment, unit, k: k, ef: ef, filter: rowFilter, into: &search, deadline: deadline)
        }
        for (rows, range) in delta.pieces {
            try search.scan(rows, range, deadline: deadline)
        }
        return search.finish()
    }

    private func search(
        _ segment: VectorSegment, _ query: UnitVector, k: Int, ef: Int?, filter: RowFilter,
        into search: inout DocumentSearch, deadline: SearchDeadline
    ) throws(HNSWError) {
        let passing = min(filter.filter?.count ?? segment.count, segment.count)
        var ef = min(segment.count, max(1, k, ef ?? max(64, 2 * k)))
        if passing > max(parameters.scanLimit, segment.count / 10) {
            // Each candidate kept costs some eight rows' worth of reading.
            while ef < passing / 8 {
                let sawAll = try walk(segment, query, ef: ef, filter: filter, into: &search, deadline: deadline)
                if search.documentCount >= k {
                    return
                }
                search.reset()
                if sawAll {
                    break
                }
                ef *= 2
            }
        }
        if let allowed = filter.filter, allowed.count < segment.count / 8 {
            try search.scan(segment.rows, listed: segment.rows(in: allowed), deadline: deadline)
        } else {
            try search.scan(segment.rows, 0..<segment.count, deadline: deadline)
        }
    }

    /// One walk through the graph; true if it ended for want of links rather than of room.
    private func walk(
        _ segment: VectorSegment, _ query: UnitVector, ef: Int, filter: RowFilter, into search: inout DocumentSearch,
        deadline: SearchDeadline
    ) throws(HNSWError) -> Bool {
        try segment.scratch.withScratch { scratch throws(HNSWError) in
            let searcher = GraphSearcher(rows: segment.rows, links: segment.links)
            try query.withCodeQuery { code throws(HNSWError) in
                let start = searcher.descend(code, to: 0, scratch: scratch)
                try searcher.searchLevel(
                    0, code, from: start, ef: ef, predicate: PassingRow(ids: segment.rows.ids, filter: filter),
                    scratch: scratch, deadline: deadline)
            }
            search.take(scratch.pool, of: segment.rows)
            return !scratch.pool.isFull
        }
    }
}

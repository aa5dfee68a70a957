public import IndexCore

/// What one search sees of a vector index: a segment and the delta's rows up to now.
///
/// Immutable.
public struct VectorSnapshot: Sendable {
    /// Components of a vector.
    public let dimension: Int
    let parameters: HNSWParameters
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
    /// The delta is scanned, and so is the segment where it is small or few passages pass (at most
    /// ``HNSWParameters/scanLimit`` or a tenth of it): such answers equal ``exactSearch(_:k:live:filter:deadline:)``.
    /// Otherwise the segment's graph is walked with `ef` candidates, doubled until there are `k` documents; once a
    /// scan is cheaper, the segment is scanned.
    /// - Parameters:
    ///   - query: ``dimension`` components; with the cosine of any length but zero.
    ///   - ef: Passages the graph search keeps; default max(64, 2k), at least `k`.
    ///   - live: Passages that have not been deleted.
    ///   - filter: Passages allowed in the answer; all if nil.
    /// - Throws: ``HNSWError``, for the query vector or the deadline.
    public func search(
        _ query: [Float], k: Int, ef: Int? = nil, live: IDSet, filter: IDSet? = nil, deadline: SearchDeadline = .none
    ) throws(HNSWError) -> [DocumentHit] {
        let prepared = try PreparedVector(query, dimension: dimension, metric: parameters.metric)
        guard k > 0, count > 0 else { return [] }
        let k = min(k, count)
        let rowFilter = RowFilter(live: live, filter: filter)
        var search = DocumentSearch(query: prepared, metric: parameters.metric, filter: rowFilter, k: k)
        if let segment {
            try self.search(segment, prepared, k: k, ef: ef, filter: rowFilter, into: &search, deadline: deadline)
        }
        for (rows, range) in delta.pieces {
            try search.scan(rows.columns, of: rows, range, deadline: deadline)
        }
        return search.finish()
    }

    /// The same question answered by scoring every vector: slow, and the oracle of
    /// ``search(_:k:ef:live:filter:deadline:)``.
    public func exactSearch(
        _ query: [Float], k: Int, live: IDSet, filter: IDSet? = nil, deadline: SearchDeadline = .none
    ) throws(HNSWError) -> [DocumentHit] {
        let prepared = try PreparedVector(query, dimension: dimension, metric: parameters.metric)
        let rowFilter = RowFilter(live: live, filter: filter)
        var collector = DocumentCollector(k: k)
        for piece in pieces {
            for row in piece.range where rowFilter.passes(piece.columns.ids[row]) {
                if row & 1_023 == 0 {
                    try deadline.checkVectors()
                }
                let score = prepared.components.withUnsafeBufferPointer { query in
                    query.baseAddress.map {
                        parameters.metric.score($0, piece.columns.vector(row), dimension: dimension)
                    } ?? 0
                }
                collector.insert(
                    DocumentHit(
                        document: PassageID(piece.columns.documents[row]), passage: PassageID(piece.columns.ids[row]),
                        score: score))
            }
        }
        return collector.finish()
    }

    /// Every row there is, with what keeps its memory: the blocks of the segment, the delta's chunks.
    var pieces: [(columns: VectorColumns, owner: AnyObject, range: Range<Int>)] {
        let blocks = (segment?.blocks ?? []).map { block in
            (columns: block.columns, owner: block as AnyObject, range: 0..<block.count)
        }
        return blocks
            + delta.pieces.map { rows, range in (columns: rows.columns, owner: rows as AnyObject, range: range) }
    }

    private func search(
        _ segment: VectorSegment, _ query: PreparedVector, k: Int, ef: Int?, filter: RowFilter,
        into search: inout DocumentSearch, deadline: SearchDeadline
    ) throws(HNSWError) {
        let passing = min(filter.filter?.count ?? segment.count, segment.count)
        var ef = min(segment.count, max(1, k, ef ?? max(64, 2 * k)))
        if segment.hasGraph, passing > max(parameters.scanLimit, segment.count / 10) {
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
        for block in segment.blocks {
            if let allowed = filter.filter, allowed.count < segment.count / 8 {
                let rows = block.columns.rows(in: allowed)
                try search.scan(block.columns, of: block, listed: rows, deadline: deadline)
            } else {
                try search.scan(block.columns, of: block, 0..<block.count, deadline: deadline)
            }
        }
    }

    /// One walk through the graph; true if it ended for want of links rather than of room.
    private func walk(
        _ segment: VectorSegment, _ query: PreparedVector, ef: Int, filter: RowFilter,
        into search: inout DocumentSearch, deadline: SearchDeadline
    ) throws(HNSWError) -> Bool {
        try segment.scratch.withScratch { scratch throws(HNSWError) in
            try query.components.withUnsafeBufferPointer { query throws(HNSWError) in
                guard let query = query.baseAddress else { return }
                _ = try segment.walk(
                    query, ef: ef, predicate: PassingRow(ids: segment.ids, filter: filter), scratch: scratch,
                    deadline: deadline)
            }
            search.take(scratch.pool, of: segment)
            return !scratch.pool.isFull
        }
    }
}

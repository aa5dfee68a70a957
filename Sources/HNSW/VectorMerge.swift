public import IndexCore

/// A merge to be run: the segment and the delta's rows of one moment, and which passages were live then.
///
/// It reads only immutable memory, so it may run on any thread while the index goes on taking vectors.
public struct VectorMerge: Sendable {
    let dimension: Int
    let parameters: HNSWParameters
    let segment: VectorSegment?
    let delta: Delta
    let live: IDSet

    /// Rows to read, dead ones included.
    public var count: Int { (segment?.count ?? 0) + delta.count }

    /// Builds the new segment: all live rows in id order, and their graph.
    ///
    /// The same rows give the same bytes.
    /// - Throws: ``HNSWError/deadlineExceeded``; nothing is lost then.
    /// - Complexity: O(n log n) distances; memory for the new segment beside the old.
    public func run(deadline: SearchDeadline = .none) throws(HNSWError) -> VectorSegment {
        let sources = liveRows()
        let rows = VectorRows(dimension: dimension, capacity: sources.count)
        for (row, source) in sources.enumerated() where rows.claim(row) {
            if row & 1_023 == 0 {
                try deadline.checkVectors()
            }
            rows.copy(source.row, of: source.rows, to: row)
        }
        let links = try GraphBuilder.build(
            rows: rows, count: sources.count, parameters: parameters, deadline: deadline)
        return VectorSegment(rows: rows, links: links, count: sources.count)
    }

    private func liveRows() -> [(id: UInt32, rows: VectorRows, row: Int)] {
        var sources: [(id: UInt32, rows: VectorRows, row: Int)] = []
        var pieces = delta.pieces
        if let segment {
            pieces.insert((segment.rows, 0..<segment.count), at: 0)
        }
        for (rows, range) in pieces {
            for row in range where live.contains(PassageID(rows.ids[row])) {
                sources.append((rows.ids[row], rows, row))
            }
        }
        return sources.sorted { $0.id < $1.id }
    }
}

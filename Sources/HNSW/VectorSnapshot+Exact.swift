public import IndexCore

extension VectorSnapshot {
    /// The same question answered by scoring every vector that may be answered: the ground truth of
    /// ``search(_:k:ef:live:filter:deadline:)``.
    ///
    /// It reads the Float32 vectors alone: neither graph nor codes have a word in it. For one question that costs what
    /// memory takes to bring them, with BLAS as without (docs/decisions/0090); many at once are the work of the module
    /// `GroundTruth`.
    /// - Returns: At most `k` documents, each with its best passage: score descending, then document id ascending.
    /// - Throws: ``HNSWError``, for the query vector or the deadline.
    public func exactSearch(
        _ query: [Float], k: Int, live: IDSet, filter: IDSet? = nil, deadline: SearchDeadline = .none
    ) throws(HNSWError) -> [DocumentHit] {
        let prepared = try PreparedVector.prepare(query, dimension: dimension, metric: parameters.metric)
        var scan = ExactScan(
            query: prepared, metric: parameters.metric, filter: RowFilter(live: live, filter: filter), k: k)
        for piece in pieces {
            (piece.owner as? VectorBlock)?.checkForScan()
            try scan.scan(piece.columns, piece.range, deadline: deadline)
        }
        return scan.finish()
    }
}

/// Scores rows in the fixed order, batch by batch.
private struct ExactScan {
    private static let batch = 128

    let query: [Float]
    let metric: VectorMetric
    let filter: RowFilter
    var collector: DocumentCollector

    init(query: [Float], metric: VectorMetric, filter: RowFilter, k: Int) {
        self.query = query
        self.metric = metric
        self.filter = filter
        collector = DocumentCollector(k: k)
    }

    mutating func scan(_ rows: VectorColumns, _ range: Range<Int>, deadline: SearchDeadline) throws(HNSWError) {
        var list: [Int] = []
        list.reserveCapacity(Self.batch)
        for row in range {
            if row & 4_095 == 0 {
                try deadline.checkVectors()
            }
            if filter.passes(rows.ids[row]) {
                list.append(row)
            }
            if list.count == Self.batch {
                score(rows, list)
                list.removeAll(keepingCapacity: true)
            }
        }
        score(rows, list)
    }

    consuming func finish() -> [DocumentHit] {
        collector.finish()
    }

    private mutating func score(_ rows: VectorColumns, _ list: [Int]) {
        withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: Self.batch) { addresses in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.batch) { scores in
                for (index, row) in list.enumerated() {
                    addresses[index] = rows.vector(row)
                }
                query.withUnsafeBufferPointer { query in
                    guard let base = query.baseAddress, let addresses = addresses.baseAddress,
                        let scores = scores.baseAddress
                    else { return }
                    metric.scores(base, rows: addresses, count: list.count, dimension: query.count, into: scores)
                }
                for (index, row) in list.enumerated() {
                    collector.insert(
                        DocumentHit(
                            document: PassageID(rows.documents[row]), passage: PassageID(rows.ids[row]),
                            score: scores[index]))
                }
            }
        }
    }
}

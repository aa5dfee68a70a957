public import IndexCore

extension BM25Snapshot {
    /// The scores a search would give to these passages, bit for bit and in their order.
    ///
    /// `nil` for a passage that does not match or is not indexed.
    ///
    /// For fusion: a document that another ranking found gets its keyword score without a search for it. Lists are
    /// sought, not scanned: the cost grows with passages times terms, not with what matches. Whether a passage is live
    /// is not asked.
    /// - Throws: ``BM25Error/deadlineExceeded``; ``BM25Error/expressionTooLarge(leafCount:depth:)``.
    public func scores(
        of passages: [PassageID], for expression: BM25Expression, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> [Float?] {
        try BM25Search(self, QueryPlan(expression), deadline: deadline).scores(of: passages)
    }

    /// The same for a question's terms.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    public func scores(
        of passages: [PassageID], for query: BM25Query, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> [Float?] {
        try BM25Search(self, QueryPlan(query), deadline: deadline).scores(of: passages)
    }
}

extension BM25Search {
    /// Passages between two looks at the deadline.
    private static var passagesPerCheck: Int { 256 }

    func scores(of passages: [PassageID]) throws(BM25Error) -> [Float?] {
        var scores = [Float?](repeating: nil, count: passages.count)
        let order = passages.indices.sorted { passages[$0] < passages[$1] }
        let lease = SearchScratchLease()
        for (segment, state) in snapshot.states.enumerated() {
            let ids = state.segment.idRange
            let first = order.partitioningIndex { passages[$0].rawValue >= ids.lowerBound }
            let end = order.partitioningIndex { passages[$0].rawValue > ids.upperBound }
            guard first < end, canMatch(segment) else { continue }
            // Lists go forward only: passages are asked about by ascending row.
            let rows = order[first..<end].compactMap { place in
                state.segment.rows.row(of: passages[place].rawValue).map { (place: place, row: $0) }
            }.sorted { $0.row < $1.row }
            try withView(of: segment, lease.scratch) { (view) throws(BM25Error) in
                var walker = TreeWalker(view, plan)
                for (count, (place, row)) in rows.enumerated() {
                    if count % Self.passagesPerCheck == 0 {
                        try deadline.checkSearch()
                    }
                    let score = walker.score(plan.root, of: UInt32(truncatingIfNeeded: row))
                    scores[place] = score >= 0 ? score : nil
                }
            }
        }
        return scores
    }
}

extension Array {
    /// The first place from which on `isAfter` holds; it must not hold before.
    fileprivate func partitioningIndex(_ isAfter: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isAfter(self[middle]) {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return low
    }
}

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
        try prepare(expression, deadline: deadline).scores(of: passages)
    }

    /// The same for a question's terms.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    public func scores(
        of passages: [PassageID], for query: BM25Query, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> [Float?] {
        try prepare(query, deadline: deadline).scores(of: passages)
    }
}

extension BM25Search {
    /// Passages between two looks at the deadline.
    private static var passagesPerCheck: Int { 256 }

    func scores(of passages: [PassageID]) throws(BM25Error) -> [Float?] {
        var scores = [Float?](repeating: nil, count: passages.count)
        let order = passages.ascendingPlaces
        let lease = SearchScratchLease()
        let root = plan.nodes[plan.root]
        let isAny = root.mustNot.isEmpty && root.minimumShouldMatch <= 1
        let isFlat = if case .disjunction = plan.shape { isAny } else { false }
        var rows: [Asked] = []
        rows.reserveCapacity(passages.count)
        for (segment, state) in snapshot.states.enumerated() {
            let ids = state.segment.idRange
            let first = order.partitioningIndex { passages[$0].rawValue >= ids.lowerBound }
            let end = order.partitioningIndex { passages[$0].rawValue > ids.upperBound }
            guard first < end, canMatch(segment) else { continue }
            // Lists go forward only: passages are asked about by ascending row.
            var finder = RowFinder(state.segment.rows)
            rows.removeAll(keepingCapacity: true)
            var ascends = true
            for place in order[first..<end] {
                guard let found = finder.row(of: passages[place].rawValue) else { continue }
                let row = UInt32(truncatingIfNeeded: found)
                ascends = ascends && rows.last.map { $0.row <= row } ?? true
                rows.append(Asked(row: row, place: place))
            }
            guard !rows.isEmpty else { continue }
            if !ascends { rows.sort { $0.row < $1.row } }
            try withView(of: segment, lease.scratch) { (view) throws(BM25Error) in
                if isFlat, view.quantum(root.should) != nil {
                    try addUp(root.should, of: rows, view, into: &scores)
                } else {
                    try walk(rows, view, into: &scores)
                }
            }
        }
        return scores
    }

    /// A passage asked about: its row in a segment, and its place in the question.
    private struct Asked {
        var row: UInt32
        var place: Int
    }

    /// Any of several terms or synonyms: one after the other, which is the same as long as sums are exact.
    private func addUp(
        _ terms: Range<Int>, of asked: [Asked], _ view: SegmentView, into scores: inout [Float?]
    ) throws(BM25Error) {
        var sums = [Double](repeating: -1, count: asked.count)
        for term in terms {
            let clause = ScoredClause(view.plan.children[term], of: view)
            guard clause.documentFrequency > 0 else { continue }
            try deadline.checkSearch()
            for (index, passage) in asked.enumerated() {
                clause.advance(to: passage.row)
                guard clause.row == passage.row else { continue }
                let score =
                    clause.isGroup
                    ? Double(clause.field.score(clause.weight, clause.frequency(in: passage.row), passage.row))
                    : clause.score
                sums[index] = max(sums[index], 0) + score
            }
        }
        for (passage, sum) in zip(asked, sums) where sum >= 0 { scores[passage.place] = Float(sum) }
    }

    private func walk(
        _ asked: [Asked], _ view: SegmentView, into scores: inout [Float?]
    ) throws(BM25Error) {
        var walker = TreeWalker(view, plan)
        for (index, passage) in asked.enumerated() {
            if index % Self.passagesPerCheck == 0 {
                try deadline.checkSearch()
            }
            let score = walker.score(plan.root, of: passage.row)
            if score >= 0 { scores[passage.place] = score }
        }
    }
}

extension [PassageID] {
    /// All places, by ascending passage.
    fileprivate var ascendingPlaces: [Int] {
        let ascends = indices.dropFirst().allSatisfy { self[$0 - 1] <= self[$0] }
        return ascends ? Array<Int>(indices) : indices.sorted { self[$0] < self[$1] }
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

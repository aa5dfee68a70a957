public import IndexCore

extension VectorSnapshot {
    /// The exact similarity of each of some passages to `query`; nil for a passage that has no vector here.
    ///
    /// Equal, bit for bit, to the score with which a search would return the passage. Whether a passage is live is not
    /// asked.
    /// - Parameter passages: Ascending.
    /// - Throws: ``HNSWError``, for the query vector.
    /// - Complexity: one pass over the passages; in the delta besides, one over its chunks.
    public func similarities(of passages: [PassageID], to query: [Float]) throws(HNSWError) -> [Float?] {
        try located(passages).similarities(to: query, at: Array(passages.indices))
    }

    /// Where the vectors of some passages lie.
    ///
    /// Memory is asked for them at once, so that whoever has other work to do before comparing them need not wait.
    /// - Parameter passages: Ascending.
    public func located(_ passages: [PassageID]) -> LocatedVectors {
        var located = LocatedVectors(self, passageCount: passages.count)
        forEachVector(of: passages) { index, vector in
            located.set(index, vector)
        }
        return located
    }

    /// The vector of each of some passages, as it is kept; nil for a passage that has none here.
    /// - Parameter passages: Ascending.
    public func vectors(of passages: [PassageID]) -> [[Float]?] {
        var results = [[Float]?](repeating: nil, count: passages.count)
        forEachVector(of: passages) { index, vector in
            results[index] = Array(UnsafeBufferPointer(start: vector, count: dimension))
        }
        return results
    }

    /// Calls `body` for each passage that has a vector, with its index in `passages` and where its vector lies.
    private func forEachVector(of passages: [PassageID], _ body: (_ index: Int, _ vector: UnsafePointer<Float>) -> Void)
    {
        assert(zip(passages, passages.dropFirst()).allSatisfy { $0 < $1 }, "passages ascend")
        for block in segment?.blocks ?? [] {
            block.checkIDs()
            let isUnchecked = block.isUnchecked
            let ids = UnsafeBufferPointer(start: block.columns.ids, count: block.count)
            guard let first = ids.first, let last = ids.last else { continue }
            var search = AscendingSearch(ids)
            for index in passages.places(from: first, through: last) {
                guard let row = search.find(passages[index].rawValue) else { continue }
                if isUnchecked { block.check(row: row) }
                body(index, block.columns.vector(row))
            }
        }
        delta.forEachVector(of: passages, body)
        withExtendedLifetime(self) {}
    }
}

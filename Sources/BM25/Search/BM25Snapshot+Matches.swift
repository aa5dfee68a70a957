public import IndexCore

extension BM25Snapshot {
    /// The first passages of all live documents that match a question: what facets count and sorting orders.
    /// - Complexity: That of a search for as many documents as there are.
    /// - Throws: As ``search(_:k:live:filter:deadline:)``.
    public func matchingDocuments(
        _ query: BM25Query, live: IDSet, filter: IDSet? = nil, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> IDSet {
        var documents = IDSet()
        let all = try search(
            query, k: max(1, statistics.passageCount), live: live, filter: filter, deadline: deadline)
        for hit in all.hits { documents.insert(hit.document) }
        return documents
    }
}

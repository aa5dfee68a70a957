package import IndexCore

extension TenantEngine {
    /// Explains where a document stands in the answer to a request, and why.
    /// - Throws: ``ApplianceError/documentNotFound(id:)``, ``ApplianceError/ambiguousDocument(id:collections:)``; else as
    ///   ``search(_:deadline:)``.
    package func explain(
        _ documentID: String, for request: SearchRequest, receipt place: ReceiptPlace? = nil, deadline: SearchDeadline
    ) async throws -> HitExplanation {
        let start = ContinuousClock.now
        let prepared = try await prepare(request)
        let reranking = try await rerank(request, prepared, deadline: deadline)
        var explanation = try await withSearcher(request, vectors: prepared.vectors, deadline: deadline) {
            [services] searcher, readers in
            var searcher = searcher
            searcher.nameModels(of: services)
            searcher.reranking = reranking
            return try searcher.explain(documentID, receipt: place, reader: readers)
        }
        explanation.warnings = prepared.warnings + explanation.warnings
        explanation.degraded = explanation.degraded || prepared.isDegraded
        explanation.took = .now - start
        return explanation
    }
}

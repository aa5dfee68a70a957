import IndexCore

extension TenantEngine {
    /// What another model says of a request's first documents, where that is asked.
    ///
    /// The documents are looked for, their texts sent, and the search is run once more with what came back: threads of
    /// searches never wait for another machine. A page behind the first has it in its cursor.
    func rerank(
        _ request: SearchRequest, _ prepared: PreparedQuery, deadline: SearchDeadline, on pool: ThreadPool? = nil
    ) async throws -> Reranking {
        guard request.shaping.reranks, request.cursor == nil else { return .pending }
        do {
            return .scores(try await rerankScores(request, prepared, deadline: deadline, on: pool))
        } catch let fault as RerankFault {
            services.metrics.add(to: .rerankFallbacks, [fault.reason.rawValue])
            return .unavailable(fault.words)
        }
    }

    private func rerankScores(
        _ request: SearchRequest, _ prepared: PreparedQuery, deadline: SearchDeadline, on pool: ThreadPool?
    ) async throws -> [RerankKey: Float] {
        guard let reranker = services.reranker else {
            throw RerankFault(.unconfigured, "no rerank endpoint is configured (search.rerank.url)")
        }
        let query = SearchQuestion(request).plainText.first(Searcher.rerankTextLimit)
        guard !query.isEmpty else { throw RerankFault(.wordless, "the query has no words") }
        let input = try await withSearcher(request, vectors: prepared.vectors, deadline: deadline, on: pool) {
            searcher, readers in
            try searcher.rerankInput(count: reranker.documentCount, readers: readers)
        }
        guard input.texts.count > 1 else { return [:] }
        return Dictionary(zip(input.keys, try await reranker.scores(query, input.texts))) { first, _ in first }
    }
}

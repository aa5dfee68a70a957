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
        guard let reranker = services.reranker else {
            return .unavailable("no rerank endpoint is configured (search.rerank.url)")
        }
        let query = SearchQuestion(request).plainText.first(Searcher.rerankTextLimit)
        guard !query.isEmpty else { return .unavailable("the query has no words") }
        let input = try await withSearcher(request, vectors: prepared.vectors, deadline: deadline, on: pool) {
            searcher, readers in
            try searcher.rerankInput(count: reranker.documentCount, readers: readers)
        }
        guard input.texts.count > 1 else { return .scores([:]) }
        switch try await reranker.scores(query, input.texts) {
        case .scores(let scores): return .scores(Dictionary(zip(input.keys, scores)) { first, _ in first })
        case .unavailable(let reason): return .unavailable(reason)
        }
    }
}

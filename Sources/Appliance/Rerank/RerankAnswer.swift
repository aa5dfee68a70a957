import JSON

/// Reads what a rerank endpoint answers: `{"results": [{"index": 2, "relevance_score": 0.98}, …]}`, in any order.
///
/// The spelling of Cohere and Jina, which vLLM, llama.cpp and others have too. What else is in it is passed over.
package enum RerankAnswer {
    /// Larger scores are taken for mistakes.
    private static let scoreLimit = 1e6

    /// One score for each of `count` documents, in the order they were sent.
    /// - Throws: A fault of the answer.
    package static func scores(_ bytes: [UInt8], count: Int) throws(RerankFault) -> [Float] {
        guard let results = (try? JSONValue(parsing: bytes))?["results"]?.arrayValue else {
            throw RerankFault.endpoint(.answer, "answered without a list of results")
        }
        guard results.count == count else {
            throw RerankFault.endpoint(.answer, "answered \(results.count) results for \(count) documents")
        }
        var scores = [Float?](repeating: nil, count: count)
        for result in results {
            guard let index = result["index"]?.integerValue.flatMap(Int.init(exactly:)), scores.indices.contains(index)
            else { throw RerankFault.endpoint(.answer, "answered a result without an index of a document") }
            guard scores[index] == nil else { throw RerankFault.endpoint(.answer, "answered document \(index) twice") }
            guard let score = result["relevance_score"]?.doubleValue, abs(score) <= scoreLimit else {
                throw RerankFault.endpoint(.answer, "answered a result without a relevance_score")
            }
            scores[index] = Float(score)
        }
        return scores.compactMap { $0 }
    }
}

import BM25
package import Columns
import HNSW
package import IndexCore
import TenantStore

/// A document version that a search leaves out.
struct ExcludedDocument: Sendable {
    var collection: UInt32
    var passages: Range<UInt32>
}

extension [ExcludedDocument] {
    /// What of a collection may be answered; nil where all may.
    func rest(of collection: CollectionSnapshot) -> IDSet? {
        let own = filter { $0.collection == collection.record.id }
        guard !own.isEmpty else { return nil }
        var rest = collection.live
        for document in own { rest.remove(document.passages) }
        return rest
    }
}

/// A question for what is like a document.
package struct SimilarRequest: Sendable {
    package var documentID: String
    /// Where the document is; nil where its id says it.
    package var collection: String?
    /// Where to look; nil is the document's own collection.
    package var target: String?
    package var limit = 10
    package var minVectorScore: Double?
    package var diversity = 0.0
    /// What the documents must have.
    package var filter: FilterExpression?
    package var detail = SearchRequest.Detail.snippets
    package var cursor: String?

    package init(documentID: String) {
        self.documentID = documentID
    }
}

extension TenantEngine {
    /// Words of a document that stand for it where it has no vector.
    private static let wordLimit = 32

    /// The search that finds what is like a document, and what to say about it.
    ///
    /// The document is one point: the mean of its passages' vectors (docs/decisions/0054). Without a vector it is its
    /// characteristic words, and the answer is degraded.
    package func similaritySearch(
        _ request: SimilarRequest, deadline: SearchDeadline
    ) async throws -> (search: SearchRequest, fallback: String?) {
        try await withSearcher(SearchRequest(query: ""), vectors: [:], deadline: deadline) { searcher, readers in
            try readers.read { reader in
                let (source, document) = try searcher.find(
                    request.documentID, in: searcher.snapshot.selection(request.collection), reader)
                let passages = CollectionState.passages(of: document)
                var search = SearchRequest(query: "")
                search.collection = request.target ?? source.record.name
                search.limit = request.limit
                search.minVectorScore = request.minVectorScore
                search.diversity = request.diversity
                search.metadata.filter = request.filter
                search.detail = request.detail
                search.cursor = request.cursor
                search.excluded = ExcludedDocument(collection: source.record.id, passages: passages)
                if let space = source.space(for: search, earlier: searcher.earlierSpace),
                    let vector = space.vectors.meanVector(of: passages)
                {
                    search.space = space.name
                    search.mode = .vector
                    search.embedding = vector
                    return (search, nil)
                }
                search.mode = .bm25
                let texts = try reader.passages(passages.prefix(64).map { PassageID($0) }, in: source.record.id)
                let words = try source.keywords.characteristicWords(
                    of: texts.map(\.text),
                    titles: texts.map { DocumentContent.indexedTitle(document.title, heading: $0.heading) },
                    limit: Self.wordLimit, deadline: deadline)
                // Nothing to look for finds nothing.
                search.query = words.isEmpty ? " " : words.joined(separator: " ")
                return (
                    search,
                    "the document has no vector yet; the answer is by its \(words.count) most telling words alone"
                )
            }
        }
    }
}

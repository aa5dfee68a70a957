import BM25
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

extension TenantEngine {
    /// Words of a document that stand for it where it has no vector.
    private static let wordLimit = 32

    /// The search that finds what is like a document.
    ///
    /// The document is one point: the mean of its passages' vectors (docs/decisions/0054). Without a vector it is its
    /// characteristic words, and the answer is degraded and says so.
    /// - Throws: ``ApplianceError/documentNotFound(id:)``, ``ApplianceError/ambiguousDocument(id:collections:)``,
    ///   ``ApplianceError/unknownSpace(name:collection:existing:)``, ``ApplianceError/invalidArgument(name:reason:)``.
    package func similaritySearch(_ request: SimilarRequest, deadline: SearchDeadline) async throws -> SearchRequest {
        try request.validate()
        return try await withSearcher(SearchRequest(query: ""), vectors: [:], deadline: deadline) { searcher, readers in
            try readers.read { reader in
                let (source, document) = try searcher.find(
                    request.documentID, in: searcher.snapshot.selection(request.collection), reader)
                let passages = CollectionState.passages(of: document)
                var search = request.search
                search.collection = search.collection ?? source.record.name
                if search.collection == source.record.name, search.shaping.pinned.contains(document.id) {
                    throw ApplianceError.invalidArgument(
                        name: "pinned", reason: "names the document itself, which is left out")
                }
                var likeness = Likeness(
                    documentID: document.id, collection: source.record.name,
                    excluded: ExcludedDocument(collection: source.record.id, passages: passages))
                guard let space = source.space(for: search, earlier: searcher.earlierSpace) else {
                    throw ApplianceError.unknownSpace(
                        name: search.space ?? "", collection: source.record.name, existing: source.spaces.map(\.name))
                }
                if let vector = space.vectors.meanVector(of: passages) {
                    (search.space, search.mode, search.embedding) = (space.name, .vector, vector)
                } else {
                    let words = try Self.words(of: document, in: source, reader, deadline: deadline)
                    // Nothing to look for finds nothing.
                    search.query = words.isEmpty ? " " : words.joined(separator: " ")
                    (search.space, search.mode) = (nil, .bm25)
                    likeness.fallback =
                        "the document has no vector yet in space \(space.name); the answer is by its \(words.count) most "
                        + "telling words alone"
                }
                search.likeness = likeness
                return search
            }
        }
    }

    private static func words(
        of document: StoredDocument, in source: CollectionSnapshot, _ reader: TenantReader, deadline: SearchDeadline
    ) throws -> [String] {
        let passages = CollectionState.passages(of: document).prefix(64).map { PassageID($0) }
        let texts = try reader.passages(passages, in: source.record.id)
        return try source.keywords.characteristicWords(
            of: texts.map(\.text),
            titles: texts.map { DocumentContent.indexedTitle(document.title, heading: $0.heading) },
            limit: wordLimit, deadline: deadline)
    }
}

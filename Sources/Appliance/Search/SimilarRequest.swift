/// A question for what is like a document.
package struct SimilarRequest: Sendable {
    package var documentID: String
    /// Where the document is; nil where its id says it.
    package var collection: String?
    /// How to look and what to tell: a search without a query.
    ///
    /// Its collection is where to look, nil the document's own; its space is the one to compare in, nil the usual one of
    /// the document's collection.
    package var search = SearchRequest(query: "")

    package init(documentID: String) {
        self.documentID = documentID
    }

    /// Whether there is anything in the search that needs a question.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)``, which names it.
    func validate() throws(ApplianceError) {
        guard !search.shaping.reranks else {
            throw .invalidArgument(
                name: "rerank", reason: "has nothing to ask another model: there is no question here, only a document")
        }
    }
}

/// The document whose likes a search looks for.
package struct Likeness: Sendable {
    package var documentID: String
    package var collection: String
    /// Why it is looked for by words; nil where its vector is compared.
    package var fallback: String?
    /// Left out as if it were not there.
    var excluded: ExcludedDocument
}

import BM25
import Columns
import IndexCore

extension Searcher {
    /// Adds the counts of one collection to the facets of the answer.
    ///
    /// Where words alone decide, the documents that match query and filter are counted, and `total` is how many they
    /// are; else those that pass the filter.
    func count(
        _ scope: MetadataScope, query: inout KeywordQuery, isKeywordsAlone: Bool, response: inout SearchResponse
    ) throws {
        guard !response.facets.isEmpty else { return }
        let collection = scope.collection
        var documents = scope.documents
        if isKeywordsAlone {
            documents.formIntersection(
                try query.matchingDocuments(live: collection.live, filter: scope.passages, deadline: deadline))
        }
        for index in response.facets.indices {
            response.facets[index].add(
                try collection.columns.counts(response.facets[index].request, in: documents, deadline: deadline))
        }
    }

    /// The documents one collection adds to the ranking: all that were found, or by the fields that were asked for as
    /// many as the pages up to this one show.
    func candidates(
        _ hits: [FusedHit], of collection: CollectionSnapshot, source: Int, _ page: SearchPager
    ) throws -> [Candidate] {
        guard !request.metadata.sort.isEmpty else { return hits.map { Candidate(source: source, hit: $0) } }
        var found = IDSet()
        for hit in hits { found.insert(hit.document) }
        var documents = collection.columns.documents(live: collection.live)
        documents.formIntersection(found)
        let limit = request.metadata.distinct == nil ? page.offset + request.limit + 1 : hits.count
        let order = try collection.columns.first(limit, of: documents, by: request.metadata.sort, deadline: deadline)
        var shown = IDSet()
        for (document, _) in order { shown.insert(document) }
        var byDocument: [PassageID: FusedHit] = [:]
        for hit in hits where shown.contains(hit.document) { byDocument[hit.document] = hit }
        return order.compactMap { document, place in
            byDocument[document].map { Candidate(source: source, hit: $0, place: place) }
        }
    }
}

package import IndexCore
import TenantStore

/// A document whose text another model is asked about.
package struct RerankKey: Hashable, Sendable {
    package var collection: UInt32
    package var document: PassageID
}

/// What another model said of a search's first documents.
package enum Reranking: Sendable {
    /// It was not asked yet.
    case pending
    case scores([RerankKey: Float])
    /// Why it said nothing, in words for the answer's warnings.
    case unavailable(String)
}

/// How one document came to its place among those that were put anew.
package struct Reranked: Sendable, Equatable {
    /// Its place before, from 0, pinned documents left out.
    package var placeBefore: Int
    /// The other model's score; nil where it knows only a newer version of the document.
    package var score: Float?
}

/// The texts another model is asked about.
struct RerankInput: Sendable {
    var keys: [RerankKey] = []
    var texts: [String] = []
}

extension Searcher {
    /// Scalars of a text, and of a query, that are sent.
    static let rerankTextLimit = 4_000

    /// The texts of the first `count` documents, each its title and its best passage.
    func rerankInput(count: Int, readers: ReaderPool) throws -> RerankInput {
        var open = self
        open.named = try namedDocuments(readers)
        open.reranking = .pending
        open.request.diversity = 0
        var response = SearchResponse(tenant: tenant)
        var page = try SearchPager(request, fingerprint: fingerprint, cursors: cursors, now: now)
        let ranking = try open.rank(&page, response: &response)
        var input = RerankInput()
        try readers.read { reader in
            try reader.read {
                let candidates = ranking.candidates.dropFirst(ranking.pinCount).prefix(count)
                let rows = try ranking.rows(of: candidates, reader)
                for candidate in candidates {
                    let (hit, collection) = (candidate.hit, ranking.collection(of: candidate))
                    let document = try rows.document(HitRows.Key(hit.document, in: collection))
                    let passage = try rows.passage(HitRows.Key(hit.passage, in: collection))
                    let text = document.title.isEmpty ? passage.text : "\(document.title)\n\(passage.text)"
                    input.keys.append(RerankKey(collection: collection, document: hit.document))
                    input.texts.append(text.first(Self.rerankTextLimit))
                }
            }
        }
        return input
    }

    /// Puts the first documents into the order of the other model's scores; equal ones stay as they were, and those it did
    /// not score come behind.
    ///
    /// What it said is kept in the cursor, so that all pages are cut from one order and it is asked once.
    func rerank(_ ranking: inout Ranking, _ page: inout SearchPager, response: inout SearchResponse) {
        var scores: [Float?]
        switch (page.rerankScores, reranking) {
        case (let kept?, _) where kept.isEmpty:
            return giveUp("it was not done on the first page", &page, response: &response)
        case (let kept?, _): scores = kept.map { $0.isNaN ? nil : $0 }
        case (nil, .pending): return
        case (nil, .unavailable(let reason)): return giveUp(reason, &page, response: &response)
        case (nil, .scores(let found)):
            scores = ranking.candidates.prefix(found.count).map { candidate in
                found[
                    RerankKey(
                        collection: ranking.collection(of: candidate),
                        document: candidate.hit.document)]
            }
        }
        // Documents may be gone since the first page.
        scores = Array(scores.prefix(ranking.candidates.count))
        page.rerankScores = scores.map { $0 ?? .nan }
        let order = scores.indices.sorted { left, right in
            switch (scores[left], scores[right]) {
            case (let one?, let other?) where one != other: one > other
            case (_?, nil): true
            case (nil, _?): false
            default: left < right
            }
        }
        ranking.candidates.replaceSubrange(scores.indices, with: order.map { ranking.candidates[$0] })
        ranking.reranked = order.map { Reranked(placeBefore: $0, score: scores[$0]) }
    }

    private func giveUp(_ reason: String, _ page: inout SearchPager, response: inout SearchResponse) {
        page.rerankScores = []
        response.degraded = true
        response.warn("the hits were not reranked: \(reason)")
    }
}

extension Searcher.Ranking {
    /// What put the document at a place of the whole ranking there; nil where the other model did not.
    func reranked(at place: Int) -> Reranked? {
        let index = place - pinCount
        return reranked.indices.contains(index) ? reranked[index] : nil
    }

    /// What each candidate is worth to diversity: that of the document that stood at its place before another model put
    /// them anew, so that worth still descends.
    func standing(_ relevance: [Double]) -> [Double] {
        var standing = relevance
        for (place, entry) in zip(relevance.indices, reranked) where standing.indices.contains(entry.placeBefore) {
            standing[entry.placeBefore] = relevance[place]
        }
        return standing
    }
}

extension String {
    /// The first `count` scalars.
    func first(_ count: Int) -> String {
        guard utf8.count > count else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.prefix(count)))
    }
}

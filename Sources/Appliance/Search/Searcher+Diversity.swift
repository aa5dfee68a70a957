import HNSW
import IndexCore

extension Searcher {
    /// Puts the documents that the pages up to this one show into an order of maximal marginal relevance.
    ///
    /// They are chosen among the best candidates, as many for every page, so that pages fit together. What a candidate
    /// is worth is its cosine in vector mode, else its score; two are as alike as their best passages
    /// (docs/decisions/0091).
    func diversify(_ ranking: inout Ranking, _ page: SearchPager, response: inout SearchResponse) throws {
        guard request.diversity > 0, !ranking.candidates.isEmpty else { return }
        let window = Array(ranking.candidates.prefix(2 * page.depth))
        let spaces = ranking.sources.map { $0.collection.space(for: request, earlier: earlierSpace) }
        let relevance = window.map { candidate in
            guard request.mode == .vector, spaces[candidate.source]?.vectors.metric == .cosine else {
                return candidate.hit.score
            }
            return candidate.hit.vector.map { Double($0.score) } ?? candidate.hit.score
        }
        let diverse = MaximalMarginalRelevance(
            relevance: ranking.standing(relevance), vectors: vectors(of: window, in: spaces),
            diversity: request.diversity)
        guard diverse.missingCount < window.count else {
            response.warn("diversity was not applied: none of the documents found has a vector")
            return
        }
        if diverse.missingCount > 0 {
            response.warn(
                "\(diverse.missingCount) of the documents found have no vector; diversity left them in their places")
        }
        let choices = try diverse.order(count: page.offset + request.limit, deadline: deadline)
        var rest = Array(repeating: true, count: window.count)
        for choice in choices { rest[choice.index] = false }
        let order = choices.map(\.index) + window.indices.filter { rest[$0] }
        ranking.candidates.replaceSubrange(window.indices, with: order.map { window[$0] })
        ranking.choices = choices
    }

    /// The vector that stands for each candidate: that of its nearest passage, or of the one it was found by.
    ///
    /// Vectors of two spaces cannot be compared: those of the first candidate's count.
    private func vectors(of candidates: [Candidate], in spaces: [SpaceSnapshot?]) -> [[Float]?] {
        guard let first = candidates.first, let common = spaces[first.source]?.name else {
            return [[Float]?](repeating: nil, count: candidates.count)
        }
        var vectors = [[Float]?](repeating: nil, count: candidates.count)
        for (source, group) in Dictionary(grouping: candidates.indices, by: { candidates[$0].source }) {
            guard let space = spaces[source], space.name == common else { continue }
            let places = group.map { (passage: candidates[$0].hit.vector?.passage ?? candidates[$0].hit.passage, $0) }
                .sorted { $0.passage < $1.passage }
            let found = space.vectors.vectors(of: places.map(\.passage))
            for (place, vector) in zip(places, found) { vectors[place.1] = vector }
        }
        return vectors
    }
}

import BM25
import Columns
import HNSW
import IndexCore
import TenantStore

extension Searcher {
    /// Multiplies the scores of one collection's documents by what boosts and decays make of them, and puts them in their
    /// new order; equal scores stay as they were.
    func weigh(
        _ hits: inout [FusedHit], of collection: CollectionSnapshot, _ page: SearchPager,
        response: inout SearchResponse
    ) throws {
        for fault in request.shaping.faults(in: collection) { response.warn(fault) }
        var documents = IDSet()
        for hit in hits { documents.insert(hit.document) }
        let weights = try DocumentWeights(
            request.shaping, collection.columns, among: documents, now: page.now, deadline: deadline)
        for index in hits.indices { hits[index].score *= weights.weight(of: hits[index].document).factor }
        hits.sort { $0.score > $1.score }
    }

    /// Leaves out what scores less than the floor; pinned documents stay.
    func cut(_ hits: inout [FusedHit], of collection: CollectionSnapshot, below floor: Double) {
        hits.removeAll { $0.score < floor && named?.pins($0.document, of: collection.record.id) != true }
    }

    /// Takes the pinned documents out of the ranking, in the order of the request; they go on top when all others have
    /// their places.
    func takePins(_ ranking: inout Ranking, response: inout SearchResponse) throws -> [Candidate] {
        guard let named, !request.shaping.pinned.isEmpty else { return [] }
        var pins: [Candidate] = []
        var filteredCount = 0
        for pin in named.pinned {
            guard let source = ranking.sources.firstIndex(where: { $0.collection.record.id == pin.collection }) else {
                continue
            }
            let found = ranking.candidates.firstIndex { $0.source == source && $0.hit.document == pin.document }
            if let found {
                pins.append(ranking.candidates.remove(at: found))
            } else if ranking.sources[source].filter?.contains(pin.document) == false {
                filteredCount += 1
            } else {
                pins.append(try unfound(pin, of: ranking.sources[source], at: source))
                // Whether the search would have found it on a later page is not known.
                response.totalRelation = .atLeast
            }
        }
        if !named.unknown.isEmpty {
            response.warn("pinned: no document is called \(named.unknown.prefix(10).joined(separator: ", "))")
        }
        if filteredCount > 0 {
            response.warn("pinned: \(filteredCount) documents do not pass the filter and are not shown")
        }
        return pins
    }

    /// A pinned document that the search did not find: it has no score, and is shown by the passage that holds the most
    /// of the question, else by its first.
    private func unfound(_ pin: NamedDocuments.Pin, of source: Source, at place: Int) throws -> Candidate {
        let passages = pin.passages.prefix(CalibrationInput.passageLimit).map { PassageID($0) }
        let scores = try source.query.evidence(of: passages, deadline: deadline).scores
        var best: (passage: PassageID, score: Float) = (pin.document, 0)
        for case (let passage, let score?) in zip(passages, scores) where score > best.score {
            best = (passage, score)
        }
        return Candidate(
            source: place,
            hit: FusedHit(
                document: pin.document, passage: best.passage, fusionScore: 0, score: 0, keyword: nil, vector: nil))
    }

    /// Tells in the hits of a page what put them there.
    func mark(_ hits: inout [SearchHit], of ranking: Ranking, from offset: Int) {
        for index in hits.indices {
            let place = offset + index
            hits[index].isPinned = place < ranking.pinCount
            hits[index].rerankScore = ranking.reranked(at: place)?.score
        }
    }
}

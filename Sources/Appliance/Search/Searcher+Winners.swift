import BM25
import IndexCore
import TenantStore

extension Searcher {
    /// Scalars shown of a passage.
    private static let snippetLength = 320
    /// Highlights in one snippet.
    private static let highlightLimit = 32

    /// Reads inside one transaction, so that a document and its text are of one version.
    func fetch(_ winners: [Candidate], of ranking: Ranking, from reader: ReaderPool) throws -> [SearchHit] {
        guard !winners.isEmpty else { return [] }
        if request.detail == .ids { return try named(winners, of: ranking, from: reader) }
        return try reader.read { reader in
            try reader.read {
                let rows = try ranking.rows(of: winners, reader)
                var passages: [StoredPassage] = []
                passages.reserveCapacity(winners.count)
                var hits = try winners.map { winner in
                    let collection = ranking.collection(of: winner)
                    let passage = try rows.passage(HitRows.Key(winner.hit.passage, in: collection))
                    passages.append(passage)
                    return try hit(
                        winner.hit, in: ranking.sources[winner.source].collection.record.name,
                        document: rows.document(HitRows.Key(winner.hit.document, in: collection)), passage: passage,
                        reader: reader)
                }
                addSnippets(of: passages, winners, of: ranking, to: &hits)
                return hits
            }
        }
    }

    /// The hits without what only texts and metadata tell, which are not read.
    private func named(_ winners: [Candidate], of ranking: Ranking, from reader: ReaderPool) throws -> [SearchHit] {
        try zip(winners, names(of: ranking.keys(of: winners), from: reader)).map { winner, name in
            var hit = SearchHit(
                documentID: name.documentID, collection: ranking.sources[winner.source].collection.record.name,
                title: name.title, score: winner.hit.score, fusionScore: winner.hit.fusionScore,
                passage: name.start..<name.end)
            hit.page = name.page
            hit.heading = name.heading
            hit.addLegs(of: winner.hit)
            return hit
        }
    }

    /// What names these passages: remembered, or read in one transaction.
    private func names(of keys: [HitRows.Key], from reader: ReaderPool) throws -> [PassageName] {
        let known = recentNames.names(of: keys)
        let missing = zip(keys, known).filter { $1 == nil }.map(\.0)
        if missing.isEmpty { return known.compactMap(\.self) }
        let read = try reader.read { reader in try reader.read { try HitRows.names(missing, reader) } }
        recentNames.remember(read)
        let found = Dictionary(read.map { ($0.key, $0.name) }, uniquingKeysWith: { first, _ in first })
        return try zip(keys, known).map { key, name in
            guard let name = name ?? found[key] else { throw StaleSnapshot() }
            return name
        }
    }

    private func hit(
        _ fused: FusedHit, in collection: String, document: StoredDocument, passage: StoredPassage,
        reader: TenantReader
    ) throws -> SearchHit {
        var hit = SearchHit(
            documentID: document.id, collection: collection, title: document.title,
            score: fused.score, fusionScore: fused.fusionScore, passage: passage.start..<passage.end)
        hit.page = passage.page
        hit.heading = passage.heading
        hit.addLegs(of: fused)
        hit.metadata = document.metadata
        if request.detail == .full {
            hit.text = try reader.documentText(document)
        }
        return hit
    }

    /// Shows the best part of each winner's passage, those of one source together.
    private func addSnippets(
        of passages: [StoredPassage], _ winners: [Candidate], of ranking: Ranking, to hits: inout [SearchHit]
    ) {
        for source in ranking.sources.indices {
            let places = winners.indices.filter { winners[$0].source == source }
            let excerpts = ranking.sources[source].highlighter.excerpts(
                of: places.map { passages[$0].text }, length: Self.snippetLength, limit: Self.highlightLimit)
            for (place, excerpt) in zip(places, excerpts) {
                let passage = passages[place]
                let text = passage.text.utf8
                let start = text.index(text.startIndex, offsetBy: excerpt.bytes.lowerBound)
                hits[place].snippet = String(
                    passage.text[start..<text.index(start, offsetBy: excerpt.bytes.count)])
                hits[place].snippetStart = passage.start + excerpt.window.lowerBound
                hits[place].highlights = excerpt.highlights.map { range in
                    passage.start + range.lowerBound..<passage.start + range.upperBound
                }
            }
        }
    }
}

extension SearchHit {
    /// What each leg said of it.
    fileprivate mutating func addLegs(of fused: FusedHit) {
        if let score = fused.keyword?.score ?? fused.completedKeyword { keywordScore = score }
        keywordRank = fused.keyword?.rank
        if let score = fused.vector?.score ?? fused.completedVector { vectorScore = score }
        vectorRank = fused.vector?.rank
    }
}

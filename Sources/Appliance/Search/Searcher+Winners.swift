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
        return try reader.read { reader in
            try reader.read {
                let rows = try ranking.rows(of: winners, reader)
                return try winners.map { winner in
                    let collection = ranking.collection(of: winner)
                    return try hit(
                        winner.hit, in: ranking.sources[winner.source],
                        document: rows.document(HitRows.Key(winner.hit.document, in: collection)),
                        passage: rows.passage(HitRows.Key(winner.hit.passage, in: collection)), reader: reader)
                }
            }
        }
    }

    private func hit(
        _ fused: FusedHit, in source: Source, document: StoredDocument, passage: StoredPassage, reader: TenantReader
    ) throws -> SearchHit {
        var hit = SearchHit(
            documentID: document.id, collection: source.collection.record.name, title: document.title,
            score: fused.score, fusionScore: fused.fusionScore, passage: passage.start..<passage.end)
        hit.page = passage.page
        hit.heading = passage.heading
        if let score = fused.keyword?.score ?? fused.completedKeyword { hit.keywordScore = score }
        hit.keywordRank = fused.keyword?.rank
        if let score = fused.vector?.score ?? fused.completedVector { hit.vectorScore = score }
        hit.vectorRank = fused.vector?.rank
        guard request.detail != .ids else { return hit }
        hit.metadata = document.metadata
        addSnippet(of: passage, by: source.highlighter, to: &hit)
        if request.detail == .full {
            hit.text = try reader.documentText(document)
        }
        return hit
    }

    private func addSnippet(of passage: StoredPassage, by highlighter: Highlighter, to hit: inout SearchHit) {
        let excerpt = highlighter.excerpt(
            of: passage.text, length: Self.snippetLength, limit: Self.highlightLimit)
        hit.snippet = passage.text.scalars(excerpt.window, of: passage.end - passage.start)
        hit.snippetStart = passage.start + excerpt.window.lowerBound
        hit.highlights = excerpt.highlights.map { range in
            passage.start + range.lowerBound..<passage.start + range.upperBound
        }
    }
}

extension String {
    /// The scalars at these positions; `count` is how many there are in all.
    ///
    /// O(1) for ASCII, where scalars are bytes; else O(n).
    fileprivate func scalars(_ range: Range<Int>, of count: Int) -> String {
        if utf8.count == count {
            let start = utf8.index(startIndex, offsetBy: range.lowerBound)
            return String(self[start..<utf8.index(start, offsetBy: range.count)])
        }
        let start = unicodeScalars.index(startIndex, offsetBy: range.lowerBound)
        return String(self[start..<unicodeScalars.index(start, offsetBy: range.count)])
    }
}

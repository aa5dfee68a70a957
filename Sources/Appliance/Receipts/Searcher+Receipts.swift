import Access
import BM25
import Embedding
import IndexCore
import TenantStore

/// Where the hit of a receipt stood.
package struct ReceiptPlace: Sendable {
    /// Hits before its page.
    var offset: Int
    /// The collection of its document.
    var collection: String?
}

extension Searcher {
    /// Gives each hit of a page its receipt, from the ranking that found it.
    ///
    /// Cost: of each hit its row, a seek for each passage and term, and the rows of its best passages.
    /// - Throws: ``StaleSnapshot`` when the rows have moved on; what the engines throw.
    func addReceipts(
        for winners: [Candidate], of ranking: Ranking, _ page: SearchPager, to response: inout SearchResponse,
        from reader: ReaderPool
    ) throws {
        var made: [[UInt8]] = []
        try reader.read { reader in
            try reader.read {
                var room = HitReceipt.byteLimit
                for (place, winner) in winners.prefix(HitReceipt.countLimit).enumerated() {
                    let receipt = try receipt(
                        of: winner, rank: page.offset + place + 1, in: ranking, page, isDegraded: response.degraded,
                        reader)
                    room -= receipt.count
                    guard room >= 0 else { return }
                    made.append(receipt)
                }
            }
        }
        for (place, receipt) in made.enumerated() { response.hits[place].receipt = receipt }
        if made.count < winners.count {
            response.warn(
                "receipts were made for the first \(made.count) hits alone; ask for the others with a smaller limit and "
                    + "the cursor")
        }
    }

    /// The receipt of a document as the page of hits behind `offset` gives it; nil where the answer does not hold it.
    func receipt(
        of document: StoredDocument, _ page: SearchPager, _ reader: TenantReader
    ) throws -> [UInt8]? {
        var response = SearchResponse(tenant: tenant)
        var page = page
        let ranking = try rank(&page, response: &response)
        let source = ranking.sources.firstIndex { $0.collection.record.id == document.collection }
        guard let source, let place = ranking.place(of: document.firstPassage, in: source) else { return nil }
        return try receipt(
            of: ranking.candidates[place], rank: place + 1, in: ranking, page, isDegraded: response.degraded, reader)
    }

    private func receipt(
        of candidate: Candidate, rank: Int, in ranking: Ranking, _ page: SearchPager, isDegraded: Bool,
        _ reader: TenantReader
    ) throws -> [UInt8] {
        let (hit, source) = (candidate.hit, ranking.sources[candidate.source])
        let found = try reader.documents(byFirstPassage: [hit.document], in: source.collection.record.id)
        guard let document = found.first else { throw StaleSnapshot() }
        var explanation = try drawUp(document, in: candidate.source, of: ranking, now: page.now)
        explanation.degraded = isDegraded
        // Each of several collections may have its own fusion: what the request left open to them, stays open.
        var asked = ranking.sources.count == 1 ? explanation.request : request
        if ranking.sources.count == 1 { asked.collection = explanation.collection }
        asked.shaping.settle(at: page.now)
        if source.legs.keyword != nil {
            explanation.keyword = HitExplanation.Leg(
                score: hit.keyword?.score ?? (explanation.terms.passage == nil ? nil : explanation.terms.score),
                rank: hit.keyword?.rank, depth: source.legs.count,
                passageID: hit.keyword?.passage ?? explanation.terms.passage)
        }
        if source.legs.vector != nil {
            explanation.vector = HitExplanation.Leg(
                score: hit.vector?.score ?? hit.completedVector, rank: hit.vector?.rank, depth: source.legs.count,
                passageID: hit.vector?.passage)
        }
        try addPlaces(to: &explanation, in: source, reader)
        return try HitReceipt(
            tenant: tenant, request: asked, explanation: explanation, rank: rank, score: hit.score,
            fusionScore: hit.fusionScore,
            contentHash: document.contentHash, index: index(of: explanation, source.collection), offset: page.offset,
            depth: page.depth
        ).sealed(by: cursors)
    }

    /// What the receipts of one collection's hits come from.
    private func index(of explanation: HitExplanation, _ collection: CollectionSnapshot) -> ReceiptIndex {
        let settings = "\(collection.record.passageMode.rawValue) \(collection.settings.text)"
        let isEmbedded = explanation.vector != nil && request.embedding == nil
        return ReceiptIndex(
            fingerprint: fingerprint, sequence: snapshot.sequence,
            settings: Digest.hexadecimal(Array(Digest.sha256(Array(settings.utf8)).prefix(8))),
            cpu: "\(VectorKernels.level)",
            model: isEmbedded ? models.first { $0.description == explanation.vectorSpace }?.packSHA256 : nil)
    }
}

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
    /// Has receipts tell which models had a say.
    mutating func nameModels(of services: EngineServices) {
        (models, reranker) = (services.models, services.reranker?.identity)
    }

    /// Gives each hit of a page its receipt, from the ranking that found it.
    ///
    /// Cost: of each hit its row, a seek for each passage and term, and the rows of its best passages.
    /// - Throws: ``StaleSnapshot`` when the rows have moved on; what the engines throw.
    func addReceipts(
        for winners: [Candidate], of ranking: Ranking, _ page: SearchPager, to response: inout SearchResponse,
        from reader: ReaderPool
    ) throws {
        let drafts: [HitReceipt] = try reader.read { reader in
            try self.drafts(
                for: winners.prefix(HitReceipt.countLimit), rank: page.offset + 1, in: ranking, page,
                isDegraded: response.degraded, reader)
        }
        var room = HitReceipt.byteLimit
        var made = 0
        for draft in drafts {
            let receipt = try draft.sealed(by: cursors)
            room -= receipt.count
            guard room >= 0 else { break }
            response.hits[made].receipt = receipt
            made += 1
        }
        if made < winners.count {
            response.warn(
                "receipts were made for the first \(made) hits alone; ask for the others with a smaller limit and "
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
        return try drafts(
            for: ranking.candidates[place...place], rank: place + 1, in: ranking, page, isDegraded: response.degraded,
            reader
        ).first?.sealed(by: cursors)
    }

    /// The receipts of candidates that follow each other, not yet sealed.
    /// - Parameter rank: Of the first.
    private func drafts(
        for candidates: ArraySlice<Candidate>, rank: Int, in ranking: Ranking, _ page: SearchPager, isDegraded: Bool,
        _ reader: TenantReader
    ) throws -> [HitReceipt] {
        try reader.read {
            var rows = HitRows()
            try rows.addDocuments(
                candidates.map { HitRows.Key($0.hit.document, in: ranking.collection(of: $0)) }, reader)
            var drafts = try candidates.enumerated().map { place, candidate in
                let document = try rows.document(
                    HitRows.Key(candidate.hit.document, in: ranking.collection(of: candidate)))
                return try draft(
                    of: document, candidate, rank: rank + place, in: ranking, page, isDegraded: isDegraded)
            }
            let passages = zip(candidates, drafts).flatMap { candidate, draft in
                draft.explanation.bestPassages(in: ranking.collection(of: candidate))
            }
            try rows.addPassages(passages, reader)
            for (place, candidate) in candidates.enumerated() {
                try addPlaces(to: &drafts[place].explanation, in: ranking.sources[candidate.source], rows)
            }
            return drafts
        }
    }

    /// A receipt that does not yet tell where its passages lie.
    private func draft(
        of document: StoredDocument, _ candidate: Candidate, rank: Int, in ranking: Ranking, _ page: SearchPager,
        isDegraded: Bool
    ) throws -> HitReceipt {
        let (hit, source) = (candidate.hit, ranking.sources[candidate.source])
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
        return HitReceipt(
            tenant: tenant, request: asked, explanation: explanation, rank: rank, score: hit.score,
            fusionScore: hit.fusionScore,
            contentHash: document.contentHash, index: index(of: explanation, source.collection), offset: page.offset,
            depth: page.depth)
    }

    /// What the receipts of one collection's hits come from.
    private func index(of explanation: HitExplanation, _ collection: CollectionSnapshot) -> ReceiptIndex {
        let settings = "\(collection.record.passageMode.rawValue) \(collection.settings.text)"
        let isEmbedded = explanation.vector != nil && request.embedding == nil
        return ReceiptIndex(
            fingerprint: fingerprint, sequence: snapshot.sequence,
            settings: Digest.hexadecimal(Array(Digest.sha256(Array(settings.utf8)).prefix(8))),
            cpu: "\(VectorKernels.level)",
            model: isEmbedded ? models.first { $0.description == explanation.vectorSpace }?.packSHA256 : nil,
            reranker: request.shaping.reranks ? reranker : nil)
    }
}

import Access
import BM25
import Columns
import HNSW
import IndexCore
import TenantStore

extension Searcher {
    /// Explains one document for the request: searches, and looks closer at that document.
    ///
    /// Cost: a search, and both legs once more over all documents, for the exact places; a search more for a receipt.
    /// - Parameter place: The answer whose receipt is asked for; nil for the page on which the document stands.
    /// - Throws: ``ApplianceError/documentNotFound(id:)``, ``ApplianceError/ambiguousDocument(id:collections:)``; else as
    ///   ``run(reader:)``.
    func explain(_ documentID: String, receipt place: ReceiptPlace? = nil, reader: ReaderPool) throws -> HitExplanation
    {
        let (found, document) = try reader.read { reader in
            try find(documentID, in: snapshot.selection(request.collection ?? place?.collection), reader)
        }
        var response = SearchResponse(tenant: tenant)
        var page = try SearchPager(request, fingerprint: fingerprint, cursors: cursors, now: now)
        response.begin(page)
        // Floors are asked about after the ranking, so that what falls below one can still be explained.
        var open = self
        open.named = try namedDocuments(reader)
        // Where places are not those of the scores, what falls below has no place to be found at.
        if request.diversity == 0, !request.shaping.reranks { open.request.minScore = nil }
        if !request.metadata.sort.isEmpty || request.metadata.distinct != nil || !request.metadata.facets.isEmpty {
            response.warn("sort, distinct and facets play no part here: the ranking by score is explained")
            (open.request.metadata.sort, open.request.metadata.distinct, open.request.metadata.facets) = ([], nil, [])
        }
        // Chosen one after the other: only the whole order says where each document stands.
        if request.diversity > 0 { open.request.limit = SearchRequest.deepestDocument }
        let asked = (response, page)
        var ranking = try open.rank(&page, response: &response)
        guard let index = ranking.sources.firstIndex(where: { $0.collection.record.id == found.record.id }) else {
            throw StaleSnapshot()
        }
        let isCut = ranking.sources[index].legs.isCutByDepth
        if ranking.place(of: document.firstPassage, in: index) == nil, !isCut || open.request.minScore != nil {
            // A single ranking goes on page after page: the document may stand on a later one.
            if !isCut { open.request.limit = SearchRequest.deepestDocument }
            open.request.minScore = nil
            (response, page) = asked
            ranking = try open.rank(&page, response: &response)
        }
        let source = ranking.sources[index]
        var explanation = try open.drawUp(document, in: index, of: ranking, now: page.now)
        try explainLegs(of: source, document.firstPassage, into: &explanation)
        judge(
            ranking.place(of: document.firstPassage, in: index),
            passesFilter: source.filter?.contains(document.firstPassage) ?? true, into: &explanation)
        explanation.degraded = response.degraded
        explanation.warnings = response.warnings
        var rows = HitRows()
        try reader.read { try rows.addPassages(explanation.bestPassages(in: found.record.id), $0) }
        try addPlaces(to: &explanation, in: source, rows)
        if request.receipts, place != nil || explanation.rank != nil {
            let offset = place?.offset ?? ((explanation.rank ?? 1) - 1) / request.limit * request.limit
            // As it was asked, but for what was looked up already.
            open.request = request
            explanation.receipt = try reader.read { try open.receipt(of: document, page.page(at: offset), $0) }
        }
        return explanation
    }

    /// What one ranking says about one document, without looking at others: what explanations and receipts have in common.
    ///
    /// Cost: a seek for each passage of the document and term.
    func drawUp(
        _ document: StoredDocument, in index: Int, of ranking: Ranking, now: FieldDate
    ) throws -> HitExplanation {
        let source = ranking.sources[index]
        let space = source.collection.space(for: request, earlier: earlierSpace)
        let words = try source.query.explain(
            document: CollectionState.passages(of: document), live: source.collection.live, deadline: deadline)
        var explanation = HitExplanation(
            documentID: document.id, collection: source.collection.record.name, title: document.title,
            terms: words.terms,
            statistics: source.collection.keywords.statistics, parameters: source.collection.keywords.parameters,
            vectorSpace: space?.name ?? "", request: source.legs.fusion.applied(to: request))
        explanation.tree = words.tree
        explanation.off = source.legs.off
        explanation.vectorSegment = space?.vectors.segment?.sections.file?.name ?? ""
        explanation.queryVectorHash = space.flatMap { queryVectors[$0.name] }.map(Self.hash) ?? ""
        if let calibration = source.legs.calibration {
            explanation.calibration = calibration.explain(document.firstPassage)
        } else {
            explanation.fusion = source.legs.fusion.rankFusion.explain(
                document.firstPassage, keyword: source.legs.keyword, vector: source.legs.vector)
        }
        explanation.shaping = try explainShaping(
            of: document.firstPassage, in: source, ranking,
            place: ranking.place(of: document.firstPassage, in: index),
            before: explanation.calibration?.score ?? explanation.fusion?.score, now: now)
        explanation.request.shaping.settle(at: now)
        explanation.diversity = ranking.choice(of: document.firstPassage, in: index)
        explanation.indexFingerprint = fingerprint
        return explanation
    }

    /// SHA-256 of a vector's components as Float32, little-endian.
    private static func hash(_ vector: [Float]) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * vector.count)
        for number in vector {
            withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return Digest.hexadecimal(Digest.sha256(bytes))
    }

    /// The one document of this id, as this snapshot knows it.
    func find(
        _ id: String, in collections: [CollectionSnapshot], _ reader: TenantReader
    ) throws -> (collection: CollectionSnapshot, document: StoredDocument) {
        let found = try reader.read {
            try collections.compactMap { collection in
                try reader.document(id, in: collection.record.id).map { (collection, $0) }
            }
        }
        guard let (collection, document) = found.first else { throw ApplianceError.documentNotFound(id: id) }
        guard found.count == 1 else {
            throw ApplianceError.ambiguousDocument(id: id, collections: found.map(\.0.record.name))
        }
        guard collection.live.contains(document.firstPassage) else { throw StaleSnapshot() }
        return (collection, document)
    }

    private func explainLegs(
        of source: Source, _ document: PassageID, into explanation: inout HitExplanation
    ) throws {
        let collection = source.collection
        let everything = collection.documentCount
        explanation.knowsAll = true
        if let list = source.legs.keyword {
            var query = source.query
            let all = try query.search(
                k: everything, live: collection.live, filter: source.filter, countsAll: true, deadline: deadline)
            explanation.matching = all.total
            explanation.keyword = Self.leg(of: document, in: list, all: all.hits, depth: source.legs.count)
        }
        if let list = source.legs.vector, let space = collection.space(for: request, earlier: earlierSpace),
            let queryVector = queryVectors[space.name]
        {
            let all = try space.vectors.exactSearch(
                queryVector, k: everything, live: collection.live, filter: source.filter, deadline: deadline)
            explanation.vector = Self.leg(of: document, in: list, all: all, depth: source.legs.count)
        }
    }

    private static func leg(
        of document: PassageID, in list: [DocumentHit], all: [DocumentHit], depth: Int
    ) -> HitExplanation.Leg {
        let exact = all.firstIndex { $0.document == document }
        return HitExplanation.Leg(
            score: exact.map { all[$0].score }, rank: list.firstIndex { $0.document == document }.map { $0 + 1 },
            exactRank: exact.map { $0 + 1 }, depth: depth, passageID: exact.map { all[$0].passage })
    }

    /// Whether the document is in the answer, and if not, what keeps it out.
    private func judge(_ place: Int?, passesFilter: Bool, into explanation: inout HitExplanation) {
        if place != nil {
            let score = explanation.shaping?.score ?? explanation.calibration?.score ?? explanation.fusion?.score
            if let floor = request.minScore, let score, score < floor, explanation.shaping?.pinned == nil {
                explanation.excludedBy = .minScore
            } else {
                // What stands before it scores at least as much, so a floor takes nothing from there.
                explanation.rank = place.map { $0 + 1 }
            }
            return
        }
        let legs = [explanation.keyword, explanation.vector].compactMap { $0 }
        if explanation.shaping?.isHidden == true {
            explanation.excludedBy = .hidden
        } else if !passesFilter {
            explanation.excludedBy = .filter
        } else if let vector = explanation.vector, let floor = request.minVectorScore,
            vector.score.map({ Double($0) < floor }) ?? true
        {
            explanation.excludedBy = .minVectorScore
        } else if legs.allSatisfy({ $0.score == nil }) {
            explanation.excludedBy = .noMatch
        } else if let vector = explanation.vector, vector.score != nil, !vector.isBeyond {
            explanation.excludedBy = .missed
        } else {
            explanation.excludedBy = .depth
        }
    }

    /// Where the best passages lie.
    func addPlaces(to explanation: inout HitExplanation, in source: Source, _ rows: HitRows) throws {
        func place(_ id: PassageID?) throws -> HitExplanation.Place? {
            guard let id else { return nil }
            let passage = try rows.passage(HitRows.Key(id, in: source.collection.record.id))
            return HitExplanation.Place(
                range: passage.start..<passage.end, page: passage.page, heading: passage.heading)
        }
        let places = (try place(explanation.keyword?.passageID), try place(explanation.vector?.passageID))
        explanation.keyword?.passage = places.0
        explanation.vector?.passage = places.1
    }
}

extension HitExplanation {
    /// The passages of which it tells where they lie.
    func bestPassages(in collection: UInt32) -> [HitRows.Key] {
        [keyword?.passageID, vector?.passageID].compactMap { $0.map { HitRows.Key($0, in: collection) } }
    }
}

extension Searcher.Ranking {
    /// Why a document of one source was put where it stands; nil where diversity put nothing anywhere.
    func choice(of document: PassageID, in source: Int) -> MaximalMarginalRelevance.Choice? {
        let index = place(of: document, in: source).map { $0 - pinCount }
        return index.flatMap { choices.indices.contains($0) ? choices[$0] : nil }
    }

    /// Where a document of one source stands, from 0.
    func place(of document: PassageID, in source: Int) -> Int? {
        candidates.firstIndex { $0.source == source && $0.hit.document == document }
    }
}

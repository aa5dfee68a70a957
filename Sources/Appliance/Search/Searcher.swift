import Access
import BM25
import Columns
import Embedding
import HNSW
import IndexCore
import TenantStore

/// Answers one request from one snapshot: legs, fusion, and the text of the winners only.
///
/// Synchronous; runs on a thread of the search pool.
struct Searcher {
    var request: SearchRequest
    let snapshot: Snapshot
    /// The query's vectors by the name of their space; a collection without one for its space has no vector leg.
    let queryVectors: [String: [Float]]
    /// The space of the model before the present one, where that is loaded too.
    let earlierSpace: String?
    /// How rankings are joined where neither request nor collection say it.
    let standardFusion: SearchRequest.Fusion
    /// Seconds since 1970, where the request looks at the clock.
    let now: Int64
    let tenant: String
    let fingerprint: String
    let cursors: CursorSeal
    let deadline: SearchDeadline
    /// The documents that the request pins and hides, once they were looked up.
    var named: NamedDocuments?
    /// What another model said of the first documents, where the request wants that.
    var reranking = Reranking.unavailable("another model is not asked here")
    /// Which other model that is: receipts name it.
    var reranker: String?
    /// What answers a share of the questions again, exactly; nil where this one is not of that share.
    var recall: RecallMeter?
    /// Told how far the rankings agree; nil where nobody watches.
    var watch: LegWatch?
    /// Who makes vectors of queries: receipts name them.
    var models: [EmbedderID] = []

    /// Whether the vector leg searches for the nearest.
    var searchesVectors: Bool { !queryVectors.isEmpty && request.mode != .bm25 && !request.isExact }

    /// A collection that was searched, what its legs gave, and what marks the query's words in its texts.
    struct Source {
        var collection: CollectionSnapshot
        var query: KeywordQuery
        var legs: Legs
        /// Passages that may be answered; nil for all.
        var filter: IDSet?
        var highlighter: Highlighter
    }

    /// The lists of one collection as fusion took them; a leg that did not run is nil.
    struct Legs {
        var keyword: [DocumentHit]?
        var vector: [DocumentHit]?
        /// Documents each was asked for.
        var count: Int
        /// Whether that is the request's depth, the same for every page, and not what the page needs.
        var isCutByDepth: Bool
        var fusion: FusionRule
        /// How they were joined, where that was by calibrated fusion.
        var calibration: Calibration?
        /// Which it went without because they are off.
        var off = LegsLeftOut()
    }

    /// A fused document and the place of its source: hundreds are sorted, so they hold no references.
    struct Candidate {
        var source: Int
        var hit: FusedHit
        /// Where it stands by the fields that were asked for.
        var place: SortPlace?
    }

    /// Everything found, best first, before pages are cut from it.
    struct Ranking {
        var sources: [Source] = []
        var candidates: [Candidate] = []
        /// A leg had more documents to give than the request's depth lets it.
        var isCutByDepth = false
        /// Why the first candidates stand in this order, where diversity was asked for.
        var choices: [MaximalMarginalRelevance.Choice] = []
        /// Those that another model put anew, in its order.
        var reranked: [Reranked] = []
        /// Candidates that stand before all others because the request pins them; ``choices`` and ``reranked`` begin
        /// behind them.
        var pinCount = 0
    }

    /// A winner disappeared from the rows: the snapshot is older than the data.
    struct StaleSnapshot: Error {}

    /// Scalars shown of a passage.
    static let snippetLength = 320
    /// A longer corrected query is not told.
    static let correctionByteLimit = 1_024
    /// Highlights in one snippet.
    static let highlightLimit = 32

    /// - Throws: ``StaleSnapshot`` when the rows have moved on; ``ApplianceError``; what the engines throw.
    func run(reader: ReaderPool) throws -> SearchResponse {
        if request.shaping.namesDocuments, named == nil {
            var open = self
            open.named = try namedDocuments(reader)
            return try open.run(reader: reader)
        }
        var response = SearchResponse(tenant: tenant)
        response.indexFingerprint = fingerprint
        var page = try SearchPager(request, fingerprint: fingerprint, cursors: cursors, now: now)
        response.begin(page)
        response.facets = request.metadata.facets.map { Facet($0) }
        let ranking = try rank(&page, response: &response)
        response.pager = page
        let winners = Array(ranking.candidates.dropFirst(page.offset).prefix(request.limit))
        response.hits = try fetch(winners, of: ranking, from: reader)
        if !request.shaping.isEmpty { mark(&response.hits, of: ranking, from: page.offset) }
        if request.receipts { try addReceipts(for: winners, of: ranking, page, to: &response, from: reader) }
        finish(
            page, found: ranking.candidates.count, isCutByDepth: ranking.isCutByDepth, response: &response)
        return response
    }

    /// Both legs of every collection the request means, fused, merged and above the floors.
    func rank(_ page: inout SearchPager, response: inout SearchResponse) throws -> Ranking {
        var ranking = Ranking()
        var total = 0
        let question = SearchQuestion(request)
        for warning in question.warnings { response.warn(warning) }
        if let fallback = request.likeness?.fallback {
            response.degraded = true
            response.warn(fallback)
        }
        let excluded = (request.likeness.map { [$0.excluded] } ?? []) + (named?.hidden ?? [])
        let collections = try snapshot.selection(request.collection)
        for (place, collection) in collections.enumerated() {
            let others = collections.indices.filter { $0 != place }.map { collections[$0].keywords }
            var query = try KeywordQuery(
                question, collection.keywords, others: others, allowsTypos: request.typos, deadline: deadline)
            let scope = try MetadataScope(
                collection, filter: request.metadata.filter, excluded: excluded, deadline: deadline)
            for fault in MetadataScope.faults(request.metadata, in: collection) { response.warn(fault) }
            var answer = try search(scope, query: &query, page: page, response: &response)
            if request.shaping.weighs {
                try weigh(&answer.hits, of: collection, page, response: &response)
            }
            try count(scope, query: &query, isKeywordsAlone: answer.legs.vector == nil, response: &response)
            if let floor = request.minScore {
                cut(&answer.hits, of: collection, below: floor)
                answer.total = min(answer.total, answer.hits.count)
                response.totalRelation = .atLeast
            }
            for warning in query.warnings { response.warn(warning) }
            if answer.legs.vector != nil, question.tree.hasConditions {
                response.warn(
                    "what the query requires or excludes binds the ranking by words alone; the ranking by meaning may "
                        + "add documents without it")
            }
            if let correction = query.correction, response.didYouMean == nil {
                let text = question.text(of: correction, for: request)
                if text.utf8.count <= Self.correctionByteLimit { response.didYouMean = text }
            }
            let highlighter = Highlighter(
                query: query.terms, parameters: collection.keywords.parameters, weights: answer.weights)
            ranking.candidates += try candidates(answer.hits, of: collection, source: ranking.sources.count, page)
            ranking.sources.append(
                Source(
                    collection: collection, query: query, legs: answer.legs, filter: scope.passages,
                    highlighter: highlighter))
            total += answer.total
            ranking.isCutByDepth = ranking.isCutByDepth || answer.isCutByDepth
        }
        if request.collection == nil, snapshot.collections.count > 1 {
            ranking.candidates.sort(by: precedes)
        }
        let pins = try takePins(&ranking, response: &response)
        if let field = request.metadata.distinct {
            var distinct = DistinctDocuments(field: field)
            for pin in pins {
                _ = distinct.admits(pin.hit.document, of: ranking.sources[pin.source].collection.columns)
            }
            ranking.candidates.removeAll { candidate in
                !distinct.admits(candidate.hit.document, of: ranking.sources[candidate.source].collection.columns)
            }
            total = ranking.candidates.count
        }
        if request.shaping.reranks { rerank(&ranking, &page, response: &response) }
        try diversify(&ranking, page, response: &response)
        if !pins.isEmpty {
            ranking.candidates.insert(contentsOf: pins, at: 0)
            ranking.pinCount = pins.count
        }
        response.total = max(total, ranking.candidates.count)
        return ranking
    }

    private func precedes(_ left: Candidate, _ right: Candidate) -> Bool {
        if let one = left.place, let other = right.place {
            let order = one.order(other, request.metadata.sort)
            if order != 0 { return order < 0 }
        } else if left.hit.score != right.hit.score {
            return left.hit.score > right.hit.score
        }
        // Sources stand in order of their names; what ties in one of them stays as it was put there, since sorting is stable.
        return left.source < right.source
    }

    /// What one collection answers.
    private struct CollectionAnswer {
        var hits: [FusedHit]
        var legs: Legs
        var total: Int
        /// Of the query's terms, for choosing snippets.
        var weights: [Double]
        /// A leg had more documents to give than the request's depth lets it.
        var isCutByDepth: Bool
    }

    /// Collections up to so many live passages are told how many documents match exactly; beyond, counting every match
    /// would cost many times the search for the best.
    ///
    /// Live passages alone decide, so that equal fingerprints give equal totals.
    private static let countedPassageCount = 32_768

    /// Both legs of one collection, joined.
    private func search(
        _ scope: MetadataScope, query: inout KeywordQuery, page: SearchPager, response: inout SearchResponse
    ) throws -> CollectionAnswer {
        let (collection, filter) = (scope.collection, scope.passages)
        let space = collection.space(for: request, earlier: earlierSpace)
        let queryVector = space.flatMap { queryVectors[$0.name] }
        // Live vectors are counted: dead ones are still in the index here and may be gone after a restart.
        let canSearchVectors = queryVector != nil && request.mode != .bm25 && (space?.embeddedCount ?? 0) > 0
        let off = collection.legs.leftOut(
            of: request.mode, space: canSearchVectors ? space?.name : nil, collection: collection.record.name)
        let runsVectors = canSearchVectors && !off.vector
        let runsKeywords = (request.mode != .vector || !runsVectors) && !off.keyword
        if let warning = off.warning {
            response.degraded = true
            response.warn(warning)
        }
        if request.mode != .bm25, !canSearchVectors, collection.passageCount > 0 {
            response.degraded = true
            if let reason = whyNoVectors(of: collection, space) { response.warn(reason) }
        } else if runsVectors, let note = space.flatMap({ collection.note(on: $0) }) {
            response.degraded = response.degraded || note.isDegraded
            response.warn(note.text)
        }
        let fusion = try FusionRule(
            request, collection.settings.fusion, standard: standardFusion, joins: runsVectors && runsKeywords)
        // Scores of min-max and calibrated fusion, and diversity, depend on the whole list, so every page must be cut from the same one.
        let isReordered = !request.metadata.sort.isEmpty || request.metadata.distinct != nil
        let takesAll = isReordered && !runsVectors
        let isFromOneList = fusion.method != .rrf || request.diversity > 0 || request.shaping.reorders
        let usesDepth = !takesAll && (runsVectors && (runsKeywords || isReordered) || isFromOneList)
        // One more than asked for tells whether there is a next page.
        let count =
            takesAll ? max(1, collection.documentCount) : usesDepth ? page.depth : page.offset + request.limit + 1
        var isCutByDepth = false
        var keywordLeg: [DocumentHit]?
        var total = 0
        var isExact = false
        var weights: [Double] = []
        if runsKeywords {
            if collection.unindexedCount > 0 {
                response.degraded = true
                response.warn(
                    "\(collection.unindexedCount) passages of collection \(collection.record.name) are being indexed again and are not yet found by keywords"
                )
            }
            // With a depth, one more than it tells whether it cuts anything off.
            let isCounted =
                takesAll || !request.metadata.facets.isEmpty || collection.passageCount <= Self.countedPassageCount
            let result = try query.search(
                k: usesDepth ? count + 1 : count, live: collection.live, filter: filter,
                countsAll: !runsVectors && isCounted, deadline: deadline)
            keywordLeg = Array(result.hits.prefix(count))
            total = result.total
            isCutByDepth = usesDepth && result.hits.count > count
            weights = query.weights
            isExact = !runsVectors && result.isExact
        }
        var vectorLeg: [DocumentHit]?
        if runsVectors, let space, let queryVector {
            if space.missingCount > 0 {
                response.degraded = true
                response.warn(
                    "\(space.missingCount) passages of collection \(collection.record.name) are being indexed again and are not yet found by meaning"
                )
            }
            var hits = try nearest(to: queryVector, count, in: space, of: scope, page)
            isCutByDepth = isCutByDepth || (usesDepth && hits.count == count && collection.documentCount > count)
            if let floor = request.minVectorScore {
                hits.removeAll { Double($0.score) < floor }
                // The floor is about meaning: a document that cannot show its cosine does not pass it.
                let passing = Set(hits.map(\.document))
                keywordLeg?.removeAll { !passing.contains($0.document) }
                total = min(total, hits.count)
            }
            vectorLeg = hits
        } else if request.minVectorScore != nil {
            response.warn("min_vector_score was not applied: the vector leg did not run")
        }
        let calibration = try calibrated(
            fusion, keywordLeg, vectorLeg, scope, space, queryVector, query: query, response: &response)
        let fused = calibration?.hits ?? fusion.rankFusion.fuse(keyword: keywordLeg, vector: vectorLeg)
        if !isExact {
            response.totalRelation = .atLeast
            total = runsVectors ? fused.count : total
        }
        let legs = Legs(
            keyword: keywordLeg, vector: vectorLeg, count: count, isCutByDepth: usesDepth, fusion: fusion,
            calibration: calibration, off: off)
        noteAgreement(of: legs, in: collection, space, queryVector)
        return CollectionAnswer(
            hits: fused, legs: legs, total: total, weights: weights, isCutByDepth: isCutByDepth)
    }

    /// Both legs joined by calibrated fusion; nil where it was not asked for or one of them did not run.
    private func calibrated(
        _ fusion: FusionRule, _ keyword: [DocumentHit]?, _ vector: [DocumentHit]?, _ scope: MetadataScope,
        _ space: SpaceSnapshot?, _ queryVector: [Float]?, query: KeywordQuery, response: inout SearchResponse
    ) throws -> Calibration? {
        guard fusion.method == .calibrated, let keyword, let vector, let space, let queryVector else { return nil }
        guard space.settings.parameters.metric == .cosine else {
            response.warn("space \(space.name) is not compared by the cosine; its ranking was joined by rrf")
            return nil
        }
        let calibration = try CalibrationInput(
            fusion: fusion.calibratedFusion,
            query: query, collection: scope.collection, space: space, queryVector: queryVector,
            filter: scope.passages, keyword: keyword, vector: vector, deadline: deadline
        ).calibrate()
        if calibration.longDocumentCount > 0 {
            response.warn(
                "\(calibration.longDocumentCount) documents of more than \(CalibrationInput.passageLimit) passages were "
                    + "found by one ranking alone and count as the last of the other")
        }
        return calibration
    }

    /// The vector leg: the documents nearest to the query, by the graph or by scoring all.
    private func nearest(
        to vector: [Float], _ count: Int, in space: SpaceSnapshot, of scope: MetadataScope, _ page: SearchPager
    ) throws -> [DocumentHit] {
        let live = scope.collection.live
        if request.isExact {
            return try space.vectors.exactSearch(
                vector, k: count, live: live, filter: scope.passages, deadline: deadline)
        }
        // One beam for all pages: a wider one might find other documents and move the page borders.
        let ef = request.ef ?? space.settings.ef ?? max(64, 2 * page.depth)
        let hits = try space.vectors.search(
            vector, k: count, ef: ef, live: live, filter: scope.passages, deadline: deadline)
        recall?.take(
            RecallMeter.Sample(
                tenant: tenant, vectors: space.vectors, query: vector, live: live, filter: scope.passages,
                answered: hits.prefix(RecallMeter.depth).map(\.document), depth: min(RecallMeter.depth, count)))
        return hits
    }

    /// Why the vector leg of a collection does not run, where the request does not say so by itself.
    private func whyNoVectors(of collection: CollectionSnapshot, _ space: SpaceSnapshot?) -> String? {
        let name = collection.record.name
        guard let space else {
            return "collection \(name) has no vector space \(request.space ?? ""); its answer is by keywords alone"
        }
        if queryVectors[space.name] != nil {
            return space.name == collection.modelSpace
                ? "collection \(name) has no vectors yet; its answer is by keywords alone"
                : "space \(space.name) of collection \(name) has no vectors; its answer is by keywords alone"
        }
        if let embedding = request.embedding {
            return "the embedding has \(embedding.count) numbers and space \(space.name) of collection \(name) "
                + "\(space.dimension); its answer is by keywords alone"
        }
        guard space.name != collection.modelSpace, space.name != earlierSpace else { return nil }
        return SpaceName.isModels(space.name)
            ? "the default space \(space.name) of collection \(name) is of a model that is not loaded; its answer is by "
                + "keywords alone"
            : "the default space \(space.name) of collection \(name) holds callers' vectors: send the query's embedding; "
                + "its answer is by keywords alone"
    }

    // MARK: Pages

    private func finish(_ page: SearchPager, found: Int, isCutByDepth: Bool, response: inout SearchResponse) {
        let next = page.offset + request.limit
        if found > next, next >= SearchRequest.deepestDocument {
            response.warnings.append("paging ends with document \(next); narrow the search for what comes after")
        } else if found > next {
            response.nextCursor = page.cursor(after: request.limit)
        } else if page.offset > 0, isCutByDepth {
            response.warnings.append(
                "paging ends with the \(page.depth) best documents of each leg; ask again with a larger depth for more")
        }
    }

    // MARK: Winners

    /// Reads inside one transaction, so that a document and its text are of one version.
    private func fetch(_ winners: [Candidate], of ranking: Ranking, from reader: ReaderPool) throws -> [SearchHit] {
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

import BM25
import Columns
import Embedding
import IndexCore

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
    let recentNames: RecentNames
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

    /// A collection that was searched, and what its legs gave.
    struct Source {
        var collection: CollectionSnapshot
        var query: KeywordQuery
        var legs: Legs
        /// Passages that may be answered; nil for all.
        var filter: IDSet?
        /// How rare each of the query's terms is.
        var weights: [Double]

        /// What marks the query's words and phrases in texts.
        var highlighter: Highlighter {
            Highlighter(
                query: query.terms, phrases: query.phrases, phraseTerms: query.phraseTerms,
                parameters: collection.keywords.parameters, weights: weights)
        }
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

    /// A longer corrected query is not told.
    static let correctionByteLimit = 1_024

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
            let candidates = try candidates(answer.hits, of: collection, source: ranking.sources.count, page)
            if ranking.candidates.isEmpty {
                ranking.candidates = candidates
            } else {
                ranking.candidates += candidates
            }
            ranking.sources.append(
                Source(
                    collection: collection, query: query, legs: answer.legs, filter: scope.passages,
                    weights: answer.weights))
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
}

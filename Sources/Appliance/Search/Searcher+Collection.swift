import BM25
import HNSW
import IndexCore
import TenantStore

extension Searcher {
    /// What one collection answers.
    struct CollectionAnswer {
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
    func search(
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
}

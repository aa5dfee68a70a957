import Access
import BM25
import Embedding
import Glibc
import HNSW
package import IndexCore
import TenantStore

extension TenantEngine {
    /// Answers one search.
    /// - Parameter pool: Whose threads search; nil is those of searches.
    /// - Throws: ``ApplianceError`` for a wrong request, a full queue or a passed deadline.
    package func search(
        _ request: SearchRequest, deadline: SearchDeadline, on pool: ThreadPool? = nil
    ) async throws -> SearchResponse {
        let start = ContinuousClock.now
        let prepared = try await prepare(request)
        let reranking = try await rerank(request, prepared, deadline: deadline, on: pool)
        var response = try await withSearcher(request, vectors: prepared.vectors, deadline: deadline, on: pool) {
            [services, recall = services.recall, legWatch] searcher, readers in
            var searcher = searcher
            if searcher.request.receipts { searcher.nameModels(of: services) }
            searcher.reranking = reranking
            searcher.watch = legWatch
            if searcher.searchesVectors, recall.takesNext() { searcher.recall = recall }
            return try searcher.run(reader: readers)
        }
        response.warnings = prepared.warnings + response.warnings
        response.degraded = response.degraded || prepared.isDegraded
        response.took = .now - start
        return response
    }

    /// A request that was checked, with its query's vectors.
    struct PreparedQuery {
        /// By the name of their space.
        var vectors: [String: [Float]] = [:]
        var warnings: [String] = []
        /// The embedder was asked and gave nothing.
        var isDegraded = false
    }

    /// Checks a request and finds its query's vector, where its mode needs one.
    func prepare(_ request: SearchRequest) async throws -> PreparedQuery {
        try request.validate()
        var prepared = PreparedQuery()
        guard request.mode != .bm25 || request.space != nil || request.embedding != nil else { return prepared }
        let spaces = try QuerySpaces(
            request, in: published.current.selection(request.collection), earlier: services.earlierSpace)
        try spaces.check(request)
        if let embedding = request.embedding {
            prepared.vectors = try spaces.place(embedding, modelSpace: services.modelSpace)
            return prepared
        }
        guard request.mode != .bm25 else { return prepared }
        let names = spaces.targets.isEmpty ? [services.modelSpace.name] : spaces.names
        let embedders = names.compactMap { name in embedder(of: name).map { (name, $0) } }
        guard !embedders.isEmpty else {
            if let name = request.space {
                throw ApplianceError.invalidArgument(
                    name: "space",
                    reason: SpaceName.isModels(name)
                        ? "is of a model that is not loaded; send the query's `embedding`, or name another space"
                        : "holds vectors that callers bring; send the query's `embedding`")
            }
            // Each collection says why by itself; where there are none, nothing is missed.
            return prepared
        }
        let text = SearchQuestion(request).plainText
        guard !text.isEmpty else {
            prepared.isDegraded = true
            prepared.warnings.append("the query has no words to compare by meaning; the answer is by keywords alone")
            return prepared
        }
        for (name, embedder) in embedders {
            switch try await embedder.embed(text) {
            case .vector(let made, let truncated):
                prepared.vectors[name] = made
                let warning = "only the first 256 word pieces of the query were embedded"
                if truncated, !prepared.warnings.contains(warning) { prepared.warnings.append(warning) }
            case .unavailable(let reason):
                prepared.isDegraded = true
                prepared.warnings.append("\(reason); the answer is by keywords alone")
            }
        }
        return prepared
    }

    /// Who turns queries into vectors of a space; nil where no loaded model does.
    private func embedder(of space: String) -> QueryEmbedder? {
        if space == services.modelSpace.name { return queryEmbedder }
        return space == services.earlierSpace ? earlierEmbedder : nil
    }

    /// Runs `body` on a thread of the search pool with a searcher over the present snapshot, again with a newer one when
    /// it meets rows that have moved on.
    func withSearcher<Value: Sendable>(
        _ request: SearchRequest, vectors: [String: [Float]], deadline: SearchDeadline, on pool: ThreadPool? = nil,
        _ body: @escaping @Sendable (Searcher, ReaderPool) throws -> Value
    ) async throws -> Value {
        let now = request.shaping.looksAtClock ? Timestamp.now.seconds : 0
        return try await (pool ?? services.searches).run { [self] in
            // The rows may be newer than the snapshot taken a moment before: then a newer snapshot is there too.
            for _ in 0..<8 {
                let snapshot = published.current
                let sound = soundSnapshot(snapshot, for: request.collection)
                let searcher = Searcher(
                    request: request, snapshot: sound, queryVectors: vectors,
                    earlierSpace: services.earlierSpace, standardFusion: services.fusion, now: now, tenant: tenant,
                    fingerprint: fingerprint(of: snapshot), cursors: cursors, recentNames: recentNames,
                    deadline: deadline)
                do {
                    let value = try body(searcher, readers)
                    // Zeros in the place of a page that could not be read may have been taken for what they are not.
                    if !sound.isDamaged(request.collection) { return value }
                } catch is Searcher.StaleSnapshot {
                    waitForSnapshot(after: snapshot)
                } catch  where sound.isDamaged(request.collection) {
                    continue
                }
            }
            throw ApplianceError.busy(retryAfter: .seconds(1))
        }
    }

    /// The snapshot without files that are damaged, which are made anew from now on.
    private func soundSnapshot(_ snapshot: Snapshot, for collection: String?) -> Snapshot {
        snapshot.verifyFiles(collection)
        guard snapshot.isDamaged(collection) else { return snapshot }
        upkeep.repair()
        return snapshot.leavingOutDamage()
    }

    /// Between commit and publication lie microseconds, unless the writer's thread lost its core just there.
    private func waitForSnapshot(after snapshot: Snapshot) {
        for _ in 0..<100 where published.current === snapshot {
            usleep(1_000)
        }
    }

    /// Names everything an answer depends on: equal fingerprint, equal answer.
    func fingerprint(of snapshot: Snapshot) -> String {
        snapshot.fingerprint {
            var text =
                "carrel 1 \(VectorKernels.level) \(services.modelSpace.name) \(services.earlierSpace ?? "") \(snapshot.sequence)"
            text += " \(services.fusion.rawValue)"
            for collection in snapshot.collections {
                let record = collection.record
                let parameters = collection.keywords.parameters
                text += " \(record.id):\(record.name):\(record.passageMode.rawValue)"
                text += ":\(parameters.k1):\(parameters.b):\(parameters.fingerprint)"
                text += ":\(collection.settings.defaultSpace ?? ""):\(collection.settings.fusion.fingerprint)"
                text += collection.legs.fingerprint
                for space in collection.spaces {
                    let graph = space.vectors.segment?.sections.file?.name ?? "-"
                    text += ":\(space.name):\(graph):\(space.parkedCount)"
                    text += ":\(space.settings.parameters.fingerprint):\(space.isCurrent):\(space.settings.ef ?? 0)"
                }
            }
            return Digest.hexadecimal(Array(Digest.sha256(Array(text.utf8)).prefix(8)))
        }
    }
}

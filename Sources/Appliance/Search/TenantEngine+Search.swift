import Access
import Embedding
import Glibc
import HNSW
package import IndexCore
import TenantStore

extension TenantEngine {
    /// Answers one search.
    /// - Throws: ``ApplianceError`` for a wrong request, a full queue or a passed deadline.
    package func search(_ request: SearchRequest, deadline: SearchDeadline) async throws -> SearchResponse {
        let start = ContinuousClock.now
        try request.validate(dimension: services.dimension)
        var warnings: [String] = []
        var embedderFailed = false
        var vector = request.embedding
        if vector == nil, request.mode != .bm25 {
            switch try await queryEmbedder.embed(request.query) {
            case .vector(let made, let truncated):
                vector = made
                if truncated {
                    warnings.append("only the first 256 word pieces of the query were embedded")
                }
            case .unavailable(let reason):
                embedderFailed = true
                warnings.append("\(reason); the answer is by keywords alone")
            }
        }
        var response = try await run(request, vector: vector, deadline: deadline)
        response.warnings = warnings + response.warnings
        response.degraded = response.degraded || embedderFailed
        response.took = .now - start
        return response
    }

    private func run(_ request: SearchRequest, vector: [Float]?, deadline: SearchDeadline) async throws
        -> SearchResponse
    {
        try await services.searches.run { [self] in
            // The rows may be newer than the snapshot taken a moment before: then a newer snapshot is there too.
            for _ in 0..<8 {
                let snapshot = published.current
                let searcher = Searcher(
                    request: request, snapshot: snapshot, queryVector: vector, tenant: tenant,
                    fingerprint: fingerprint(of: snapshot), deadline: deadline)
                do {
                    return try searcher.run(reader: readers)
                } catch is Searcher.StaleSnapshot {
                    waitForSnapshot(after: snapshot)
                }
            }
            throw ApplianceError.busy(retryAfter: .seconds(1))
        }
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
            var text = "carrel 1 \(VectorKernels.level) \(services.vectorSpace) \(snapshot.sequence)"
            for collection in snapshot.collections {
                let record = collection.record
                text += " \(record.id):\(record.name):\(record.passageMode.rawValue):\(record.titleWeight)"
                text += ":\(collection.vectors.segmentHash ?? 0):\(collection.parkedCount)"
            }
            return Digest.hexadecimal(Array(Digest.sha256(Array(text.utf8)).prefix(8)))
        }
    }
}

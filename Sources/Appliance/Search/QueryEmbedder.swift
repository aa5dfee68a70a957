package import Embedding
import Synchronization

/// Turns queries into vectors: a bounded cache, a time limit and a breaker around the embedder.
///
/// Whatever happens to the embedder, a search goes on: without a vector it is answered by keywords and says so.
package final class QueryEmbedder: Sendable {
    package enum Outcome: Sendable {
        case vector([Float], truncated: Bool)
        /// Why there is none, in words for the answer's warnings.
        case unavailable(String)
    }

    private struct Cached {
        var vector: [Float]
        var truncated: Bool
    }

    private struct State {
        /// Two generations: when the young one is full it becomes the old one, and the old one is dropped.
        var young: [String: Cached] = [:]
        var old: [String: Cached] = [:]
        var breaker = FailureBreaker()
    }

    /// Entries of one generation; a vector has 1.5 KB.
    private static let generationSize = 256
    /// Longer queries are not worth their place.
    private static let longestCached = 2_048

    private let service: EmbeddingService?
    private let timeout: Duration
    private let state = Mutex(State())

    /// - Parameter service: `nil` where no model is installed.
    package init(service: EmbeddingService?, timeout: Duration = .seconds(5)) {
        self.service = service
        self.timeout = timeout
    }

    /// The vector of `query`.
    /// - Throws: `CancellationError` when the caller left.
    package func embed(_ query: String) async throws -> Outcome {
        guard let service else { return .unavailable("no embedding model is installed") }
        if let cached = lookUp(query) {
            return .vector(cached.vector, truncated: cached.truncated)
        }
        guard !state.withLock({ $0.breaker.isOpen(at: .now) }) else {
            return .unavailable("the embedder failed repeatedly and is given a pause")
        }
        do {
            let embedded = try await Self.race(service, query, timeout)
            keep(Cached(vector: embedded.vector, truncated: embedded.truncated), for: query)
            return .vector(embedded.vector, truncated: embedded.truncated)
        } catch EmbeddingError.overloaded {
            // It works, there is only too much of it: no reason to send the next query away unasked.
            return .unavailable("the embedder has too many queries waiting")
        } catch {
            try Task.checkCancellation()
            noteFailure()
            return .unavailable(error is TimedOut ? "the embedder did not answer in time" : "the embedder failed")
        }
    }

    private struct TimedOut: Error {}

    private static func race(_ service: EmbeddingService, _ query: String, _ limit: Duration) async throws -> Embedded {
        try await withThrowingTaskGroup(of: Embedded.self) { group in
            group.addTask { try await service.embedQuery(query) }
            group.addTask {
                try await Task.sleep(for: limit)
                throw TimedOut()
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    private func lookUp(_ query: String) -> Cached? {
        state.withLock { state in
            if let hit = state.young[query] { return hit }
            guard let hit = state.old.removeValue(forKey: query) else { return nil }
            state.young[query] = hit
            return hit
        }
    }

    private func keep(_ cached: Cached, for query: String) {
        state.withLock { state in
            state.breaker.noteSuccess()
            guard query.utf8.count <= Self.longestCached else { return }
            if state.young.count >= Self.generationSize {
                state.old = state.young
                state.young = [:]
            }
            state.young[query] = cached
        }
    }

    private func noteFailure() {
        state.withLock { $0.breaker.noteFailure(at: .now) }
    }
}

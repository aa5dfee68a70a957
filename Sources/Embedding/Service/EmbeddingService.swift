/// Embeds for many callers on threads of its own, questions before documents.
///
/// Queries and passages have a queue and threads each. The threads of passages run at the lowest priority and pause
/// between batches while a query waits, so a query is held up by a batch of at most 256 tokens even on one core. Queries
/// that wait go through the model together, a share of them on each thread. The weights are shared; each thread has its
/// scratch.
public final class EmbeddingService: Sendable {
    /// Waiting requests a lane takes before it refuses more.
    public struct Limits: Sendable {
        /// Queries that may wait.
        public var waitingQueries: Int
        /// Calls of ``EmbeddingService/embedPassages(_:)`` that may wait.
        public var waitingPassageCalls: Int

        /// Creates limits; the defaults are half a second of queries, and the calls of many importers.
        public init(waitingQueries: Int = 512, waitingPassageCalls: Int = 256) {
            self.waitingQueries = waitingQueries
            self.waitingPassageCalls = waitingPassageCalls
        }
    }

    /// The identity of the vectors.
    public let id: EmbedderID
    /// Numbers of a vector.
    public let dimension: Int
    /// Threads that embed passages: as many calls of ``embedPassages(_:)`` are worked on at a time.
    public let passageThreads: Int
    private let queue: EmbeddingQueue
    private let threads: [WorkerThread]

    /// Starts the threads.
    /// - Parameters:
    ///   - model: The weights all threads use.
    ///   - threads: Threads for queries, and as many again for passages; at least 1 of each.
    ///   - limits: Bounds of the queues.
    public init(model: MiniLM, threads: Int, limits: Limits = Limits()) {
        id = model.id
        dimension = model.dimension
        let queue = EmbeddingQueue(limits, queryThreads: threads)
        self.queue = queue
        func start(_ lane: EmbeddingLane) -> [WorkerThread] {
            let running = (0..<max(1, threads)).compactMap { _ in
                WorkerThread(lowestPriority: lane == .passage) {
                    EmbeddingWorker(model: model, queue: queue, lane: lane).run()
                }
            }
            // Nobody would ever serve the lane: its callers are told instead of left waiting.
            if running.isEmpty { queue.close(lane) }
            return running
        }
        let passages = start(.passage)
        passageThreads = passages.count
        self.threads = start(.query) + passages
    }

    deinit { shutdown() }

    /// Embeds the text of a search.
    ///
    /// Returns at once with ``EmbeddingError/cancelled`` when the caller's task is cancelled.
    /// - Throws: ``EmbeddingError/overloaded(waiting:)``, ``EmbeddingError/cancelled`` or ``EmbeddingError/shutDown``.
    public func embedQuery(_ text: String) async throws -> Embedded {
        let results = try await queue.submit([text], to: .query)
        guard let result = results.first else { throw EmbeddingError.shutDown }
        return result
    }

    /// Embeds texts of documents, in order, when no query needs the processor.
    ///
    /// A cancelled call returns at once; its work ends at the next batch.
    /// - Throws: ``EmbeddingError/overloaded(waiting:)``, ``EmbeddingError/cancelled`` or ``EmbeddingError/shutDown``.
    public func embedPassages(_ texts: [String]) async throws -> [Embedded] {
        if texts.isEmpty { return [] }
        return try await queue.submit(texts, to: .passage)
    }

    /// Ends the service.
    ///
    /// Refuses new work, fails what waits with ``EmbeddingError/shutDown``, and returns when the threads have ended,
    /// which takes at most a batch. May be called twice.
    public func shutdown() {
        queue.close(.query)
        queue.close(.passage)
        for thread in threads { thread.join() }
    }
}

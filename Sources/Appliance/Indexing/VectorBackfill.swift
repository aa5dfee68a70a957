import Embedding
import IndexCore
import Synchronization
import TenantStore

/// Gives vectors to the live passages of one tenant that have none.
///
/// Its queue is a query, not a table: passages without a vector in this space, by id. It works outside the writer and
/// hands results to the lane, which drops those no longer live. A text that the embedder refused three times is
/// parked and counted; it never blocks the rest. Runs while there is something to do, and ends.
final class VectorBackfill: Sendable {
    /// Passages taken from the store at once.
    static let pendingLimit = 1_024
    /// Vectors committed at once.
    static let commitSize = 256
    /// A commit waits no longer than this for more vectors.
    static let commitInterval = Duration.seconds(2)
    /// Texts given to the embedder at once: it packs them into batches of 256 tokens itself.
    static let embedSize = 16

    private let embedder: EmbeddingService
    private let engine: @Sendable () -> TenantEngine?
    private let progress = Mutex(DueWork())

    /// - Parameter engine: The tenant; `nil` when it was closed.
    init(embedder: EmbeddingService, engine: @escaping @Sendable () -> TenantEngine?) {
        self.embedder = embedder
        self.engine = engine
    }

    /// Starts the work if it does not run.
    func wake() {
        if progress.withLock({ $0.starts() }) {
            Task { @concurrent in await run() }
        }
    }

    /// Ends the work after the batch in hand.
    func stop() {
        progress.withLock { $0.stop() }
    }

    private func run() async {
        while progress.withLock({ $0.goesOn() }) {
            await pass()
        }
    }

    /// One walk over everything that waits.
    private func pass() async {
        while !isStopped, let engine = engine() {
            if engine.lacksMergeRoom {
                await engine.pauseForMerge()
                continue
            }
            do {
                let pending = try await engine.pendingPassages(limit: Self.pendingLimit)
                guard !pending.isEmpty else { return }
                let cut = try await embed(pending, for: engine)
                engine.textsCut.withLock { $0.merge(cut, uniquingKeysWith: +) }
            } catch {
                if isStopped || error as? EmbeddingError == .shutDown { return }
                engine.log.warning("embedding paused", ["reason": "\(error)"])
                try? await Task.sleep(for: .seconds(2))
            }
        }
    }

    private var isStopped: Bool { progress.withLock { $0.isStopped } }

    /// What came of some texts.
    private struct Made {
        var vectors: [NewVector] = []
        var failures: [EmbeddingFailure] = []
        /// Texts of each collection that were longer than the embedder reads.
        var cut: [UInt32: Int] = [:]

        mutating func add(_ other: Made) {
            vectors += other.vectors
            failures += other.failures
            cut.merge(other.cut, uniquingKeysWith: +)
        }
    }

    /// Embeds and commits, with work in hand for each of the embedder's threads and one call more, so that none waits.
    ///
    /// Returns how many texts of each collection were longer than the embedder reads.
    private func embed(_ pending: [PendingPassage], for engine: TenantEngine) async throws -> [UInt32: Int] {
        var rest = pending[...]
        var made = Made()
        var cut: [UInt32: Int] = [:]
        var lastCommit = ContinuousClock.now
        try await withThrowingTaskGroup(of: Made.self) { group in
            func startNext() {
                guard !rest.isEmpty, !isStopped else { return }
                let part = Array(rest.prefix(Self.embedSize))
                rest = rest.dropFirst(part.count)
                group.addTask { try await self.embed(part) }
            }
            for _ in 0...embedder.passageThreads { startNext() }
            while let part = try await group.next() {
                startNext()
                made.add(part)
                if made.vectors.count >= Self.commitSize || ContinuousClock.now - lastCommit >= Self.commitInterval {
                    try await engine.store(vectors: made.vectors, failures: made.failures)
                    cut.merge(made.cut, uniquingKeysWith: +)
                    (made, lastCommit) = (Made(), .now)
                }
            }
        }
        try await engine.store(vectors: made.vectors, failures: made.failures)
        return cut.merging(made.cut, uniquingKeysWith: +)
    }

    private func embed(_ part: [PendingPassage]) async throws -> Made {
        var made = Made()
        let texts = part.map { passage in
            DocumentContent.embeddedText(
                title: DocumentContent.indexedTitle(passage.title, heading: passage.heading), passage: passage.text)
        }
        do {
            for (passage, embedded) in zip(part, try await embedder.embedPassages(texts)) {
                made.vectors.append(
                    NewVector(collection: passage.collection, id: passage.id, vector: embedded.vector))
                if embedded.truncated { made.cut[passage.collection, default: 0] += 1 }
            }
        } catch let error as EmbeddingError where error.isPassing {
            throw error
        } catch  where part.count > 1 {
            // One of the texts is refused: find it by asking for each alone.
            for passage in part {
                made.add(try await embed([passage]))
            }
        } catch {
            if error is CancellationError { throw error }
            if let passage = part.first {
                made.failures.append(
                    EmbeddingFailure(collection: passage.collection, id: passage.id, reason: "\(error)"))
            }
        }
        return made
    }
}

/// A vector the embedder made.
struct NewVector: Sendable {
    var collection: UInt32
    var id: PassageID
    var vector: [Float]
}

/// A text the embedder refused.
struct EmbeddingFailure: Sendable {
    var collection: UInt32
    var id: PassageID
    var reason: String
}

extension EmbeddingError {
    /// Whether the embedder, not the text, is the reason.
    fileprivate var isPassing: Bool {
        switch self {
        case .overloaded, .cancelled, .shutDown: true
        default: false
        }
    }
}

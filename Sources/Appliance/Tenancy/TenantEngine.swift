import Access
import Embedding
import HNSW
import IndexCore
import Synchronization
package import TenantStore

/// One open tenant: its rows, its indexes, its writer.
///
/// Everything here is the tenant's own; there is no tenant argument anywhere below. Reads use the published snapshot
/// and never wait for writes; writes go through the lane.
package final class TenantEngine: Sendable {
    let tenant: String
    /// Closes and opens the cursors of this tenant.
    let cursors: CursorSeal
    let log: Log
    let services: EngineServices
    let published: PublishedSnapshot
    let readers: ReaderPool
    let recentNames: RecentNames
    let queryEmbedder: QueryEmbedder
    /// Of the model before the present one.
    let earlierEmbedder: QueryEmbedder
    let lane: WriterLane
    /// Passages the embedder has read only in part, by collection.
    let textsCut = Mutex<[UInt32: Int]>([:])
    private let records: ReadRecords
    private let backfill: Mutex<VectorBackfill?>
    let upkeep: IndexUpkeep
    /// Sees to it that the rankings are probed.
    let legWatch: LegWatch

    private static let mergePoll = Duration.milliseconds(100)
    /// Looks, 10 ms apart, for room in memory before a write goes on without.
    private static let roomLooks = 1_000

    /// Opens a tenant's database and its indexes.
    /// - Parameter changes: Where commits are told.
    /// - Throws: `StoreError` naming the file and what is wrong with it.
    static func open(
        _ path: String, index: IndexFolder, tenant: TenantContext, services: EngineServices,
        changes: TenantChanges = TenantChanges()
    ) async throws -> TenantEngine {
        try await services.lanes.run {
            let engine = try TenantEngine(
                path: path, index: index, tenant: tenant, services: services, changes: changes)
            engine.startBackfill()
            engine.upkeep.verify()
            engine.upkeep.look()
            engine.startReindexing()
            engine.startSpaceRebuilds()
            engine.legWatch.attach(engine)
            return engine
        }
    }

    private init(
        path: String, index: IndexFolder, tenant: TenantContext, services: EngineServices, changes: TenantChanges
    ) throws {
        self.tenant = tenant.name.rawValue
        cursors = CursorSeal(seal: services.seal, tenantUID: tenant.uid)
        self.services = services
        log = services.log
        let writer = try TenantWriter.open(path, auditHash: AuditChain.hash)
        readers = ReaderPool(path: path)
        recentNames = RecentNames(capacity: services.recentNames)
        let space = services.modelSpace
        let loaded = try readers.read { reader in
            try SnapshotLoader(
                reader: reader, modelSpace: space, folder: index,
                replayLimit: services.replayLimit
            ).load()
        }
        let state = WriterState(
            writer: writer, collections: loaded.states, modelSpace: space, indexFolder: index)
        published = PublishedSnapshot(state.snapshot)
        lane = WriterLane(state: state, published: published, changes: changes, pool: services.lanes)
        upkeep = IndexUpkeep(
            tenant: tenant.name.rawValue, folder: index, readers: readers, lane: lane, services: services,
            published: published)
        upkeep.report(loaded)
        legWatch = LegWatch(tenant: tenant.name.rawValue, services: services)
        records = ReadRecords(lane: lane)
        queryEmbedder = QueryEmbedder(service: services.embedder)
        earlierEmbedder = QueryEmbedder(service: services.earlierEmbedder)
        backfill = Mutex(nil)
    }

    private func startBackfill() {
        guard let embedder = services.embedder else { return }
        let worker = VectorBackfill(embedder: embedder) { [weak self] in self }
        backfill.withLock { $0 = worker }
        worker.wake()
    }

    /// Whether no work on index files is due or running.
    package var isIndexQuiet: Bool { upkeep.isQuiet }

    /// Whether there is nothing either that is done once nobody writes.
    package var isIndexAtRest: Bool { isIndexQuiet && published.current.restingPause == nil }

    /// Finishes what was accepted and closes the files.
    package func close() async {
        backfill.withLock { $0 }?.stop()
        legWatch.stop()
        await upkeep.stop()
        records.flush()
        await lane.close()
        readers.drain()
    }

    // MARK: Writing

    /// Adds or replaces documents.
    ///
    /// Acknowledged means durable and visible to the next search.
    package func put(_ documents: [DocumentInput], collection: String?, options: WriteOptions = WriteOptions())
        async throws
        -> WriteReport
    {
        await waitForRoom(in: collection)
        let report = try await withCheckedThrowingContinuation { continuation in
            lane.enqueue(
                .put(documents, collection: collection, options: options) { continuation.resume(with: $0) })
        }
        startIndexing(report)
        return report
    }

    /// Changes parts of one document.
    /// - Throws: ``ApplianceError/documentNotFound(id:)``, ``ApplianceError/ambiguousDocument(id:collections:)``.
    package func patch(
        _ id: String, with patch: DocumentPatch, collection: String?, options: WriteOptions = WriteOptions()
    ) async throws -> WriteReport {
        let report = try await withCheckedThrowingContinuation { continuation in
            lane.enqueue(
                .patch(id, patch, collection: collection, options: options) { continuation.resume(with: $0) })
        }
        startIndexing(report)
        return report
    }

    /// Waits while keyword segments in memory have no place among the files and one is being made, or vectors wait for
    /// their merge: a bulk load is faster than the merges of a busy machine, and memory would hold the difference.
    ///
    /// Ten seconds at most, and not where files cannot be written: then memory has to take it.
    private func waitForRoom(in collection: String?) async {
        for _ in 0..<Self.roomLooks {
            let isFull = published.current.collections.contains {
                $0.isMemoryFull && $0.hasIndexWork && collection ?? $0.record.name == $0.record.name
            }
            guard isFull, (try? await Task.sleep(for: .milliseconds(10))) != nil else { return }
        }
    }

    private func startIndexing(_ report: WriteReport) {
        guard report.added + report.updated > 0 else { return }
        wakeEmbedder()
        upkeep.look()
        legWatch.look()
    }

    /// Deletes documents by id; unknown ids are counted.
    /// - Parameter filter: Only documents that pass it when their turn comes are deleted.
    package func delete(
        _ ids: [String], matching filter: DocumentCondition? = nil, collection: String?,
        options: WriteOptions = WriteOptions()
    ) async throws -> DeleteReport {
        let report = try await withCheckedThrowingContinuation { continuation in
            lane.enqueue(
                .delete(ids, matching: filter, collection: collection, options: options) {
                    continuation.resume(with: $0)
                })
        }
        upkeep.look()
        return report
    }

    /// Makes a collection; an existing one with the same settings is left as it is.
    package func createCollection(_ name: String, passages: PassageMode, options: WriteOptions = WriteOptions())
        async throws
    {
        var options = options
        options.passages = passages
        _ = try await put([], collection: name, options: options)
    }

    /// Usage and audit of a read.
    ///
    /// `false` when the queue is full: nothing more may be written down now.
    package func recordRead(usage: UsageRow, audit: AuditRow?) -> Bool {
        records.append(usage: usage, audit: audit)
    }

    // MARK: Embedding

    /// Passages that wait for a vector.
    var waitingPassageCount: Int { published.current.collections.reduce(0) { $0 + $1.waitingCount } }

    /// Tells the embedder that passages may be waiting.
    func wakeEmbedder() {
        backfill.withLock { $0 }?.wake()
    }

    /// Passages without a vector, oldest first.
    func pendingPassages(limit: Int) async throws -> [PendingPassage] {
        let snapshot = published.current
        guard snapshot.collections.contains(where: { $0.waitingCount > 0 }) else { return [] }
        return try await services.lanes.run { [readers, services] in
            try readers.read { reader in
                try reader.pendingPassages(space: services.modelSpace.name, limit: limit)
            }
        }
    }

    /// Commits vectors and refusals; what is no longer live is dropped.
    func store(vectors: [NewVector], failures: [EmbeddingFailure]) async throws {
        guard !vectors.isEmpty || !failures.isEmpty else { return }
        try await step { state in
            try state.store(vectors: vectors, failures: failures)
        }
        upkeep.look()
        legWatch.look()
    }

    /// Whether a delta is so large that a merge must come first.
    var lacksMergeRoom: Bool {
        published.current.collections.contains { collection in
            collection.spaces.contains(where: \.lacksMergeRoom)
        }
    }

    /// Has a full delta merged, and returns after a moment, whether or not that is done.
    func pauseForMerge() async {
        upkeep.look()
        try? await Task.sleep(for: Self.mergePoll)
    }

    /// Runs `body` alone in the writer's turn.
    func step(_ body: @escaping @Sendable (inout WriterState) throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            lane.enqueue(.step(body) { continuation.resume(with: $0) })
        }
    }
}

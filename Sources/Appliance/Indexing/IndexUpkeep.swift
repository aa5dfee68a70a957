import BM25
import HNSW
import IndexCore
import Synchronization
import TenantStore

/// Brings one tenant's indexes to files, joins them, and makes anew what was lost.
///
/// Plans are made and results installed in the writer's turn; the work between runs on other threads, from immutable
/// parts, while documents come and go. Flushes and rebuilding run on the lanes' threads at normal priority, merges on the
/// server's merge threads. What each kind of work is, ``IndexWork`` and ``WriterState`` know.
final class IndexUpkeep: Sendable {
    /// Passages indexed anew between two looks at what else there is to do.
    static let rebuildSlice = 8_192
    /// Vectors read again between two such looks: they are put into the index in the writer's turn.
    static let vectorSlice = 2_048

    private struct Running {
        var isStopped = false
        /// A look at what is due is on its way to the writer.
        var isLooking = false
        /// Somebody waits for the tenant to be left in peace.
        var isAwaitingRest = false
        var jobs = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let tenant: String
    let folder: IndexFolder
    private let readers: ReaderPool
    let lane: WriterLane
    let services: EngineServices
    let published: PublishedSnapshot
    private let running = Mutex(Running())

    init(
        tenant: String, folder: IndexFolder, readers: ReaderPool, lane: WriterLane, services: EngineServices,
        published: PublishedSnapshot
    ) {
        self.tenant = tenant
        self.folder = folder
        self.readers = readers
        self.lane = lane
        self.services = services
        self.published = published
    }

    /// Ends what runs, at its next block, and begins nothing more.
    func stop() async {
        await withCheckedContinuation { continuation in
            let isQuiet = running.withLock { running in
                running.isStopped = true
                if running.jobs > 0 { running.waiting.append(continuation) }
                return running.jobs == 0
            }
            if isQuiet { continuation.resume() }
        }
        services.ledger.forget(tenant: tenant)
    }

    var isStopped: Bool { running.withLock { $0.isStopped } }
    private var deadline: SearchDeadline { SearchDeadline(instant: nil) { [weak self] in self?.isStopped ?? true } }

    /// Whether nothing is due or at work.
    var isQuiet: Bool {
        let isAtWork = running.withLock { $0.isLooking || $0.jobs > 0 }
        return !isAtWork
            && !published.current.collections.contains { $0.isIndexWorkDue || $0.hasIndexWork || $0.isCompacting }
    }

    // MARK: What is due

    /// Starts what is due; cheap where nothing is.
    func look() {
        guard published.current.collections.contains(where: \.isIndexWorkDue) else {
            awaitRest()
            return
        }
        let starts = running.withLock { running in
            guard !running.isStopped, !running.isLooking else { return false }
            running.isLooking = true
            return true
        }
        guard starts else { return }
        take({ $0.takeIndexWork() }, then: { [self] in running.withLock { $0.isLooking = false } })
    }

    /// Starts the work that `take` finds in the writer's turn.
    private func take(
        _ take: @escaping @Sendable (inout WriterState) -> [IndexWork], then: @escaping @Sendable () -> Void
    ) {
        let found = Mutex<[IndexWork]>([])
        lane.enqueue(
            .step(
                { state in
                    let work = take(&state)
                    found.withLock { $0 = work }
                },
                answer: { [self] _ in
                    then()
                    for work in found.withLock({ $0 }) { start(work) }
                }))
    }

    // MARK: Rest

    /// Has keyword segments joined that nothing else asks to join, once nothing was written for a while.
    ///
    /// The pause grows with what there is to be joined: whatever the rhythm of writes, it costs a small share of a core.
    private func awaitRest() {
        guard published.current.restingPause != nil else { return }
        let waits = running.withLock { running in
            guard !running.isStopped, !running.isAwaitingRest else { return false }
            running.isAwaitingRest = true
            return true
        }
        guard waits else { return }
        Task { @concurrent [weak self, least = services.restingPause] in
            var seen: Int64?
            while let snapshot = self?.published.current, let pause = snapshot.restingPause, snapshot.sequence != seen {
                seen = snapshot.sequence
                try? await Task.sleep(for: max(least, pause))
            }
            self?.rest(since: seen)
        }
    }

    private func rest(since sequence: Int64?) {
        running.withLock { $0.isAwaitingRest = false }
        guard !isStopped, published.current.sequence == sequence else { return }
        take({ $0.takeRestingWork() }, then: {})
    }

    private func start(_ work: IndexWork) {
        let pool =
            switch work.pool {
            case .lanes: services.lanes
            case .keywordMerges: services.keywordMerges
            case .merges: services.merges
            case .urgentMerges: services.urgentMerges
            case .rebuilds: services.rebuilds
            }
        let accepted = pool.submit { [self] in
            guard begin() else { return }
            perform(work)
            end()
        }
        if !accepted { abandon(work, nil, because: "the server's threads have too much to do") }
    }

    func begin() -> Bool {
        running.withLock { running in
            guard !running.isStopped else { return false }
            running.jobs += 1
            return true
        }
    }

    func end() {
        let waiting = running.withLock { running in
            running.jobs -= 1
            guard running.jobs == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { running.waiting = [] }
            return running.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    // MARK: Work

    private func perform(_ work: IndexWork) {
        var product: IndexProduct?
        do {
            // What has rotted must not be copied into a new file, whose checksums would be right.
            for file in work.inputs {
                if let defect = file.verify() { throw SegmentFileError.damaged(path: file.path, defect) }
            }
            let made = try make(work) { product = $0 }
            product = made
            if let damaged = work.inputs.first(where: \.isDamaged) {
                throw SegmentFileError.damaged(path: damaged.path, .unreadable)
            }
            install(made, of: work)
        } catch {
            guard !isStopped else { return }
            if work.inputs.contains(where: \.isDamaged) {
                repair()
            } else if !work.isHastened {
                report(error, work)
            }
            abandon(work, product, because: "\(error)")
        }
    }

    /// Does the work.
    /// - Parameter keep: Told what files there are before all of them are.
    private func make(_ work: IndexWork, keep: (IndexProduct) -> Void) throws -> IndexProduct {
        switch work.task {
        case .flush(let plan), .merge(let plan), .settle(let plan):
            let spill = try folder.spill(of: work.collection)
            guard let segment = try plan.run(live: work.live, spill: spill, deadline: deadline) else {
                return .segment(nil)
            }
            let file = try folder.publish(segment.sections, as: .keywords, of: work.collection)
            return .segment(try BM25Segment(sections: SegmentSections(file)))
        case .rebuild(let range, let index, _):
            let slice = try readers.read { reader in
                try PassageIndexer(reader: reader, collection: work.collection, parameters: index.parameters)
                    .slice(of: range, limit: Self.rebuildSlice) { index.contains($0) }
            }
            services.ledger.countRebuilt(slice.segment?.passageCount ?? 0)
            return .slice(slice)
        case .mergeVectors(let merge, let run, _):
            let stops = SearchDeadline(instant: nil) { [weak self] in run.isHastened || self?.isStopped ?? true }
            let result = try merge.run(threads: services.mergeThreads, deadline: stops) { run.note(progress: $0) }
            guard let segment = result.segment else { return .vectors(nil, written: []) }
            var written: [String] = []
            let twin = try folder.publish(segment, of: work.collection) { name in
                written.append(name)
                keep(.vectors(nil, written: written))
            }
            return .vectors(twin, written: written)
        case .rebuildVectors(let range, let index, _):
            guard case .vectors(let space) = work.part else {
                throw ApplianceError.internalFault("vectors of no space")
            }
            let slice = try readers.read { reader in
                try VectorReplay(reader: reader, collection: work.collection, space: space)
                    .slice(of: range, limit: Self.vectorSlice) { index.contains($0) || !work.live.contains($0) }
            }
            services.ledger.countRereadVectors(slice.rows.count)
            return .vectorSlice(slice)
        }
    }

    private func install(_ product: IndexProduct, of work: IndexWork) {
        lane.enqueue(
            .step(
                { state in try state.install(product, of: work) },
                answer: { [self] result in
                    switch result {
                    case .success:
                        count(work)
                        noteCompleteness()
                        look()
                        if !product.files.isEmpty { verify() }
                    case .failure(let error):
                        guard !isStopped else { return }
                        report(error, work)
                        abandon(work, product, because: "\(error)")
                    }
                }))
    }

    private func count(_ work: IndexWork) {
        switch work.task {
        case .flush:
            services.ledger.count(.flush)
            services.ledger.note(place(work.collection), isUnwritable: false)
        case .merge, .settle: services.ledger.count(.merge)
        case .mergeVectors:
            services.ledger.count(.vectorMerge)
            services.ledger.note(place(work.collection), isUnwritable: false)
        case .rebuild, .rebuildVectors: break
        }
    }

    private func abandon(_ work: IndexWork, _ product: IndexProduct?, because reason: String) {
        let pauses = Mutex<Int?>(nil)
        lane.enqueue(
            .step(
                { state in
                    let count = state.abandon(work, product, because: reason)
                    pauses.withLock { $0 = count }
                },
                answer: { [self] _ in
                    if let count = pauses.withLock({ $0 }) {
                        resume(work, after: services.retryPause * count)
                    } else {
                        // A merge that was stopped for one at normal priority is due at once, whether or not anybody writes.
                        look()
                    }
                }))
    }

    /// Tries work again that nothing else would bring back.
    private func resume(_ work: IndexWork, after pause: Duration) {
        Task { @concurrent [weak self] in
            try? await Task.sleep(for: pause)
            guard let self, !isStopped else { return }
            lane.enqueue(.step({ state in state.resume(work) }, answer: { [self] _ in look() }))
        }
    }

    private func report(_ error: any Error, _ work: IndexWork) {
        switch work.task {
        case .rebuild, .rebuildVectors:
            services.log.error("indexing again failed", fields(work.collection, "\(error)"))
            return
        case .flush, .merge, .settle, .mergeVectors: break
        }
        services.ledger.count(.failure)
        services.ledger.note(place(work.collection), isUnwritable: true)
        services.log.warning("index file not written", fields(work.collection, "\(error)"))
    }

    func fields(_ collection: UInt32, _ reason: String) -> KeyValuePairs<String, String> {
        ["tenant": tenant, "collection": String(collection), "reason": reason]
    }

    func place(_ collection: UInt32) -> IndexLedger.Place {
        IndexLedger.Place(tenant: tenant, collection: collection)
    }
}

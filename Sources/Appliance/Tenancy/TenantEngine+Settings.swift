import BM25
import IndexCore
import Synchronization
import TenantStore

extension TenantEngine {
    /// Passages of one segment of a new index, which are read in one go.
    private static let reindexPage = 4_096

    /// Changes what was set about a collection.
    ///
    /// Durable when it returns. Where it changes the terms or the weight of titles, a new index is made in the background;
    /// searches use the old one until then.
    /// - Throws: ``ApplianceError/unknownCollection(name:existing:)``, and ``ApplianceError/settingsChanged(collection:)``
    ///   where the options have a condition that does not hold.
    package func changeSettings(
        of collection: String, to settings: CollectionSettings, options: WriteOptions = WriteOptions()
    ) async throws {
        try await step { state in try state.changeSettings(of: collection, to: settings, options: options) }
        startReindexing()
        startSpaceRebuilds()
    }

    /// Makes the indexes anew whose settings are not yet in use: after a change, and after a restart in the middle of one.
    func startReindexing() {
        guard published.current.collections.contains(where: { !$0.isIndexCurrent }) else { return }
        let begun = Mutex<[Reindexing]>([])
        lane.enqueue(
            .step(
                { state in
                    let reindexings = state.takeReindexings()
                    begun.withLock { $0 = reindexings }
                },
                answer: { [weak self] _ in
                    for reindexing in begun.withLock({ $0 }) {
                        self?.extend(BM25Index(parameters: reindexing.parameters), of: reindexing, after: nil)
                    }
                }))
    }

    /// Adds the next passages to a new index; page by page, so that several collections take turns.
    private func extend(_ index: BM25Index, of reindexing: Reindexing, after last: PassageID?) {
        let progress = reindexing.progress
        let accepted = services.rebuilds.submit { [weak self] in
            guard let self, isWanted(progress) else { return }
            do {
                var index = index
                if let last = try readPage(of: reindexing, after: last, into: &index) {
                    extend(index, of: reindexing, after: last)
                } else {
                    install(index, of: reindexing)
                }
            } catch {
                giveUp(progress, because: error)
            }
        }
        if !accepted { giveUp(progress, because: ApplianceError.busy(retryAfter: .seconds(1))) }
    }

    private func isWanted(_ progress: ReindexProgress) -> Bool {
        published.current.collections.contains { $0.reindexing === progress }
    }

    /// - Returns: The last passage read, or nil when there are no more.
    private func readPage(of reindexing: Reindexing, after last: PassageID?, into index: inout BM25Index) throws
        -> PassageID?
    {
        var builder = BM25SegmentBuilder(parameters: reindexing.parameters)
        var reached: PassageID?
        try readers.read { reader in
            try reader.forEachPassage(in: reindexing.progress.collection, after: last) { passage, title in
                let isFull = builder.passageCount >= Self.reindexPage && passage.id == passage.document
                guard !isFull, passage.id.rawValue < reindexing.firstNewPassage else { return false }
                builder.add(
                    passage.id, document: passage.document,
                    title: DocumentContent.indexedTitle(title, heading: passage.heading), text: passage.text)
                reached = passage.id
                return true
            }
        }
        reindexing.progress.add(builder.passageCount)
        if builder.passageCount > 0 { index.append(builder.build()) }
        return reached
    }

    private func install(_ index: BM25Index, of reindexing: Reindexing) {
        let progress = reindexing.progress
        let written = Mutex<[BM25Segment]>([])
        lane.enqueue(
            .step(
                { state in
                    let more = try state.install(index, by: progress)
                    written.withLock { $0 = more ?? [] }
                },
                answer: { [weak self] result in
                    let more = written.withLock { $0 }
                    switch result {
                    case .failure(let error): self?.giveUp(progress, because: error)
                    case .success where !more.isEmpty: self?.append(more, to: index, of: reindexing)
                    case .success:
                        self?.upkeep.look()
                        self?.legWatch.look()
                    }
                }))
    }

    /// Adds what was written meanwhile, outside the writer's turn.
    private func append(_ segments: [BM25Segment], to index: BM25Index, of reindexing: Reindexing) {
        let accepted = services.rebuilds.submit { [weak self] in
            var index = index
            for segment in segments { index.append(segment) }
            self?.install(index, of: reindexing)
        }
        if !accepted { giveUp(reindexing.progress, because: ApplianceError.busy(retryAfter: .seconds(1))) }
    }

    /// Leaves the old index in use, and tries again after a pause.
    private func giveUp(_ progress: ReindexProgress, because error: any Error) {
        if case ApplianceError.shuttingDown = error { return }
        log.warning("re-indexing failed", ["collection": String(progress.collection), "reason": "\(error)"])
        pause({ $0.endReindexing(progress) }) { [weak self] in
            self?.lane.enqueue(
                .step(
                    { state in state.resumeReindexing(of: progress.collection) },
                    answer: { [weak self] _ in self?.startReindexing() }))
        }
    }

    /// Ends a work that failed, and has it begun again when its pause is over.
    /// - Parameter end: In the writer's turn; how many first pauses to wait, nil for not again.
    func pause(
        _ end: @escaping @Sendable (inout WriterState) -> Int?, then begin: @escaping @Sendable () -> Void
    ) {
        let pauses = Mutex<Int?>(nil)
        lane.enqueue(
            .step(
                { state in
                    let count = end(&state)
                    pauses.withLock { $0 = count }
                },
                answer: { [weak self] _ in
                    guard let self, let count = pauses.withLock({ $0 }) else { return }
                    Task { @concurrent [weak self, pause = services.retryPause * count] in
                        try? await Task.sleep(for: pause)
                        if self?.upkeep.isStopped == false { begin() }
                    }
                }))
    }
}

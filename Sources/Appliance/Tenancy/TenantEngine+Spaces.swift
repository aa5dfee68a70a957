import HNSW
import IndexCore
import Synchronization
import TenantStore

extension TenantEngine {
    /// Vectors read in one go while an index is made anew.
    private static let vectorPage = 4_096

    /// Makes a vector space for callers' vectors, or changes its settings.
    ///
    /// Durable when it returns. Where the settings change the index, a new one is made in the background; searches use the
    /// old one until then.
    /// - Returns: Whether it was made.
    @discardableResult
    package func put(_ change: SpaceChange, options: WriteOptions = WriteOptions()) async throws -> Bool {
        let isMade = Mutex(false)
        try await step { state in
            let made = try state.put(change, options: options)
            isMade.withLock { $0 = made }
        }
        startSpaceRebuilds()
        return isMade.withLock { $0 }
    }

    /// Deletes a vector space with all its vectors.
    /// - Returns: How many there were.
    func dropSpace(_ space: String, of collection: String, options: WriteOptions = WriteOptions()) async throws -> Int {
        let dropped = Mutex(0)
        try await step { state in
            let count = try state.dropSpace(space, of: collection, options: options)
            dropped.withLock { $0 = count }
        }
        return dropped.withLock { $0 }
    }

    /// Makes the indexes of vectors anew whose settings are not yet in use.
    func startSpaceRebuilds() {
        guard published.current.collections.contains(where: { $0.spaces.contains { !$0.isCurrent } }) else { return }
        let begun = Mutex<[SpaceRebuild]>([])
        lane.enqueue(
            .step(
                { state in
                    let rebuilds = state.takeSpaceRebuilds()
                    begun.withLock { $0 = rebuilds }
                },
                answer: { [weak self] _ in
                    for rebuild in begun.withLock({ $0 }) { self?.advance(SpaceDraft(rebuild), of: rebuild) }
                }))
    }

    /// Does the next part of an index under way; part by part, so that several take turns.
    private func advance(_ draft: SpaceDraft, of rebuild: SpaceRebuild) {
        let accepted = services.rebuilds.submit { [weak self] in
            guard let self else { return }
            guard isWanted(rebuild) else { return discard(draft, of: rebuild, because: CancellationError()) }
            var draft = draft
            do {
                let present = published.current.sequence
                if !draft.isWalked {
                    try walk(&draft, of: rebuild, from: present)
                } else if try catchUp(&draft, of: rebuild, to: present) {
                    if draft.merged != nil || !draft.index.isMergeDue { return install(draft, of: rebuild) }
                    try merge(&draft, of: rebuild)
                }
                advance(draft, of: rebuild)
            } catch {
                discard(draft, of: rebuild, because: error)
            }
        }
        if !accepted { discard(draft, of: rebuild, because: ApplianceError.busy(retryAfter: .seconds(1))) }
    }

    private func isWanted(_ rebuild: SpaceRebuild) -> Bool {
        !upkeep.isStopped
            && published.current.collections.contains { collection in
                collection.record.id == rebuild.collection
                    && collection.space(named: rebuild.space.name)?.rebuilding === rebuild.progress
            }
    }

    /// Reads the next page of rows; what arrives behind the walk is caught up with by its sequence.
    private func walk(_ draft: inout SpaceDraft, of rebuild: SpaceRebuild, from present: Int64) throws {
        let live = live(of: rebuild)
        if draft.last == nil {
            draft.sequence = present
            draft.expect(live.count)
        }
        var count = 0
        try readers.read { reader in
            try reader.forEachVector(in: rebuild.collection, space: rebuild.space.name, after: draft.last) {
                id, document, bytes in
                guard count < Self.vectorPage else { return false }
                count += 1
                draft.last = id
                if live.contains(id) { try draft.append(id, document, bytes) }
                return true
            }
        }
        rebuild.progress.add(count)
        draft.isWalked = count < Self.vectorPage
    }

    /// Reads what arrived since; whether that was little enough for the rest to be added in the writer's turn.
    private func catchUp(_ draft: inout SpaceDraft, of rebuild: SpaceRebuild, to present: Int64) throws -> Bool {
        let live = live(of: rebuild)
        var count = 0
        try readers.read { reader in
            try reader.forEachVector(in: rebuild.collection, space: rebuild.space.name, newerThan: draft.sequence) {
                id, document, bytes in
                count += 1
                if live.contains(id) { try draft.append(id, document, bytes) }
                return true
            }
        }
        draft.sequence = present
        return count <= WriterState.vectorsAtSwap
    }

    private func live(of rebuild: SpaceRebuild) -> IDSet {
        published.current.collections.first { $0.record.id == rebuild.collection }?.live ?? IDSet()
    }

    /// Makes the segment of all that is there, and writes it to files.
    private func merge(_ draft: inout SpaceDraft, of rebuild: SpaceRebuild) throws {
        let merge = draft.index.merge(live: live(of: rebuild))
        let stops = SearchDeadline(instant: nil) { [weak self] in self?.isWanted(rebuild) != true }
        let result = try merge.run(threads: services.mergeThreads, deadline: stops)
        var written: [String] = []
        defer { draft.merged = (draft.sequence, written) }
        guard let segment = result.segment else { return }
        let twin = try upkeep.folder.publish(segment, of: rebuild.collection) { written.append($0) }
        draft.index.install(twin, from: merge)
    }

    private func install(_ draft: SpaceDraft, of rebuild: SpaceRebuild) {
        let isDone = Mutex(false)
        lane.enqueue(
            .step(
                { state in
                    let done = try state.install(draft, of: rebuild)
                    isDone.withLock { $0 = done }
                },
                answer: { [weak self] result in
                    switch result {
                    case .failure(let error): self?.discard(draft, of: rebuild, because: error)
                    case .success where !isDone.withLock({ $0 }): self?.advance(draft, of: rebuild)
                    case .success: self?.upkeep.look()
                    }
                }))
    }

    /// Leaves the old index in use, and tries again after a pause.
    private func discard(_ draft: SpaceDraft, of rebuild: SpaceRebuild, because error: any Error) {
        if case ApplianceError.shuttingDown = error { return }
        if isWanted(rebuild) {
            log.warning(
                "making vectors' index anew failed",
                ["collection": String(rebuild.collection), "space": rebuild.space.name, "reason": "\(error)"])
        }
        pause({ $0.endRebuild(rebuild, leaving: draft) }) { [weak self] in
            self?.lane.enqueue(
                .step(
                    { state in state.resumeRebuild(rebuild) },
                    answer: { [weak self] _ in self?.startSpaceRebuilds() }))
        }
    }
}

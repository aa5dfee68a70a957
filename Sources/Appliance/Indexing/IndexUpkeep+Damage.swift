import IndexCore
import Synchronization
import TenantStore

/// What becomes of files that are not what they should be.
extension IndexUpkeep {
    /// Tells of what was found when the tenant was opened, and puts files aside that are not what they should be.
    func report(_ loaded: SnapshotLoader.Loaded) {
        services.ledger.countReplayed(loaded.replayedPassages)
        services.ledger.countReplayedVectors(loaded.replayedVectors)
        for (collection, file, error) in loaded.lost {
            services.ledger.count(.damage)
            services.log.error("index file lost", fields(collection, "\(error)"))
            if case SegmentFileError.system = error { continue }
            folder.quarantine(file, of: collection)
        }
        noteCompleteness()
    }

    /// Looks at files that nobody has checked, on another thread.
    func verify() {
        let files = published.current.collections.flatMap(\.unverifiedFiles)
        guard !files.isEmpty else { return }
        _ = services.lanes.submit { [self] in
            guard begin() else { return }
            for file in files where !isStopped { file.verify() }
            end()
            if files.contains(where: \.isDamaged) { repair() }
        }
    }

    /// Takes damaged files out of the index, puts them aside and starts to make them anew.
    func repair() {
        let found = Mutex<[(collection: UInt32, file: SegmentFile)]>([])
        lane.enqueue(
            .step(
                { [folder] state in
                    let damaged = state.detachDamaged()
                    for (collection, file) in damaged { folder.quarantine(file.name, of: collection) }
                    found.withLock { $0 = damaged }
                },
                answer: { [self] _ in
                    for (collection, file) in found.withLock({ $0 }) {
                        services.ledger.count(.damage)
                        services.log.error(
                            "index file damaged",
                            fields(
                                collection, "\(file.name): \(file.verify()?.description ?? "its contents are wrong")"))
                    }
                    noteCompleteness()
                    look()
                }))
    }

    /// Tells the ledger which collections miss passages.
    func noteCompleteness() {
        guard !isStopped else { return }
        for collection in published.current.collections {
            services.ledger.note(place(collection.record.id), isIncomplete: collection.isIncomplete)
        }
    }
}

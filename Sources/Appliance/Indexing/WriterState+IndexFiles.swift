import BM25
import IndexCore
import TenantStore

/// Something to be done about a collection's keyword index outside of the writer's turn.
struct IndexWork: Sendable {
    enum Task: Sendable {
        /// Segments in memory become a file.
        case flush(BM25SegmentPlan)
        /// Files become one.
        case merge(BM25SegmentPlan)
        /// Passages with these ids are indexed anew, but for those that the index holds.
        ///
        /// `detachments` is the count of files that had been taken out of that index.
        case rebuild(ClosedRange<UInt32>, besides: BM25Index, detachments: Int)
    }

    let collection: UInt32
    /// That of the index it was planned for.
    let generation: Int
    /// What lived then; deaths since are seen when the result is installed.
    let live: IDSet
    let task: Task
}

extension WriterState {
    private func name(of collection: UInt32) -> String? {
        collections.first { $0.value.record.id == collection }?.key
    }

    /// The work that is due, marked as running.
    mutating func takeIndexWork() -> [IndexWork] {
        var work: [IndexWork] = []
        for name in collections.keys.sorted() {
            guard var state = collections[name] else { continue }
            func add(_ task: IndexWork.Task) {
                work.append(
                    IndexWork(
                        collection: state.record.id, generation: state.files.generation, live: state.live, task: task))
            }
            if let plan = state.takeDueFlush() {
                add(.flush(plan))
                state.files.isFlushing = true
            }
            if let plan = state.takeDueMerge() {
                add(.merge(plan))
                state.files.isMerging = true
            }
            if let range = state.dueRebuild {
                add(.rebuild(range, besides: state.keywords, detachments: state.files.detachments))
                state.files.isRebuilding = true
            }
            collections[name] = state
        }
        return work
    }

    /// Puts the result of a flush or merge in the place of what it was made from: in the manifest, then in the index; then
    /// the files that it replaces are removed.
    ///
    /// After an error everything is as it was, and the work may be tried again.
    /// - Parameter segment: In its file; nil where nothing of the parts lives.
    mutating func install(_ segment: BM25Segment?, from plan: BM25SegmentPlan, of work: IndexWork) throws {
        guard let name = name(of: work.collection), var state = collections[name] else {
            indexFolder.removeCollection(work.collection)
            return
        }
        guard state.files.generation == work.generation else {
            // The index was replaced meanwhile; its manifest does not name the new file.
            discard(segment, of: state)
            return
        }
        let before = Self.names(of: state)
        guard state.keywords.install(segment, from: plan) else {
            // One of the parts was found damaged meanwhile.
            abandon(work, segment: segment)
            return
        }
        try save(&state)
        switch work.task {
        case .flush:
            state.files.isFlushing = false
            state.files.flushesAgainAt = 0
            state.files.pausesMerges = false
        case .merge: state.files.isMerging = false
        case .rebuild: break
        }
        collections[name] = state
        remove(before.subtracting(Self.names(of: state)), of: work.collection)
    }

    /// Takes note of work that came to nothing; what it was to replace stays.
    /// - Parameter segment: What was written before the failure.
    mutating func abandon(_ work: IndexWork, segment: BM25Segment?) {
        guard let name = name(of: work.collection), var state = collections[name],
            state.files.generation == work.generation
        else { return }
        switch work.task {
        case .flush(let plan):
            state.keywords.abandon(plan)
            state.files.isFlushing = false
            state.postponeFlush()
        case .merge(let plan):
            state.keywords.abandon(plan)
            state.files.isMerging = false
            state.files.pausesMerges = true
        case .rebuild:
            state.files.isRebuilding = false
        }
        collections[name] = state
        discard(segment, of: state)
    }

    /// Removes the file of a segment that is not in the index.
    private func discard(_ segment: BM25Segment?, of state: CollectionState) {
        guard let file = segment?.file, !Self.names(of: state).contains(file.name) else { return }
        indexFolder.remove(file.name, of: state.record.id)
    }

    /// Adds passages that were indexed anew.
    mutating func install(_ slice: PassageIndexer.Slice, of work: IndexWork) {
        guard let name = name(of: work.collection), var state = collections[name],
            state.files.generation == work.generation, case .rebuild(let range, _, let detachments) = work.task
        else { return }
        state.add(slice)
        // Otherwise the same ids are gone through once more, for what the files taken out meanwhile had held.
        if state.files.detachments == detachments, slice.end >= range.lowerBound {
            state.files.close(range.lowerBound...slice.end)
        }
        state.files.isRebuilding = false
        if state.files.gaps.isEmpty { state.files.flushBefore = state.record.nextPassage }
        collections[name] = state
    }

    /// Takes segments whose files are damaged out of the index; their passages are to be indexed anew.
    ///
    /// The manifest goes on naming the files until others have taken their place: a tenant that is opened before finds them
    /// missing, and begins again.
    /// - Returns: The files, by collection.
    mutating func detachDamaged() -> [(collection: UInt32, file: SegmentFile)] {
        var found: [(collection: UInt32, file: SegmentFile)] = []
        for name in collections.keys.sorted() {
            guard var state = collections[name] else { continue }
            let damaged = state.keywords.fileSegments.filter { $0.file?.isDamaged == true }
            guard !damaged.isEmpty else { continue }
            state.keywords.detach { segment in damaged.contains { $0 === segment } }
            state.files.addGaps(damaged.map(\.idRange))
            state.files.detachments += 1
            collections[name] = state
            found += damaged.compactMap { $0.file }.map { (state.record.id, $0) }
        }
        return found
    }

    private func save(_ state: inout CollectionState) throws {
        let manifest = try state.manifest(by: writer)
        try writer.transaction { try writer.saveManifest(manifest, of: state.record.id, engine: .bm25) }
    }

    /// Removes files that no manifest names any more.
    func remove(_ names: Set<String>, of collection: UInt32) {
        for name in names { indexFolder.remove(name, of: collection) }
    }

    /// The names of the files the index lies in.
    static func names(of state: CollectionState) -> Set<String> {
        Set(state.keywords.fileSegments.compactMap { $0.file?.name })
    }
}

import BM25
import HNSW
import IndexCore
import TenantStore

extension WriterState {
    /// The name of the collection with this number.
    func name(of collection: UInt32) -> String? {
        collections.first { $0.value.record.id == collection }?.key
    }

    /// The work that is due, marked as running.
    mutating func takeIndexWork() -> [IndexWork] {
        var work: [IndexWork] = []
        for name in collections.keys.sorted() {
            guard var state = collections[name] else { continue }
            takeKeywordWork(of: &state, into: &work)
            for space in state.spaces.keys.sorted() { takeVectorWork(of: space, in: &state, into: &work) }
            collections[name] = state
        }
        return work
    }

    /// What a tenant that is left in peace is worth, marked as running.
    mutating func takeRestingWork() -> [IndexWork] {
        var work: [IndexWork] = []
        for name in collections.keys.sorted() {
            guard let plan = collections[name]?.takeRestingMerge(), let state = collections[name] else { continue }
            work.append(
                IndexWork(
                    collection: state.record.id, part: .keywords, identity: state.files.identity, live: state.live,
                    task: .settle(plan)))
        }
        return work
    }

    private func takeKeywordWork(of state: inout CollectionState, into work: inout [IndexWork]) {
        func add(_ task: IndexWork.Task) {
            work.append(
                IndexWork(
                    collection: state.record.id, part: .keywords, identity: state.files.identity,
                    live: state.live, task: task))
        }
        if let plan = state.takeDueFlush() {
            add(.flush(plan))
            state.files.isFlushing = true
        }
        if let plan = state.takeDueMerge() {
            add(.merge(plan))
            state.files.isMerging = true
        }
        if let range = state.files.dueRebuild {
            add(.rebuild(range, besides: state.keywords, detachments: state.files.detachments))
            state.files.isRebuilding = true
        }
    }

    private func takeVectorWork(of name: String, in state: inout CollectionState, into work: inout [IndexWork]) {
        guard var space = state.spaces[name] else { return }
        func add(_ task: IndexWork.Task) {
            work.append(
                IndexWork(
                    collection: state.record.id, part: .vectors(space: name), identity: space.files.identity,
                    live: state.live, task: task))
        }
        if space.mergeMustHasten { space.mergeRun?.hasten() }
        if space.hasIdleCompaction { space.files.compaction = nil }
        if let (merge, run) = space.dueMerge(live: state.live) {
            // While vectors are missing nothing is promised: whoever opens the tenant then looks at each of them.
            add(.mergeVectors(merge, run, sequence: space.files.gaps.isEmpty ? writer.sequence : 0))
            space.files.isMerging = true
            space.mergeRun = run
            if run.isCompaction { space.files.compaction = .ending }
        }
        if let range = space.dueRebuild {
            add(.rebuildVectors(range, besides: space.vectors, detachments: space.files.detachments))
            space.files.isRebuilding = true
        }
        state.spaces[name] = space
    }

    /// Puts what came of some work in its place: in the manifest, then in the index; then the files that it replaces are
    /// removed.
    ///
    /// After an error everything is as it was, and the work may be tried again.
    mutating func install(_ product: IndexProduct, of work: IndexWork) throws {
        guard let name = name(of: work.collection), var state = collections[name] else {
            indexFolder.removeCollection(work.collection)
            return
        }
        let before = Self.names(of: state).union(state.files(of: work.part)?.leftovers ?? [])
        // An index that was replaced meanwhile does not want what was made for the one before.
        guard state.files(of: work.part)?.identity === work.identity else {
            discard(product, of: state)
            return
        }
        guard try install(product, of: work, in: &state) else {
            // One of the parts was found damaged meanwhile.
            _ = abandon(work, product, because: "a file was found damaged meanwhile")
            return
        }
        if !product.isSlice { state.changeFiles(of: work.part) { $0.leftovers = [] } }
        collections[name] = state
        remove(before.subtracting(Self.names(of: state)).subtracting(state.leftovers), of: work.collection)
    }

    /// - Returns: Whether it is in its place.
    private func install(
        _ product: IndexProduct, of work: IndexWork, in state: inout CollectionState
    ) throws -> Bool {
        switch (work.task, product) {
        case (.flush(let plan), .segment(let segment)):
            guard state.keywords.install(segment, from: plan) else { return false }
            try saveKeywords(of: state)
            state.files.isFlushing = false
            state.files.flushesAgainAt = 0
            state.files.flushRetry.succeed()
            state.files.pausesMerges = false
        case (.merge(let plan), .segment(let segment)), (.settle(let plan), .segment(let segment)):
            guard state.keywords.install(segment, from: plan) else { return false }
            try saveKeywords(of: state)
            state.files.isMerging = false
            state.files.mergeRetry.succeed()
            if case .ending = state.files.compaction { state.files.compaction = nil }
        case (.rebuild(let range, _, let detachments), .slice(let slice)):
            state.install(slice, of: range, detachments: detachments)
        case (.mergeVectors(let merge, _, let sequence), .vectors(let segment, _)):
            guard case .vectors(let name) = work.part, var space = state.spaces[name],
                space.install(segment, from: merge)
            else { return false }
            let manifest = space.manifest(completeTo: sequence)
            try writer.transaction {
                try writer.saveManifest(manifest, of: state.record.id, engine: .hnsw, space: name)
            }
            state.spaces[name] = space
        case (.rebuildVectors(let range, _, let detachments), .vectorSlice(let slice)):
            guard case .vectors(let name) = work.part, var space = state.spaces[name] else { return false }
            try space.install(slice, of: range, detachments: detachments, live: state.live)
            state.spaces[name] = space
        default:
            throw ApplianceError.internalFault("the product of other work")
        }
        return true
    }

    /// Takes note of work that came to nothing; what it was to replace stays.
    /// - Parameter product: What was made before the failure.
    /// - Returns: How many pauses to wait until ``resume(_:)``; nil where something else brings the next attempt.
    mutating func abandon(_ work: IndexWork, _ product: IndexProduct?, because reason: String) -> Int? {
        guard let name = name(of: work.collection), var state = collections[name],
            state.files(of: work.part)?.identity === work.identity
        else { return nil }
        defer {
            collections[name] = state
            if let product { discard(product, of: state) }
        }
        switch work.task {
        case .flush(let plan):
            state.keywords.abandon(plan)
            state.files.isFlushing = false
            state.postponeFlush()
            state.giveUpCompaction(of: work.part, because: reason)
            return state.files.flushRetry.fail()
        case .merge(let plan), .settle(let plan):
            state.keywords.abandon(plan)
            state.files.isMerging = false
            state.files.pausesMerges = true
            state.giveUpCompaction(of: work.part, because: reason)
            return state.files.mergeRetry.fail()
        case .mergeVectors(_, let run, _):
            guard case .vectors(let space) = work.part else { return nil }
            state.spaces[space]?.endMerge()
            if run.isHastened { return nil }
            state.giveUpCompaction(of: work.part, because: reason)
            return state.spaces[space]?.files.mergeRetry.fail()
        case .rebuild, .rebuildVectors:
            var pauses: Int?
            state.changeFiles(of: work.part) { files in
                files.isRebuilding = false
                pauses = files.rebuildRetry.fail()
            }
            return pauses
        }
    }

    /// Work that failed may be tried again now.
    mutating func resume(_ work: IndexWork) {
        guard let name = name(of: work.collection) else { return }
        collections[name]?.changeFiles(of: work.part) { $0.resume() }
    }

    /// Removes files of a product that is not in an index.
    private func discard(_ product: IndexProduct, of state: CollectionState) {
        let kept = Self.names(of: state).union(state.leftovers)
        remove(Set(product.files).subtracting(kept), of: state.record.id)
    }

    /// Takes parts of indexes whose files are damaged out of them; their passages are to be indexed anew.
    ///
    /// The manifest goes on naming the files until others have taken their place: a tenant that is opened before finds them
    /// missing, and begins again.
    /// - Returns: The files, by collection.
    mutating func detachDamaged() -> [(collection: UInt32, file: SegmentFile)] {
        var found: [(collection: UInt32, file: SegmentFile)] = []
        for name in collections.keys.sorted() {
            guard var state = collections[name] else { continue }
            var files = state.detachDamagedKeywords()
            for space in state.spaces.keys.sorted() {
                files += state.spaces[space]?.detachDamaged(nextPassage: state.record.nextPassage) ?? []
            }
            guard !files.isEmpty else { continue }
            collections[name] = state
            found += files.map { (state.record.id, $0) }
        }
        return found
    }

    private func saveKeywords(of state: CollectionState) throws {
        let manifest = try state.keywordManifest(by: writer)
        try writer.transaction { try writer.saveManifest(manifest, of: state.record.id, engine: .bm25) }
    }

    /// Removes files that no manifest names any more.
    func remove(_ names: Set<String>, of collection: UInt32) {
        for name in names { indexFolder.remove(name, of: collection) }
    }

    /// The names of the files a collection's indexes lie in.
    static func names(of state: CollectionState) -> Set<String> {
        Set(state.indexFiles.map(\.name))
    }
}

import BM25
import Columns
import HNSW
import IndexCore
import TenantStore

/// Brings a tenant's indexes back: maps the files that its manifest names and indexes what came later from the rows.
///
/// SQLite is the truth, an index only a cache of it. Files cost tens of microseconds each, whatever their size; a passage
/// that is indexed again about 15 µs, a vector that is read again about 2 µs.
struct SnapshotLoader {
    let reader: TenantReader
    /// The present embedder's.
    let modelSpace: SpaceRecord
    let folder: IndexFolder
    /// More passages than these are indexed behind the opening, while searches say what they miss.
    let replayLimit: Int

    /// What was found.
    struct Loaded {
        /// The writer's state of every collection.
        var states: [String: CollectionState] = [:]
        /// Passages indexed from their rows.
        var replayedPassages = 0
        /// Vectors read from theirs.
        var replayedVectors = 0
        /// Files that could not be used.
        var lost: [(collection: UInt32, file: String, error: any Error)] = []
    }

    func load() throws -> Loaded {
        var loaded = Loaded()
        var files: [UInt32: Set<String>] = [:]
        for record in try reader.collections() {
            loaded.states[record.name] = try load(record, into: &loaded, files: &files)
        }
        folder.sweep(keeping: files)
        return loaded
    }

    private func load(
        _ record: CollectionRecord, into loaded: inout Loaded, files: inout [UInt32: Set<String>]
    ) throws -> CollectionState {
        var state = try CollectionState(record: record, isStored: true, modelSpace: modelSpace)
        state.documentCount = record.documentCount
        for chunk in try reader.liveChunks(in: record.id) {
            try state.live.setChunk(chunk.index, bytes: chunk.bytes)
        }
        let manifest = try reader.manifest(of: record.id, engine: .bm25)
        files[record.id] = Set(try reader.indexFileNames(of: record.id))
        open(manifest, of: &state, into: &loaded)
        try replay(&state, into: &loaded)
        state.columns = try ColumnIndex(
            catalog: FieldCatalog(try reader.fields(in: record.id)), live: state.live,
            replaying: { try reader.forEachMetadata(in: record.id, $0) })
        state.legs = LegStates(try reader.legs(of: record.id))
        for space in try reader.spaces(of: record.id) {
            state.spaces[space.name] = try load(space, of: state, into: &loaded)
        }
        return state
    }

    /// Maps the files, and notes as gaps the ids that are in none.
    private func open(_ manifest: Manifest?, of state: inout CollectionState, into loaded: inout Loaded) {
        var next: UInt32 = 0
        // Files of other settings hold other words; all is indexed anew, and they go with the first new file.
        if let manifest, manifest.settings != state.keywords.parameters.fingerprint {
            state.files.leftovers = Set(manifest.files.map(\.name))
        } else if let manifest {
            next = manifest.nextPassage
            for file in manifest.files {
                do {
                    let opened = try folder.open(file.name, as: .keywords, of: state.record.id)
                    let segment = try BM25Segment(sections: SegmentSections(opened))
                    guard segment.passageCount == file.passageCount, segment.idRange == file.passages else {
                        throw SegmentFileError.damaged(path: file.name, .content("it holds other passages"))
                    }
                    state.keywords.attach(segment, live: state.live)
                } catch {
                    loaded.lost.append((state.record.id, file.name, error))
                    state.files.addGaps([file.passages])
                    state.files.flushBefore = state.record.nextPassage
                }
            }
        }
        if next < state.record.nextPassage { state.files.addGaps([next...state.record.nextPassage - 1]) }
    }

    /// Indexes the gaps now, unless they hold too much.
    private func replay(_ state: inout CollectionState, into loaded: inout Loaded) throws {
        guard state.unindexedCount > 0 else {
            state.files.gaps = []
            return
        }
        guard state.unindexedCount <= replayLimit else { return }
        let indexer = PassageIndexer(
            reader: reader, collection: state.record.id, parameters: state.keywords.parameters)
        for gap in state.files.gaps {
            let index = state.keywords
            let slice = try indexer.slice(of: gap, limit: replayLimit) { index.contains($0) }
            state.add(slice)
            loaded.replayedPassages += slice.ids.count
        }
        state.files.gaps = []
    }

    private func load(
        _ record: SpaceRecord, of collection: CollectionState, into loaded: inout Loaded
    ) throws -> SpaceState {
        let (id, live) = (collection.record.id, collection.live)
        let manifest = try reader.manifest(of: id, engine: .hnsw, space: record.name)
        // Files of settings that were in use answer until an index by those that are wanted is there.
        let (wanted, used) = (
            collection.wanted.settings(of: record.name), collection.settings.settings(of: record.name)
        )
        let isOld = manifest.map { $0.settings == used.parameters.fingerprint } == true
        var space = SpaceState(
            name: record.name, dimension: record.dimension,
            settings: isOld && used.parameters != wanted.parameters ? used : wanted)
        let replay = VectorReplay(reader: reader, collection: id, space: record.name)
        space.embedded = try replay.embedded(live: live)
        var sequence: Int64 = 0
        var isLost = false
        if let manifest = try reader.manifest(of: id, engine: .hnsw, space: record.name) {
            space.files.leftovers = Set(manifest.files.map(\.name))
            do {
                // Files of other settings hold another graph; they go with the first new file.
                if manifest.settings == space.vectors.parameters.fingerprint {
                    if let segment = try folder.openVectors(manifest, of: id, dimension: record.dimension) {
                        space.vectors.attach(segment)
                    }
                    sequence = manifest.sequence
                    space.files.leftovers = []
                }
            } catch {
                loaded.lost.append((id, error.name, error.error))
                isLost = true
            }
        }
        let count = try reader.vectorCount(in: id, space: record.name, newerThan: sequence, limit: replayLimit + 1)
        if count <= replayLimit {
            loaded.replayedVectors += try replay.replay(newerThan: sequence, into: &space, live: live)
            // They were in files before.
            if isLost { space.files.compaction = .wanted(before: .max) }
        } else {
            space.loseVectors(below: collection.record.nextPassage)
        }
        for id in try reader.parkedPassages(in: id, space: record.name) where live.contains(id) {
            space.parked.insert(id)
        }
        return space
    }
}

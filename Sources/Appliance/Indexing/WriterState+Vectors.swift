import HNSW
import IndexCore
import TenantStore

extension WriterState {
    /// Commits vectors and refusals, and puts the vectors into the indexes.
    mutating func store(vectors: [NewVector], failures: [EmbeddingFailure]) throws {
        var draft = collections
        let names = Dictionary(
            collections.values.map { ($0.record.id, $0.record.name) }, uniquingKeysWith: { first, _ in first })
        try writer.transaction {
            for (id, group) in Dictionary(grouping: vectors, by: \.collection).sorted(by: { $0.key < $1.key }) {
                guard let name = names[id], var state = draft.removeValue(forKey: name),
                    var space = state.spaces.removeValue(forKey: modelSpace.name)
                else { continue }
                var kept: [PassageID: [Float]] = [:]
                for vector in group where state.live.contains(vector.id) && !space.embedded.contains(vector.id) {
                    kept[vector.id] = vector.vector
                }
                // Searches see what the rows hold, nothing else.
                let stored = try writer.insertVectors(
                    kept.sorted { $0.key < $1.key }.map { (id: $0.key, vector: $0.value) }, collection: id,
                    space: modelSpace.name)
                for passage in stored {
                    guard let vector = kept[passage.id] else { continue }
                    try space.append(passage.id, document: passage.document, vector: vector)
                }
                state.spaces[space.name] = space
                draft[name] = state
            }
            for failure in failures {
                guard let name = names[failure.collection], draft[name]?.live.contains(failure.id) == true else {
                    continue
                }
                let attempts = try writer.recordEmbeddingFailure(
                    failure.id, collection: failure.collection, space: modelSpace.name, dimension: modelSpace.dimension,
                    reason: failure.reason)
                if attempts >= TenantWriter.parkingAttempts {
                    draft[name]?.spaces[modelSpace.name]?.parked.insert(failure.id)
                }
            }
        }
        collections = draft
    }

    /// The merges that are due, marked as running.
    mutating func takeMerges() -> [(place: SpacePlace, merge: VectorMerge)] {
        var merges: [(place: SpacePlace, merge: VectorMerge)] = []
        for name in collections.keys.sorted() {
            guard let state = collections[name] else { continue }
            for space in state.spaces.values.sorted(by: { $0.name < $1.name }) where !space.isMerging {
                guard let merge = space.vectors.pendingMerge(live: state.live) else { continue }
                collections[name]?.spaces[space.name]?.isMerging = true
                merges.append((SpacePlace(state, space), merge))
            }
        }
        return merges
    }

    /// Puts a merged segment in the place of what it was made from.
    ///
    /// Nothing happens if the index was dropped or replaced meanwhile, even if there is a new one of its names.
    mutating func install(_ merged: Result<VectorSegment, any Error>, from merge: VectorMerge, at place: SpacePlace)
        throws
    {
        guard let name = endMerge(at: place) else { return }
        collections[name]?.spaces[place.space]?.vectors.install(try merged.get(), from: merge)
    }

    /// Marks a space's merge as ended; the name of its collection, if both are still there.
    @discardableResult
    mutating func endMerge(at place: SpacePlace) -> String? {
        guard let name = name(of: place) else { return nil }
        collections[name]?.spaces[place.space]?.isMerging = false
        return name
    }

    /// The name of the collection whose index this is, while it is.
    func name(of place: SpacePlace) -> String? {
        guard let name = collections.first(where: { $0.value.record.id == place.collection })?.key,
            collections[name]?.spaces[place.space]?.identity === place.identity
        else { return nil }
        return name
    }
}

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
                guard let name = names[id], var state = draft.removeValue(forKey: name) else { continue }
                var kept: [PassageID: [Float]] = [:]
                for vector in group where state.live.contains(vector.id) && !state.embedded.contains(vector.id) {
                    kept[vector.id] = vector.vector
                }
                // Searches see what the rows hold, nothing else.
                let stored = try writer.insertVectors(
                    kept.sorted { $0.key < $1.key }.map { (id: $0.key, vector: $0.value) }, collection: id,
                    space: vectorSpace)
                for passage in stored {
                    guard let vector = kept[passage.id] else { continue }
                    try state.vectors.append(passage.id, document: passage.document, vector: vector)
                    state.embedded.insert(passage.id)
                }
                draft[name] = state
            }
            for failure in failures {
                guard let name = names[failure.collection], draft[name]?.live.contains(failure.id) == true else {
                    continue
                }
                let attempts = try writer.recordEmbeddingFailure(
                    failure.id, collection: failure.collection, space: vectorSpace, dimension: dimension,
                    reason: failure.reason)
                if attempts >= TenantWriter.parkingAttempts {
                    draft[name]?.parked.insert(failure.id)
                }
            }
        }
        collections = draft
    }

    /// The merges that are due, marked as running.
    mutating func takeMerges() -> [(collection: UInt32, VectorMerge)] {
        var merges: [(collection: UInt32, VectorMerge)] = []
        for name in collections.keys.sorted() {
            guard let state = collections[name], !state.isMerging,
                let merge = state.vectors.pendingMerge(live: state.live)
            else { continue }
            collections[name]?.isMerging = true
            merges.append((state.record.id, merge))
        }
        return merges
    }

    /// Puts a merged segment in the place of what it was made from.
    ///
    /// Nothing happens if the collection was dropped meanwhile, even if there is a new one of its name.
    mutating func install(_ merged: Result<VectorMergeResult, any Error>, from merge: VectorMerge, collection: UInt32)
        throws
    {
        guard let name = endMerge(of: collection) else { return }
        collections[name]?.vectors.install(try merged.get().segment, from: merge)
    }

    /// Marks a collection's merge as ended; its name, if the collection is still there.
    @discardableResult
    mutating func endMerge(of collection: UInt32) -> String? {
        guard let name = collections.first(where: { $0.value.record.id == collection })?.key else { return nil }
        collections[name]?.isMerging = false
        return name
    }
}

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
}

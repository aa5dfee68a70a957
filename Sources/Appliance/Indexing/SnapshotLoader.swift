import BM25
import HNSW
import IndexCore
import TenantStore

/// Rebuilds the indexes of a tenant from its rows: SQLite is the truth, an index only a cache of it.
///
/// Costs one pass over the passages (about 15 µs each) and one over the vectors; memory is that of the indexes.
struct SnapshotLoader {
    /// Passages in one segment of the replay.
    static let segmentSize = 32_768

    let reader: TenantReader
    let dimension: Int
    let vectorSpace: String

    /// The writer's state of every collection.
    func load() throws -> [String: CollectionState] {
        var states: [String: CollectionState] = [:]
        for record in try reader.collections() {
            states[record.name] = try load(record)
        }
        return states
    }

    private func load(_ record: CollectionRecord) throws -> CollectionState {
        var state = try CollectionState(record: record, isStored: true, dimension: dimension)
        for chunk in try reader.liveChunks(in: record.id) {
            try state.live.setChunk(chunk.index, bytes: chunk.bytes)
        }
        try loadPassages(into: &state)
        try loadVectors(into: &state)
        for id in try reader.parkedPassages(in: record.id, space: vectorSpace) where state.live.contains(id) {
            state.parked.insert(id)
        }
        return state
    }

    private func loadPassages(into state: inout CollectionState) throws {
        let parameters = state.settings.parameters
        var builder = Optional(BM25SegmentBuilder(parameters: parameters))
        var inSegment = 0
        var documents = 0
        try reader.forEachPassage(in: state.record.id) { passage, title in
            let startsDocument = passage.id == passage.document
            if startsDocument, inSegment >= Self.segmentSize {
                if let full = builder.take() { state.keywords.append(full.build(), live: state.live) }
                builder = BM25SegmentBuilder(parameters: parameters)
                inSegment = 0
            }
            documents += startsDocument ? 1 : 0
            inSegment += 1
            builder?.add(
                passage.id, document: passage.document,
                title: DocumentContent.indexedTitle(title, heading: passage.heading), text: passage.text)
            return true
        }
        if inSegment > 0, let last = builder.take() {
            state.keywords.append(last.build(), live: state.live)
        }
        state.documentCount = documents
    }

    private func loadVectors(into state: inout CollectionState) throws {
        try reader.forEachVector(in: state.record.id, space: vectorSpace) { id, document, bytes in
            if state.live.contains(id), bytes.count == dimension * MemoryLayout<Float>.size {
                try state.vectors.append(id, document: document, bytes: bytes)
                state.embedded.insert(id)
            }
            return true
        }
    }
}

import HNSW

/// What one search sees of one collection's vectors in one space.
struct SpaceSnapshot: Sendable {
    let name: String
    var vectors: VectorSnapshot
    /// Live passages that have a vector here, and those whose text the embedder refused for good.
    let embeddedCount: Int
    let parkedCount: Int
    /// Vectors not yet in the graph segment, and those in it.
    let vectorDelta: Int
    let graphCount: Int
    /// A merge of the vector segments runs.
    let isMerging: Bool
    /// Bytes of the index.
    let byteCount: Int

    var dimension: Int { vectors.dimension }
}

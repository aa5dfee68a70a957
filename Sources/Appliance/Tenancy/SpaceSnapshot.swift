import HNSW

/// What one search sees of one collection's vectors in one space.
struct SpaceSnapshot: Sendable {
    let name: String
    /// What the index is made with, or will be.
    let settings: SpaceSettings
    /// Whether it is.
    let isCurrent: Bool
    /// How far the index is that will be.
    let rebuilding: ReindexProgress?
    var vectors: VectorSnapshot
    /// Live passages that have a vector here, and those whose text the embedder refused for good.
    let embeddedCount: Int
    let parkedCount: Int
    /// Live passages whose vectors are not in the index, until they are read again.
    var missingCount: Int
    /// Vectors not yet in the graph segment, and those in it.
    let vectorDelta: Int
    let graphCount: Int
    /// The merge of the vector segments that runs.
    let merge: VectorMergeRun?
    /// The delta is so large that the embedder waits for a merge.
    let lacksMergeRoom: Bool
    /// Bytes of the index.
    let byteCount: Int

    var dimension: Int { vectors.dimension }
}

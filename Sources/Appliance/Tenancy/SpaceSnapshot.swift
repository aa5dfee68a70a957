import HNSW
import IndexCore
import Synchronization

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
    /// Live passages that have a vector here.
    let embedded: IDSet
    /// Live passages whose text the embedder refused for good.
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

    /// What its vectors are like as a whole, once somebody has asked.
    let shape = RememberedShape()

    var dimension: Int { vectors.dimension }
    var embeddedCount: Int { embedded.count }

    /// What the vectors are like as a whole: what calibrated fusion measures a cosine by.
    ///
    /// O(vectors) for the first who asks, where there is no segment that knows it.
    func shape(live: IDSet) -> VectorShape {
        shape.remembered { vectors.shape(live: live) }
    }
}

/// A shape that is looked at once, however many searches ask.
final class RememberedShape: Sendable {
    private let shape = Mutex<VectorShape?>(nil)

    func remembered(_ make: () -> VectorShape) -> VectorShape {
        shape.withLock { shape in
            if let shape { return shape }
            let made = make()
            shape = made
            return made
        }
    }
}

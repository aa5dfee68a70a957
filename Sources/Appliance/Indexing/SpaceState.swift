import HNSW
import IndexCore
import TenantStore

/// What the writer lane knows of one collection's vectors in one space.
///
/// A value, part of ``CollectionState``.
struct SpaceState {
    let name: String
    var vectors: VectorIndex
    /// Live passages with a vector in this space.
    var embedded = IDSet()
    /// Live passages whose text the embedder refused three times.
    var parked = IDSet()
    var files = IndexFiles()
    /// The merge that runs on another thread.
    var mergeRun: VectorMergeRun?
    /// Live passages whose vectors are still to be read from their rows.
    var missing = IDSet()

    init(name: String, dimension: Int) {
        self.name = name
        vectors = VectorIndex(dimension: dimension)
    }

    var dimension: Int { vectors.dimension }

    /// Takes passages out of everything that counts them; the index tests the collection's live set.
    mutating func remove(_ passages: Range<UInt32>) {
        embedded.remove(passages)
        parked.remove(passages)
        missing.remove(passages)
    }

    /// Adds a live passage's vector.
    mutating func append(_ id: PassageID, document: PassageID, vector: [Float]) throws(HNSWError) {
        try vectors.append(id, document: document, vector: vector)
        embedded.insert(id)
    }

    /// Adds a live passage's vector from its stored form.
    mutating func append(_ id: PassageID, document: PassageID, bytes: UnsafeRawBufferPointer) throws(HNSWError) {
        try vectors.append(id, document: document, bytes: bytes)
        embedded.insert(id)
    }

    /// What searches see from now on.
    var snapshot: SpaceSnapshot {
        SpaceSnapshot(
            name: name, vectors: vectors.snapshot, embeddedCount: embedded.count, parkedCount: parked.count,
            missingCount: missing.count, vectorDelta: vectors.deltaCount,
            graphCount: vectors.count - vectors.deltaCount, merge: mergeRun,
            lacksMergeRoom: vectors.isMergeUrgent && !files.mergeRetry.isPending, byteCount: vectors.byteCount)
    }
}

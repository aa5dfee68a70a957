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

    /// What `vectors` is made with.
    private(set) var settings: SpaceSettings
    /// The index under way, with other settings.
    var rebuilding: SpaceRebuild?
    /// Failures of making it.
    var rebuildRetry = RetryPause()

    init(name: String, dimension: Int, settings: SpaceSettings) {
        self.name = name
        self.settings = settings
        vectors = VectorIndex(dimension: dimension, parameters: settings.parameters)
    }

    /// Whether the index is made as these settings say.
    func isMade(by wanted: SpaceSettings) -> Bool { wanted.parameters == settings.parameters }

    /// Takes over settings that give the same index, and gives up one that is under way with others.
    mutating func follow(_ wanted: SpaceSettings) {
        // Whoever sets something wants it tried now.
        rebuildRetry = RetryPause()
        if isMade(by: wanted) { settings = wanted }
        if let rebuilding, rebuilding.settings.parameters != wanted.parameters { self.rebuilding = nil }
    }

    /// Puts an index made with other settings in the place of this one; what is known of files was of that.
    mutating func replace(by index: VectorIndex, settings: SpaceSettings) {
        vectors = index
        self.settings = settings
        rebuilding = nil
        rebuildRetry.succeed()
        mergeRun = nil
        missing = IDSet()
        files = IndexFiles()
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
    /// - Parameter wanted: What the index shall be made with.
    func snapshot(wanted: SpaceSettings) -> SpaceSnapshot {
        SpaceSnapshot(
            name: name, settings: wanted, isCurrent: isMade(by: wanted), rebuilding: rebuilding?.progress,
            vectors: vectors.snapshot, embedded: embedded, parkedCount: parked.count,
            missingCount: missing.count, vectorDelta: vectors.deltaCount,
            graphCount: vectors.count - vectors.deltaCount, merge: mergeRun,
            lacksMergeRoom: vectors.isMergeUrgent && !files.mergeRetry.isPending, byteCount: vectors.byteCount)
    }
}

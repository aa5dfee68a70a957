import BM25
import Columns
import HNSW
import IndexCore
import TenantStore

/// What the writer lane knows of one collection.
///
/// A value: a write changes a copy, and a transaction that fails is forgotten by dropping it.
struct CollectionState {
    var record: CollectionRecord
    /// `false` until the transaction that makes the collection has committed.
    var isStored: Bool
    var live = IDSet()
    /// Live passages with a vector in the present space.
    var embedded = IDSet()
    /// Live passages whose text the embedder refused three times.
    var parked = IDSet()
    var keywords: BM25Index
    var columns = ColumnIndex()
    var vectors: VectorIndex
    var documentCount = 0
    /// Of the keyword index.
    var files = IndexFiles()
    /// Why the last compaction came to nothing.
    var compactionFailure: String?
    /// A merge of the vector segments runs on another thread.
    var isMerging = false
    /// What `keywords` is made with.
    private(set) var settings: CollectionSettings
    /// What it shall be made with.
    var wanted: CollectionSettings
    /// The index under way that follows `wanted`.
    var reindexing: Reindexing?

    /// - Throws: ``ApplianceError/corrupt(what:)``.
    init(record: CollectionRecord, isStored: Bool, dimension: Int) throws {
        self.record = record
        self.isStored = isStored
        (wanted, settings) = try CollectionSettings.stored(record)
        keywords = BM25Index(parameters: settings.parameters)
        vectors = VectorIndex(dimension: dimension)
    }

    /// Whether `keywords` is made as it shall be.
    var isIndexCurrent: Bool { wanted.parameters.fingerprint == settings.parameters.fingerprint }

    /// Scores by other settings that give the same index.
    mutating func use(_ settings: CollectionSettings) {
        self.settings = settings
        keywords.score(by: settings.parameters)
    }

    /// Ids of `document`'s passages.
    static func passages(of document: StoredDocument) -> Range<UInt32> {
        let first = document.firstPassage.rawValue
        return first..<first + UInt32(document.passageCount)
    }

    /// Takes a document version out of everything that counts it.
    mutating func remove(_ document: StoredDocument) {
        let passages = Self.passages(of: document)
        live.remove(passages)
        embedded.remove(passages)
        parked.remove(passages)
        keywords.remove(passages)
        columns.remove(document.firstPassage)
        documentCount -= 1
    }

    /// Live passages that the keyword index lacks.
    var unindexedCount: Int { max(0, live.count - keywords.statistics.passageCount) }

    /// What searches see from now on.
    var snapshot: CollectionSnapshot {
        CollectionSnapshot(
            record: record, live: live, keywords: keywords.snapshot, columns: columns.snapshot,
            vectors: vectors.snapshot,
            documentCount: documentCount, embeddedCount: embedded.count, parkedCount: parked.count,
            vectorDelta: vectors.deltaCount, graphCount: vectors.count - vectors.deltaCount, isMerging: isMerging,
            isIndexWorkDue: isIndexWorkDue,
            hasIndexWork: hasIndexWork, isCompacting: isCompacting, compactionFailure: compactionFailure,
            indexBytes: keywords.byteCount + columns.byteCount + vectors.byteCount, settings: wanted,
            isIndexCurrent: isIndexCurrent,
            reindexing: reindexing?.progress)
    }
}

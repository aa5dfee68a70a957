import BM25
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
    var vectors: VectorIndex
    var documentCount = 0
    var files = CollectionFiles()
    /// A merge of the vector segments runs on another thread.
    var isMerging = false

    init(record: CollectionRecord, isStored: Bool, dimension: Int) {
        self.record = record
        self.isStored = isStored
        keywords = BM25Index(parameters: BM25Parameters(titleWeight: record.titleWeight))
        vectors = VectorIndex(dimension: dimension)
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
        documentCount -= 1
    }

    /// Live passages that the keyword index lacks.
    var unindexedCount: Int { max(0, live.count - keywords.statistics.passageCount) }

    /// What searches see from now on.
    var snapshot: CollectionSnapshot {
        CollectionSnapshot(
            record: record, live: live, keywords: keywords.snapshot, vectors: vectors.snapshot,
            documentCount: documentCount, embeddedCount: embedded.count, parkedCount: parked.count,
            vectorDelta: vectors.deltaCount, graphCount: vectors.count - vectors.deltaCount, isMerging: isMerging,
            isIndexWorkDue: isIndexWorkDue,
            hasIndexWork: files.isFlushing || files.isMerging || files.isRebuilding,
            indexBytes: keywords.byteCount + vectors.byteCount)
    }
}

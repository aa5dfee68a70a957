import BM25
import Columns
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
    var keywords: BM25Index
    var columns = ColumnIndex()
    /// By name; the present embedder's is always there.
    var spaces: [String: SpaceState]
    /// The name of the present embedder's.
    let modelSpace: String
    var documentCount = 0
    /// Of the keyword index.
    var files = IndexFiles()
    /// Why the last compaction came to nothing.
    var compactionFailure: String?
    /// What `keywords` is made with.
    private(set) var settings: CollectionSettings
    /// What it shall be made with.
    var wanted: CollectionSettings
    /// The index under way that follows `wanted`.
    var reindexing: Reindexing?
    /// Failures of making it.
    var reindexRetry = RetryPause()
    /// Which rankings are off.
    var legs = LegStates()

    /// - Throws: ``ApplianceError/corrupt(what:)``.
    init(record: CollectionRecord, isStored: Bool, modelSpace: SpaceRecord) throws {
        self.record = record
        self.isStored = isStored
        (wanted, settings) = try CollectionSettings.stored(record)
        keywords = BM25Index(parameters: settings.parameters)
        self.modelSpace = modelSpace.name
        spaces = [
            modelSpace.name: SpaceState(
                name: modelSpace.name, dimension: modelSpace.dimension, settings: wanted.settings(of: modelSpace.name))
        ]
    }

    /// The settings as rows keep them: what is wanted, and what each index is made with.
    var storedSettings: StoredSettings {
        var indexed = settings
        (indexed.vectors, indexed.defaultSpace) = (wanted.vectors, wanted.defaultSpace)
        indexed.fusion = wanted.fusion
        indexed.spaces = spaces.mapValues(\.settings)
        return StoredSettings(wanted: wanted.text, indexed: indexed.text)
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
        for name in spaces.keys { spaces[name]?.remove(passages) }
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
            spaces: spaces.values.map { $0.snapshot(wanted: wanted.settings(of: $0.name)) }.sorted {
                $0.name < $1.name
            },
            modelSpace: modelSpace,
            documentCount: documentCount, isIndexWorkDue: isIndexWorkDue,
            hasIndexWork: hasIndexWork, isMemoryFull: isMemoryFull, isCompacting: isCompacting,
            compactionFailure: compactionFailure, restingPause: restingPause,
            textBytes: keywords.byteCount + columns.byteCount, settings: wanted,
            isIndexCurrent: isIndexCurrent,
            reindexing: reindexing?.progress, legs: legs)
    }
}

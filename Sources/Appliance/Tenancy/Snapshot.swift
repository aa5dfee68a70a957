import BM25
import Columns
import IndexCore
import Synchronization
import TenantStore

/// What one search sees of one collection.
struct CollectionSnapshot: Sendable {
    let record: CollectionRecord
    /// The only record of deletions; both engines test it.
    let live: IDSet
    var keywords: BM25Snapshot
    let columns: ColumnSnapshot
    /// By name; the present embedder's is always there.
    var spaces: [SpaceSnapshot]
    /// The name of the present embedder's.
    let modelSpace: String
    let documentCount: Int
    /// Something of the keyword index is to be written to a file, joined or indexed again.
    let isIndexWorkDue: Bool
    /// Some of that work runs.
    let hasIndexWork: Bool
    /// So much of the indexes is in memory alone that writes wait while that work runs.
    let isMemoryFull: Bool
    /// The indexes are being written anew because somebody asked for it; why the last attempt came to nothing.
    let isCompacting: Bool
    let compactionFailure: String?
    /// How long nothing may be written until its keyword segments are joined; nil where they need not be.
    let restingPause: Duration?
    /// Bytes of the keyword index and the columns.
    let textBytes: Int
    /// What the keyword index is made with, or will be.
    let settings: CollectionSettings
    /// Whether it is.
    let isIndexCurrent: Bool
    /// How far the index is that will be.
    let reindexing: ReindexProgress?
    /// Which rankings are off.
    let legs: LegStates

    var passageCount: Int { live.count }
    /// Bytes of all indexes.
    var indexBytes: Int { spaces.reduce(textBytes) { $0 + $1.byteCount } }
    /// Live passages that wait for a vector of the present embedder.
    var waitingCount: Int {
        let space = space(named: modelSpace)
        return max(0, passageCount - (space?.embeddedCount ?? 0) - parkedCount)
    }
    /// Live passages whose text the present embedder refused for good.
    var parkedCount: Int { space(named: modelSpace)?.parkedCount ?? 0 }

    /// The space of this name.
    func space(named name: String) -> SpaceSnapshot? { spaces.first { $0.name == name } }
    /// Live passages that the keyword index lacks until they are indexed again.
    var unindexedCount: Int { max(0, live.count - keywords.statistics.passageCount) }
}

/// What one search sees: taken once, used from start to end, never changed.
final class Snapshot: Sendable {
    /// Counts changes of the tenant's data, not commits.
    let sequence: Int64
    /// By name, ascending.
    let collections: [CollectionSnapshot]
    /// Made by the first search that needs it.
    private let fingerprint = Mutex<String?>(nil)

    init(sequence: Int64, collections: [CollectionSnapshot]) {
        self.sequence = sequence
        self.collections = collections.sorted { $0.record.name < $1.record.name }
    }

    /// How long nothing may be written until keyword segments are joined; nil where none need to be.
    var restingPause: Duration? { collections.compactMap(\.restingPause).max() }

    /// What `make` gives, made once.
    func fingerprint(_ make: () -> String) -> String {
        fingerprint.withLock { fingerprint in
            if let fingerprint { return fingerprint }
            let made = make()
            fingerprint = made
            return made
        }
    }

    /// The collection of this name.
    func collection(named name: String) -> CollectionSnapshot? {
        collections.first { $0.record.name == name }
    }

    /// The collection a request means: the one it names, or all when it names none.
    /// - Throws: ``ApplianceError/unknownCollection(name:existing:)``.
    func selection(_ name: String?) throws(ApplianceError) -> [CollectionSnapshot] {
        guard let name else { return collections }
        guard let collection = collection(named: name) else {
            throw .unknownCollection(name: name, existing: collections.map(\.record.name))
        }
        return [collection]
    }
}

/// The place where the writer puts a new snapshot and searches take the present one.
///
/// The lock is held for one reference; readers never wait for a write.
final class PublishedSnapshot: Sendable {
    private let box: Mutex<Snapshot>

    init(_ snapshot: Snapshot) {
        box = Mutex(snapshot)
    }

    var current: Snapshot { box.withLock { $0 } }

    func publish(_ snapshot: Snapshot) {
        box.withLock { $0 = snapshot }
    }
}

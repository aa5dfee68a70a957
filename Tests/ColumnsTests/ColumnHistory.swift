import Columns
import IndexCore

/// An index beside the plain list of what is in it.
struct ColumnHistory {
    var index: ColumnIndex
    var live = IDSet()
    /// Ascending by id.
    private(set) var documents: [ColumnDocument] = []
    var made: RandomDocuments

    init(seed: UInt64) {
        made = RandomDocuments(seed: seed)
        var catalog = FieldCatalog()
        _ = catalog.declare(RandomDocuments.types)
        index = ColumnIndex(catalog: catalog)
    }

    /// One commit: some documents go, some come.
    mutating func commit(adding: Int, removing: Int) {
        for _ in 0..<min(removing, documents.count) {
            let gone = documents.remove(at: Int.random(in: 0..<documents.count, using: &made.random))
            live.remove(gone.passages)
            index.remove(gone.first)
        }
        var added: [ColumnDocument] = []
        for _ in 0..<adding {
            added.append(made.document())
            live.insert(added[added.count - 1].passages)
        }
        documents += added
        index.append(added, live: live)
    }

    /// A history of many small commits and some large ones.
    static func random(seed: UInt64, commits: Int) -> ColumnHistory {
        var history = ColumnHistory(seed: seed)
        for _ in 0..<commits {
            let size = Int.random(in: 0..<10, using: &history.made.random) == 0 ? 40 : 3
            history.commit(
                adding: Int.random(in: 0...size, using: &history.made.random),
                removing: Int.random(in: 0...size / 2, using: &history.made.random))
        }
        return history
    }

    /// The same documents in an index that never knew others.
    var fresh: ColumnSnapshot {
        var fresh = ColumnIndex(catalog: index.catalog)
        fresh.append(documents, live: live)
        return fresh.snapshot
    }
}

extension ColumnDocument {
    var passages: Range<UInt32> { first.rawValue..<first.rawValue + UInt32(passageCount) }
}

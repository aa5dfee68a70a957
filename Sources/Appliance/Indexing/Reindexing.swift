import BM25
import IndexCore
import Synchronization

/// A keyword index of a collection under way, with other analysis or another weight of titles than the one in use.
///
/// Passages that were there when it began are read from the rows by a worker; of what is written meanwhile the writer
/// makes a second segment. Deaths need no second look: at the end whatever is not live is taken out.
struct Reindexing: Sendable {
    /// Which of several attempts this is, and how far it has come.
    let progress: ReindexProgress
    /// What the new index is made with.
    let parameters: BM25Parameters
    /// Passages below this id are the worker's.
    let firstNewPassage: UInt32
    /// Segments of what was written since, by ascending ids.
    var written: [BM25Segment] = []
}

/// Told by the worker, read by everybody; its identity tells one attempt from another.
final class ReindexProgress: Sendable {
    let collection: UInt32
    /// Passages that were there at the beginning.
    let total: Int
    private let done = Atomic(0)

    init(collection: UInt32, total: Int) {
        self.collection = collection
        self.total = total
    }

    /// Passages read so far; never more than ``total``.
    var passageCount: Int { min(total, done.load(ordering: .relaxed)) }

    func add(_ count: Int) {
        done.add(count, ordering: .relaxed)
    }
}

extension BM25Index {
    /// Takes out whatever is not in `live`, of the ids below `end`.
    mutating func keep(_ live: IDSet, below end: UInt32) {
        var next: UInt32 = 0
        live.forEach { id in
            if id.rawValue > next { remove(next..<id.rawValue) }
            next = id.rawValue + 1
        }
        if end > next { remove(next..<end) }
    }
}

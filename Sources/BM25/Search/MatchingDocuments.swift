internal import IndexCore

/// Turns matching rows, in ascending order, into documents: counts them all and keeps the best.
///
/// A document's passages are consecutive rows of one segment, so each document is offered once, with its best passage,
/// and no set of documents seen is needed.
struct MatchingDocuments {
    /// Distinct documents so far.
    private(set) var total = 0
    private var best: BestDocuments

    private let live: IDSet
    private let filter: IDSet?
    /// Whether `live` has as many passages as the statistics: then the dead rows of a segment say it all, and a row
    /// needs no look at `live` to be counted.
    ///
    /// What is kept is looked up always.
    private let matchesStatistics: Bool

    private var hasDocument = false
    private var document: UInt32 = 0
    private var passage: UInt32 = 0
    private var score: Float = 0

    init(k: Int, live: IDSet, filter: IDSet?, statistics: BM25Statistics) {
        best = BestDocuments(k: k)
        self.live = live
        self.filter = filter
        matchesStatistics = live.count == statistics.passageCount
    }

    /// Takes a matching row of `state`'s segment with its score.
    @inline(__always)
    mutating func add(row: Int, score sum: Double, of state: SegmentState) {
        let rows = state.segment.rows
        let id = rows.ids[row]
        guard !state.dead.contains(row) else { return }
        guard matchesStatistics || live.contains(PassageID(id)) else { return }
        if let filter, !filter.contains(PassageID(id)) { return }
        if !hasDocument || rows.documents[row] != document {
            endDocument()
            hasDocument = true
            document = rows.documents[row]
            passage = id
            score = Float(sum)
        } else if Float(sum) > score {
            passage = id
            score = Float(sum)
        }
    }

    /// Closes the document whose rows came last.
    @inline(__always)
    mutating func endDocument() {
        guard hasDocument else { return }
        hasDocument = false
        total += 1
        if best.admits(document: document, score: score), live.contains(PassageID(passage)) {
            best.insert(document: document, passage: passage, score: score)
        }
    }

    /// The kept documents, best first.
    consuming func hits() -> [DocumentHit] {
        best.hits()
    }
}

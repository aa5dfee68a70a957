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

    private var hasDocument = false
    private var document: UInt32 = 0
    private var passage: UInt32 = 0
    private var score: Float = 0

    init(k: Int, live: IDSet, filter: IDSet?) {
        best = BestDocuments(k: k)
        self.live = live
        self.filter = filter
    }

    /// Takes a matching row of a segment with its score.
    @inline(__always)
    mutating func add(row: Int, score sum: Double, of rows: PassageRows) {
        let id = rows.id(row)
        guard live.contains(PassageID(id)) else { return }
        if let filter, !filter.contains(PassageID(id)) { return }
        if !hasDocument || rows.document(row) != document {
            endDocument()
            hasDocument = true
            document = rows.document(row)
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
        if best.admits(document: document, score: score) {
            best.insert(document: document, passage: passage, score: score)
        }
    }

    /// The kept documents, best first.
    consuming func hits() -> [DocumentHit] {
        best.hits()
    }
}

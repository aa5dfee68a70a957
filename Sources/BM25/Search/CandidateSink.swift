internal import IndexCore

/// Takes the scored rows of a snapshot's segments: keeps the best documents and, if asked, counts all of them.
///
/// Rows of a segment come in ascending order, and a document's passages are consecutive rows of one segment: a
/// document is counted when it differs from that of the row counted before.
struct CandidateSink {
    /// Documents asked for.
    let k: Int
    private var collector: DocumentCollector
    private let live: IDSet
    private let filter: IDSet?
    /// Whether every match is to be counted, so that none may be passed over.
    let countsAll: Bool
    /// Distinct documents counted.
    private(set) var total = 0
    private var countedDocument: UInt32?
    /// What a sum must reach to change the answer; a bound below it lets rows be passed over.
    ///
    /// A sum is rounded to `Float` at its end, so that one just below the threshold may still reach it; the `Float`
    /// before the threshold is below it whatever the rounding. Minus infinity while nothing may be passed over.
    private(set) var cutoff = -Double.infinity
    /// The score from which a row may enter the answer.
    private var threshold: Float

    init(k: Int, live: IDSet, filter: IDSet?, countsAll: Bool) {
        self.k = k
        collector = DocumentCollector(k: k)
        self.live = live
        self.filter = filter
        self.countsAll = countsAll
        threshold = collector.threshold
        if k <= 0, !countsAll {
            cutoff = .infinity
        }
    }

    /// Whether a first threshold is worth looking for.
    var takesSeed: Bool { !countsAll && cutoff == -.infinity && (1...128).contains(k) }

    /// A row's hit, if it is live and passes the filter.
    private func admitted(_ row: UInt32, _ score: Float, of rows: PassageRows) -> DocumentHit? {
        let id = rows.id(Int(row))
        guard admits(id) else { return nil }
        return DocumentHit(document: PassageID(rows.document(Int(row))), passage: PassageID(id), score: score)
    }

    /// Whether a row with this score would change anything.
    @inline(__always)
    func wants(_ score: Float) -> Bool { countsAll || score >= threshold }

    /// Offers a matching row with its score.
    @inline(__always)
    mutating func offer(_ row: UInt32, _ score: Float, of rows: PassageRows) {
        if countsAll {
            count(row, of: rows)
        }
        if score >= threshold {
            insert(row, score, of: rows)
        }
    }

    private func admits(_ id: UInt32) -> Bool {
        live.contains(PassageID(id)) && filter?.contains(PassageID(id)) ?? true
    }

    @inline(never)
    private mutating func insert(_ row: UInt32, _ score: Float, of rows: PassageRows) {
        guard let hit = admitted(row, score, of: rows) else { return }
        collector.insert(hit)
        threshold = max(threshold, collector.threshold)
        if !countsAll {
            cutoff = Double(threshold.nextDown)
        }
    }

    @inline(never)
    private mutating func count(_ row: UInt32, of rows: PassageRows) {
        let document = rows.document(Int(row))
        guard document != countedDocument, admits(rows.id(Int(row))) else { return }
        countedDocument = document
        total += 1
    }

    /// The kept documents, best first.
    consuming func hits() -> [DocumentHit] {
        collector.finish()
    }
}

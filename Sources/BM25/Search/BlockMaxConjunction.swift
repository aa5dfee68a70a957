internal import IndexCore

/// The best rows that hold all of several terms, and what further terms add to them.
///
/// The rarest term leads, block by block: a block is passed over when the bounds of all terms over its rows cannot reach
/// the answer. Its rows are then asked for term by term, as a batch, and a row is dropped as soon as what is known of
/// its score and the bounds of the rest are too little. Sums are exact in any order
/// (``SegmentView/quantum(_:bitsBelow:)``).
struct BlockMaxConjunction {
    private let view: SegmentView
    /// The required terms by ascending document frequency, then the others.
    private let clauses: UnsafeMutablePointer<ScoredClause>
    private let requiredCount: Int
    private let count: Int
    private let boundSums: UnsafeMutablePointer<Double>
    private let candidates: UnsafeMutablePointer<UInt32>
    private let candidateSums: UnsafeMutablePointer<Double>
    private let blockScores: UnsafeMutablePointer<Float>
    private let deadline: SearchDeadline

    /// - Parameters:
    ///   - required: Places in the view's children, each a term.
    ///   - others: The same, of terms that add to the score where they occur.
    init(
        _ view: SegmentView, required: Range<Int>, others: Range<Int>, scratch: SearchScratch, deadline: SearchDeadline
    ) {
        self.view = view
        clauses = scratch.clauses
        boundSums = scratch.boundSums
        candidates = scratch.candidates
        candidateSums = scratch.candidateSums
        blockScores = scratch.blockScores
        self.deadline = deadline
        var count = 0
        for place in required {
            (clauses + count).initialize(to: ScoredClause(view.plan.children[place], of: view))
            count = ScoredClause.settle(clauses, count)
        }
        requiredCount = count
        for place in others {
            let clause = ScoredClause(view.plan.children[place], of: view)
            guard clause.cursor.pointee.documentFrequency > 0 else { continue }
            (clauses + count).initialize(to: clause)
            count += 1
        }
        self.count = count
    }

    /// Offers `sink` every row that can enter the answer, ascending.
    func run(_ sink: inout CandidateSink, _ exclusion: inout Exclusion) throws(BM25Error) {
        let lead = clauses[0].cursor
        guard lead.pointee.documentFrequency > 0 else { return }
        var first: UInt32 = 0
        for block in 0..<lead.pointee.blockCount {
            if block & 31 == 0 {
                try deadline.checkSearch()
            }
            let last = lead.pointee.lastRow(ofBlock: block)
            guard last >= first else { continue }
            if setBounds(from: first, through: last), boundSums[0] >= sink.cutoff {
                lead.pointee.advance(to: first)
                guard lead.pointee.row != .max else { return }
                scanBlock(&sink, &exclusion)
            }
            // No row below that of a required term can hold all of them.
            first = last + 1
            for clause in 1..<max(1, requiredCount) where clauses[clause].cursor.pointee.block >= 0 {
                let row = clauses[clause].cursor.pointee.row
                guard row != .max else { return }
                first = max(first, row)
            }
        }
    }

    /// Bounds of all clauses over some rows; `boundSums[i]` is that of clause i and all after it.
    /// - Returns: false if a required term has no row left.
    private func setBounds(from first: UInt32, through last: UInt32) -> Bool {
        boundSums[count] = 0
        for clause in (0..<count).reversed() {
            clauses[clause].setBound(from: first, through: last)
            if clause < requiredCount,
                clauses[clause].cursor.pointee.shallowBlock >= clauses[clause].cursor.pointee.blockCount
            {
                return false
            }
            boundSums[clause] = boundSums[clause + 1] + clauses[clause].bound
        }
        return true
    }

    /// Completes the rows of the leading term's present block from its row on.
    private func scanBlock(_ sink: inout CandidateSink, _ exclusion: inout Exclusion) {
        let lead = clauses[0].cursor
        lead.pointee.loadRows()
        lead.pointee.loadFrequencies()
        let places = lead.pointee.index..<lead.pointee.count
        clauses[0].score(places, into: blockScores)
        let rows = UnsafePointer(lead.pointee.rows)
        let cutoff = sink.cutoff
        let needed = cutoff - boundSums[1]
        var found = 0
        for place in places {
            let sum = Double(blockScores[place])
            candidates[found] = rows[place]
            candidateSums[found] = sum
            found &+= sum >= needed ? 1 : 0
        }
        for clause in 1..<max(1, count) where found > 0 {
            found = narrow(
                found, by: clauses[clause], isRequired: clause < requiredCount,
                needed: cutoff - boundSums[clause + 1])
        }
        for candidate in 0..<found {
            exclusion.offer(candidates[candidate], Float(candidateSums[candidate]), of: view.rows, to: &sink)
        }
    }

    /// Adds a term to the first `found` candidates and keeps those that reach `needed`, and have the term if they must.
    @inline(__always)
    private func narrow(_ found: Int, by clause: ScoredClause, isRequired: Bool, needed: Double) -> Int {
        let cursor = clause.cursor
        var kept = 0
        for candidate in 0..<found {
            let row = candidates[candidate]
            cursor.pointee.advance(to: row)
            var sum = candidateSums[candidate]
            if cursor.pointee.row == row {
                sum += clause.score
            } else if isRequired {
                continue
            }
            candidates[kept] = row
            candidateSums[kept] = sum
            kept &+= sum >= needed ? 1 : 0
        }
        return kept
    }
}

internal import CKernels
internal import IndexCore

/// The best rows in which one phrase occurs.
///
/// A conjunction led by the rarest word, whose bounds come before any position is read: a place that fits takes one
/// occurrence of every word, so neither a block nor a row can score more than its rarest word would under the
/// phrase's weight. A sloppy place takes at least one occurrence of any word: there the words' sum is the bound.
struct BlockMaxPhrase {
    private let view: SegmentView
    private let node: Int
    private let isExact: Bool
    private let field: SegmentView.FieldView
    private let weight: Float
    /// By ascending document frequency.
    private let clauses: UnsafeMutablePointer<ScoredClause>
    private let count: Int
    private let places: UnsafeMutablePointer<UInt32>
    private let blockScores: UnsafeMutablePointer<Float>
    private let deadline: SearchDeadline

    /// - Parameter node: A phrase whose places have one term each.
    init(_ view: SegmentView, _ node: Int, scratch: SearchScratch, deadline: SearchDeadline) {
        self.view = view
        self.node = node
        self.deadline = deadline
        isExact = view.plan.nodes[node].slop == 0
        field = view.field(node)
        weight = view.weights[node]
        clauses = scratch.clauses
        places = scratch.candidates
        blockScores = scratch.blockScores
        var count = 0
        for use in view.plan.nodes[node].uses {
            let clause = ScoredClause(cursor: view.cursors + use, weight: weight, field: field)
            (clauses + count).initialize(to: clause)
            count = ScoredClause.settle(clauses, count)
        }
        self.count = count
    }

    /// Offers `sink` every row that can enter the answer, ascending.
    func run(_ sink: inout CandidateSink, _ exclusion: inout Exclusion) throws(BM25Error) {
        let lead = clauses[0].cursor
        guard lead.pointee.documentFrequency > 0 else { return }
        var matcher = ExactPhrase()
        var first: UInt32 = 0
        for block in 0..<lead.pointee.blockCount {
            if block & 31 == 0 {
                try deadline.checkSearch()
            }
            let last = lead.pointee.lastRow(ofBlock: block)
            guard last >= first else { continue }
            guard let bound = bound(from: first, through: last) else { return }
            if bound < sink.cutoff {
                first = last + 1
                continue
            }
            first =
                isExact
                ? scanExactly(from: first, through: last, &matcher, &sink, &exclusion)
                : scanSloppily(from: first, through: last, &sink, &exclusion)
            guard first != .max else { return }
        }
    }

    /// What no row of the range can exceed; `nil` if a word has no row left.
    private func bound(from first: UInt32, through last: UInt32) -> Double? {
        var least = Double.infinity
        var sum = 0.0
        for clause in 0..<count {
            clauses[clause].setBound(from: first, through: last)
            guard clauses[clause].cursor.pointee.shallowBlock < clauses[clause].cursor.pointee.blockCount else {
                return nil
            }
            least = min(least, clauses[clause].bound)
            sum += clauses[clause].bound
        }
        return isExact ? least : min(sum, Double(weight) * ImpactBounds.greatest)
    }

    /// Goes through the leading word's rows up to `last`, the last of a block.
    ///
    /// Those that could enter the answer if all their occurrences were the phrase's are picked out together; each is then
    /// looked for in the lists of the other words, whose blocks have a say before they are decoded. Positions are asked
    /// for when a block is entered, well before they are read.
    /// - Returns: The first row not yet looked at; `UInt32.max` when a word has none left.
    private func scanExactly(
        from first: UInt32, through last: UInt32, _ matcher: inout ExactPhrase, _ sink: inout CandidateSink,
        _ exclusion: inout Exclusion
    ) -> UInt32 {
        let lead = clauses[0].cursor
        lead.pointee.advance(to: first)
        guard lead.pointee.row <= last else { return lead.pointee.row }
        let found = pickPlaces(sink.cutoff)
        if found > 0 { lead.pointee.prefetchPositions() }
        let rows = UnsafePointer(lead.pointee.rows)
        var least = first
        candidates: for candidate in 0..<found {
            let place = Int(places[candidate])
            let row = rows[place]
            guard row >= least else { continue }
            var occurrences = lead.pointee.frequencies[place]
            for clause in 1..<max(1, count) {
                let cursor = clauses[clause].cursor
                if cursor.pointee.block < 0 || cursor.pointee.blockLastRow < row {
                    guard cursor.pointee.shallowAdvance(to: row) else { return .max }
                    let block = cursor.pointee.shallowBlock
                    if clauses[clause].bound(ofBlock: block) < sink.cutoff {
                        least = cursor.pointee.lastRow(ofBlock: block) &+ 1
                        continue candidates
                    }
                    cursor.pointee.advance(to: row)
                    cursor.pointee.prefetchPositions()
                } else {
                    cursor.pointee.advance(to: row)
                }
                guard cursor.pointee.row == row else {
                    guard cursor.pointee.row != .max else { return .max }
                    least = cursor.pointee.row
                    continue candidates
                }
                occurrences = min(occurrences, cursor.pointee.frequency)
            }
            // The threshold may be higher by now.
            guard Double(field.score(weight, Float(occurrences), row)) >= sink.cutoff else { continue }
            lead.pointee.move(to: place)
            let frequency = matcher.frequency(clauses, count) { offset(ofClause: $0) }
            if frequency > 0 {
                exclusion.offer(row, field.score(weight, Float(frequency), row), of: view.rows, to: &sink)
            }
        }
        return max(last + 1, least)
    }

    /// Puts the places of the leading word's block, from its row on, into ``places`` at which its frequency is enough;
    /// returns how many there are.
    private func pickPlaces(_ cutoff: Double) -> Int {
        let lead = clauses[0].cursor
        lead.pointee.loadRows()
        lead.pointee.loadFrequencies()
        let range = lead.pointee.index..<lead.pointee.count
        clauses[0].score(range, into: blockScores)
        // A threshold is a `Float`, whatever it is kept as.
        return ck_at_least(
            lead.pointee.level, blockScores, range.lowerBound, range.upperBound, Float(cutoff), places)
    }

    /// Goes through the leading word's rows up to `last`.
    /// - Returns: The first row not yet looked at; `UInt32.max` when a word has none left.
    private func scanSloppily(
        from first: UInt32, through last: UInt32, _ sink: inout CandidateSink, _ exclusion: inout Exclusion
    ) -> UInt32 {
        let lead = clauses[0].cursor
        lead.pointee.advance(to: first)
        rows: while lead.pointee.row <= last {
            let row = lead.pointee.row
            var occurrences = lead.pointee.frequency
            for clause in 1..<max(1, count) {
                let cursor = clauses[clause].cursor
                cursor.pointee.advance(to: row)
                guard cursor.pointee.row == row else {
                    guard cursor.pointee.row != .max else { return .max }
                    lead.pointee.advance(to: cursor.pointee.row)
                    continue rows
                }
                occurrences &+= cursor.pointee.frequency
            }
            if Double(field.score(weight, Float(occurrences), row)) >= sink.cutoff {
                let frequency = exclusion.walker.phraseFrequency(node, in: row)
                if frequency > 0 {
                    exclusion.offer(row, field.score(weight, frequency, row), of: view.rows, to: &sink)
                }
            }
            lead.pointee.next()
        }
        return lead.pointee.row == .max ? .max : max(last + 1, lead.pointee.row)
    }

    /// How far a word stands from the phrase's beginning.
    @inline(__always)
    private func offset(ofClause clause: Int) -> Int {
        Int(view.plan.uses[clauses[clause].cursor - view.cursors].position)
    }
}

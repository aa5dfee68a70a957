internal import IndexCore

/// The best rows that hold any of several terms, or groups of terms that count as one, by block-max MaxScore over
/// windows of rows.
///
/// Turtle & Flood (1995) split the terms: those whose bounds together cannot reach the answer need not be looked
/// through, only asked about the candidates of the others. Here the split is made anew for each window from the bounds
/// of its blocks (Ding & Suel 2011), as in Lucene's `MaxScoreBulkScorer`. Candidates are gathered in batches and the
/// remaining terms added term by term, so that each works on one list at a time. Sums are exact in any order
/// (``SegmentView/quantum(_:bitsBelow:)``), so what is collected is the score itself.
struct BlockMaxDisjunction {
    let view: SegmentView
    let clauses: UnsafeMutablePointer<ScoredClause>
    let count: Int
    let boundSums: UnsafeMutablePointer<Double>
    private let sums: UnsafeMutablePointer<Double>
    private let touched: UnsafeMutablePointer<UInt64>
    private let summary: UnsafeMutablePointer<UInt64>
    let candidates: UnsafeMutablePointer<UInt32>
    let candidateSums: UnsafeMutablePointer<Double>
    private let blockScores: UnsafeMutablePointer<Float>
    private let seedMemory: ThresholdSeed.Memory
    let groups: GroupFrequencies
    let matchCount: MatchCount
    /// Whether bounds are worth their cost: not in a small segment, and not when every match is counted.
    private let usesBounds: Bool
    private let deadline: SearchDeadline

    /// Segments up to so many rows are scored without bounds: those in memory, and those of which so many documents are
    /// wanted that few blocks could be left out.
    private static func leastBounded(k: Int) -> Int { min(32_768, max(4_096, 256 * k)) }

    private static let leastWindow: UInt32 = 1_024
    private static let greatestWindow: UInt32 = 65_536

    /// - Parameters:
    ///   - terms: Places in the view's children, each a term or a synonym.
    ///   - matchCount: How many of them a row must hold.
    init(
        _ view: SegmentView, terms: Range<Int>, _ matchCount: MatchCount, scratch: SearchScratch, k: Int,
        countsAll: Bool, deadline: SearchDeadline
    ) {
        self.matchCount = matchCount
        self.view = view
        clauses = scratch.clauses
        boundSums = scratch.boundSums
        sums = scratch.sums
        touched = scratch.touched
        summary = scratch.summary
        candidates = scratch.candidates
        candidateSums = scratch.candidateSums
        blockScores = scratch.blockScores
        seedMemory = scratch.seedMemory
        groups = GroupFrequencies(scratch)
        var count = 0
        for place in terms {
            let clause = ScoredClause(view.plan.children[place], of: view)
            guard clause.documentFrequency > 0 else { continue }
            (clauses + count).initialize(to: clause)
            count += 1
        }
        self.count = count
        usesBounds = Int(view.rowCount) > Self.leastBounded(k: k) && !countsAll
        self.deadline = deadline
    }

    /// Offers `sink` every row that can enter the answer, ascending.
    func run(_ sink: inout CandidateSink, _ exclusion: inout Exclusion) throws(BM25Error) {
        guard count >= matchCount.least else { return }
        if usesBounds {
            var promising = PromisingRanges()
            if exclusion.forbidden.isEmpty {
                let all = UnsafeMutableBufferPointer(start: clauses, count: count)
                offerPromising(&sink, &exclusion)
                promising = PromisingRanges(of: all, rowCount: view.rowCount, memory: candidateSums)
                try promising.visit(all) { (range) throws(BM25Error) in
                    try runWithBounds(range, &sink, &exclusion)
                }
            }
            try promising.visitOthers(upTo: view.rowCount) { (range) throws(BM25Error) in
                try runWithBounds(range, &sink, &exclusion)
            }
        } else {
            for clause in 0..<count { clauses[clause].advance(to: 0) }
            boundSums[0] = 0
            _ = try accumulate(from: 0, to: view.rowCount, firstEssential: 0, repartition: .infinity, &sink, &exclusion)
        }
    }

    // MARK: A first threshold

    /// Offers the rows that promise most by one term alone, after which cursors are as they were before.
    ///
    /// All rows are looked at after that, and these are offered again: with the same score, or a greater one if not all
    /// terms were added here.
    private func offerPromising(_ sink: inout CandidateSink, _ exclusion: inout Exclusion) {
        // Where several terms must match, few of these rows would count.
        guard sink.takesSeed, !matchCount.isCounted else { return }
        let all = UnsafeMutableBufferPointer(start: clauses, count: count)
        guard var seed = ThresholdSeed(all, k: sink.k, memory: seedMemory) else { return }
        // Many terms that count as one may take longer to look up for a few rows than for all of them.
        let firstEssential = all.contains { $0.isGroup } ? 0 : count - 1
        for place in 0...count { boundSums[place] = 0 }
        withUnsafeTemporaryAllocation(of: PostingsCursor.self, capacity: count) { before in
            for place in 0..<firstEssential { before.initializeElement(at: place, to: clauses[place].cursor.pointee) }
            // Where a filter lets few of them pass, more are asked for.
            while sink.cutoff == -.infinity, case let found = seed.next(candidates, candidateSums), found > 0 {
                complete(found, firstEssential: firstEssential, &sink, &exclusion)
                for place in 0..<firstEssential { clauses[place].cursor.pointee = before[place] }
            }
        }
    }

    // MARK: Windows

    private func runWithBounds(
        _ range: Range<UInt32>, _ sink: inout CandidateSink, _ exclusion: inout Exclusion
    ) throws(BM25Error) {
        var first = range.lowerBound
        var firstEssential = 0
        var least = Self.leastWindow
        var windows = 0
        while first < range.upperBound {
            windows &+= 1
            if windows & 15 == 0 {
                try deadline.checkSearch()
            }
            let end = windowEnd(first, firstEssential, least, range.upperBound)
            for clause in 0..<count {
                clauses[clause].setBound(from: first, through: end - 1)
            }
            sortByBound()
            firstEssential = partition(sink.cutoff)
            if firstEssential == count {
                first = end
                firstEssential = 0
                least = min(least * 2, Self.greatestWindow)
            } else if firstEssential == count - 1, !clauses[firstEssential].isGroup {
                scan(from: first, to: end, &sink, &exclusion)
                first = end
            } else {
                for clause in firstEssential..<count { clauses[clause].advance(to: first) }
                first = try accumulate(
                    from: first, to: end, firstEssential: firstEssential, repartition: sink.cutoff * 1.05, &sink,
                    &exclusion)
            }
        }
    }

    /// Where the first block of the terms that were essential ends: up to there bounds stay as they are.
    private func windowEnd(_ first: UInt32, _ firstEssential: Int, _ least: UInt32, _ limit: UInt32) -> UInt32 {
        var end = limit
        for clause in firstEssential..<count {
            if let last = clauses[clause].lastBlockRow(from: first) { end = min(end, last + 1) }
        }
        return min(max(end, first + least), limit)
    }

    /// Few clauses, nearly sorted since the last window.
    private func sortByBound() {
        for place in 1..<max(1, count) where clauses[place - 1].bound > clauses[place].bound {
            let clause = clauses[place]
            var hole = place
            while hole > 0, clauses[hole - 1].bound > clause.bound {
                clauses[hole] = clauses[hole - 1]
                hole -= 1
            }
            clauses[hole] = clause
        }
    }

    /// The first clause without which those before it cannot reach the answer, or are too few; `count` if all of them
    /// cannot.
    private func partition(_ cutoff: Double) -> Int {
        boundSums[0] = 0
        var first = 0
        for clause in 0..<count {
            boundSums[clause + 1] = boundSums[clause] + clauses[clause].bound
            if boundSums[clause + 1] < cutoff {
                first = clause + 1
            }
        }
        return max(first, matchCount.least - 1)
    }

    // MARK: One essential term

    /// Goes through the last clause's rows of a window.
    private func scan(from first: UInt32, to end: UInt32, _ sink: inout CandidateSink, _ exclusion: inout Exclusion) {
        let clause = clauses[count - 1]
        let cursor = clause.cursor
        let rest = boundSums[count - 1]
        guard cursor.pointee.shallowAdvance(to: first) else { return }
        for block in cursor.pointee.shallowBlock..<cursor.pointee.blockCount {
            let start = block == 0 ? 0 : cursor.pointee.lastRow(ofBlock: block - 1) + 1
            guard start < end else { return }
            // Blocks that hold no candidate are not decoded.
            if clause.bound(ofBlock: block) + rest < sink.cutoff { continue }
            cursor.pointee.advance(to: max(start, first))
            guard cursor.pointee.row < end else { return }
            cursor.pointee.loadRows()
            cursor.pointee.loadFrequencies()
            let stop = cursor.pointee.placeOfFirst(notBelow: end)
            let places = cursor.pointee.index..<stop
            clause.score(places, into: blockScores)
            let needed = sink.cutoff - rest
            let rows = UnsafePointer(cursor.pointee.rows)
            var found = 0
            for place in places {
                let sum = Double(blockScores[place]) + matchCount.unit
                candidates[found] = rows[place]
                candidateSums[found] = sum
                found &+= RowSums.reach(sum, needed)
            }
            complete(found, firstEssential: count - 1, &sink, &exclusion)
            if stop < cursor.pointee.count {
                cursor.pointee.move(to: stop)
                return
            }
        }
    }

    // MARK: Several essential terms

    /// Adds up the essential terms' scores of a window's rows and completes those that may enter the answer.
    /// - Returns: Where to go on: `end`, or the row from which a raised threshold deserves a new split.
    private func accumulate(
        from first: UInt32, to end: UInt32, firstEssential: Int, repartition: Double, _ sink: inout CandidateSink,
        _ exclusion: inout Exclusion
    ) throws(BM25Error) -> UInt32 {
        let density = density(firstEssential)
        let windowCount = density.windowCount
        var windows = 0
        while true {
            windows &+= 1
            if windows & 15 == 0 {
                try deadline.checkSearch()
            }
            var start = UInt32.max
            for clause in firstEssential..<count {
                start = min(start, clauses[clause].row)
            }
            guard start < end else { return end }
            let stop = UInt32(min(Int(end), Int(start) + windowCount))
            for clause in firstEssential..<count {
                if clauses[clause].isGroup {
                    addGroup(clauses[clause], from: start, to: stop, marks: density != .great)
                } else if density == .great {
                    add(clauses[clause], from: start, to: stop, marks: false)
                } else {
                    add(clauses[clause], from: start, to: stop, marks: true)
                }
            }
            let needed = sink.cutoff - boundSums[firstEssential]
            let found =
                density == .great
                ? RowSums.take(
                    sums, count: Int(stop &- start), needed: needed, first: start, candidates, candidateSums)
                : drain(from: start, to: stop, needed: needed)
            complete(found, firstEssential: firstEssential, &sink, &exclusion)
            if sink.cutoff > repartition { return stop }
        }
    }

    /// Adds a term's scores of the rows from `start` to before `stop`; its cursor goes to the first row not below that.
    @inline(__always)
    private func add(_ clause: ScoredClause, from start: UInt32, to stop: UInt32, marks isMarked: Bool) {
        let cursor = clause.cursor
        let sums = self.sums
        let touched = self.touched
        let scores = blockScores
        let unit = matchCount.unit
        var marks: UInt64 = 0
        var markedWord = 0
        while cursor.pointee.row < stop {
            cursor.pointee.loadRows()
            cursor.pointee.loadFrequencies()
            let rows = UnsafePointer(cursor.pointee.rows)
            let last = cursor.pointee.placeOfFirst(notBelow: stop)
            let places = cursor.pointee.index..<last
            clause.score(places, into: scores)
            for place in places {
                let offset = Int(rows[place] &- start)
                sums[offset] += Double(scores[place]) + unit
                guard isMarked else { continue }
                touched[offset &>> 6] |= 1 &<< UInt64(truncatingIfNeeded: offset)
                if offset &>> 12 != markedWord {
                    summary[markedWord] |= marks
                    markedWord = offset &>> 12
                    marks = 0
                }
                marks |= 1 &<< UInt64(truncatingIfNeeded: offset &>> 6)
            }
            guard last == cursor.pointee.count else {
                cursor.pointee.move(to: last)
                break
            }
            cursor.pointee.nextBlock()
        }
        if isMarked { summary[markedWord] |= marks }
    }

    /// The same for terms that count as one.
    private func addGroup(_ clause: ScoredClause, from start: UInt32, to stop: UInt32, marks: Bool) {
        groups.score(clause, from: start, to: stop) { row, score in
            let offset = Int(row &- start)
            sums[offset] += Double(score) + matchCount.unit
            guard marks else { return }
            touched[offset &>> 6] |= 1 &<< UInt64(truncatingIfNeeded: offset)
            summary[offset &>> 12] |= 1 &<< UInt64(truncatingIfNeeded: offset &>> 6)
        }
    }

    /// How many rows of a window match.
    private enum Density {
        /// Few: windows are large, so that each has some work.
        case little
        /// Some: what was added to is marked.
        case middling
        /// So many that going through all sums costs less than marks would.
        case great

        var windowCount: Int { self == .little ? SearchScratch.windowCount : SearchScratch.denseWindowCount }
    }

    private func density(_ firstEssential: Int) -> Density {
        var postings = 0
        for clause in firstEssential..<count {
            postings += clauses[clause].documentFrequency
        }
        let perWindow = postings * SearchScratch.denseWindowCount / max(1, Int(view.rowCount))
        guard perWindow >= Self.sparseCount else { return .little }
        return perWindow >= (RowSums.isWide ? Self.denseCount : 8 * Self.denseCount) ? .great : .middling
    }

    /// Postings in 4,096 rows below which lists are sparse.
    private static let sparseCount = 64
    /// Postings in 4,096 rows from which lists are dense.
    private static let denseCount = 384

    /// Takes the sums that reach `needed` as candidates and leaves the accumulators clean.
    @inline(__always)
    private func drain(from start: UInt32, to stop: UInt32, needed: Double) -> Int {
        var found = 0
        for place in 0..<takeMarks(upTo: Int(stop &- start)) {
            let offset = Int(candidates[place])
            let sum = sums[offset]
            sums[offset] = RowSums.untouched
            candidates[found] = start &+ UInt32(truncatingIfNeeded: offset)
            candidateSums[found] = sum
            found &+= RowSums.reach(sum, needed)
        }
        return found
    }

    /// Writes the offsets of the marked rows of a window into ``candidates`` and leaves no mark.
    ///
    /// Of each word so many are written at once, marked or not: how many there are is guessed wrong too often.
    @inline(__always)
    private func takeMarks(upTo count: Int) -> Int {
        var taken = 0
        for group in 0...(count &- 1) &>> 12 {
            var words = summary[group]
            summary[group] = 0
            while words != 0 {
                let word = group &<< 6 | words.trailingZeroBitCount
                words &= words &- 1
                var marks = touched[word]
                touched[word] = 0
                for _ in 0..<4 {
                    candidates[taken] = UInt32(truncatingIfNeeded: word &<< 6 &+ marks.trailingZeroBitCount)
                    taken &+= marks != 0 ? 1 : 0
                    marks &= marks &- 1
                }
                while marks != 0 {
                    candidates[taken] = UInt32(truncatingIfNeeded: word &<< 6 &+ marks.trailingZeroBitCount)
                    taken &+= 1
                    marks &= marks &- 1
                }
            }
        }
        return taken
    }
}

internal import IndexCore

/// What becomes of the rows that the essential terms leave: the other terms, term by term, and then the sink.
extension BlockMaxDisjunction {
    /// Adds the terms before `firstEssential` to the first `found` candidates, dropping those that can no longer enter
    /// the answer, and offers the rest.
    func complete(
        _ found: Int, firstEssential: Int, _ sink: inout CandidateSink, _ exclusion: inout Exclusion
    ) {
        var found = found
        let cutoff = sink.cutoff
        var place = firstEssential - 1
        while place >= 0, found > 0 {
            found = drop(found, matchingLessThan: matchCount.least - place - 1)
            let needed = cutoff - boundSums[place]
            found =
                clauses[place].isGroup
                ? addGroupScores(of: clauses[place], to: found, needed: needed)
                : addScores(of: clauses[place], to: found, needed: needed)
            place -= 1
        }
        found = drop(found, matchingLessThan: matchCount.least)
        if matchCount.isCounted {
            for candidate in 0..<found { candidateSums[candidate] = matchCount.score(candidateSums[candidate]) }
        }
        offer(found, &sink, &exclusion)
    }

    /// Drops those of the first `found` candidates that match less than `least` of the clauses so far.
    private func drop(_ found: Int, matchingLessThan least: Int) -> Int {
        guard matchCount.isCounted, least > 1 else { return found }
        var kept = 0
        for candidate in 0..<found {
            let sum = candidateSums[candidate]
            candidates[kept] = candidates[candidate]
            candidateSums[kept] = sum
            kept &+= matchCount.matches(sum) >= least ? 1 : 0
        }
        return kept
    }

    /// Offers the first `found` candidates.
    ///
    /// While nothing is known of the answer, the greater sums of many go first: the threshold is up at once, and few of
    /// the rest are taken in only to be pushed out again. What is kept does not depend on the order, but rows that may
    /// be forbidden are asked about by ascending ones.
    private func offer(_ found: Int, _ sink: inout CandidateSink, _ exclusion: inout Exclusion) {
        for candidate in 0..<found where sink.wants(Float(candidateSums[candidate])) {
            view.rows.prefetchID(Int(candidates[candidate]))
        }
        if sink.cutoff == -.infinity, !sink.countsAll, found >= 8 * sink.k, exclusion.forbidden.isEmpty {
            let pivot = pivotOfSums(found, kept: sink.k)
            for candidate in 0..<found where candidateSums[candidate] >= pivot {
                exclusion.offer(candidates[candidate], Float(candidateSums[candidate]), of: view.rows, to: &sink)
            }
            // A threshold above the pivot leaves none of the rest a place.
            guard sink.cutoff < pivot else { return }
            for candidate in 0..<found where candidateSums[candidate] < pivot {
                exclusion.offer(candidates[candidate], Float(candidateSums[candidate]), of: view.rows, to: &sink)
            }
            return
        }
        for candidate in 0..<found {
            exclusion.offer(candidates[candidate], Float(candidateSums[candidate]), of: view.rows, to: &sink)
        }
    }

    /// A sum that about twice as many candidates reach as will be kept, estimated from 64 of them.
    private func pivotOfSums(_ found: Int, kept: Int) -> Double {
        let sampleCount = 64
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: sampleCount) { sample in
            for place in 0..<sampleCount {
                sample.initializeElement(at: place, to: candidateSums[place * found / sampleCount])
            }
            var sample = sample
            sample.sort(by: >)
            return sample[min(sampleCount - 1, max(1, 2 * kept * sampleCount / found))]
        }
    }

    /// Adds one term's scores to the first `found` candidates and keeps those whose sums are `needed` at least.
    ///
    /// A candidate that cannot reach that even with its block's bound is not looked up.
    /// - Returns: How many are kept.
    @inline(__always)
    private func addScores(of clause: ScoredClause, to found: Int, needed: Double) -> Int {
        let cursor = clause.cursor
        var kept = 0
        for candidate in 0..<found {
            let row = candidates[candidate]
            var sum = candidateSums[candidate]
            if cursor.pointee.block < 0 || cursor.pointee.row < row {
                if cursor.pointee.block < 0 || cursor.pointee.blockLastRow < row,
                    cursor.pointee.shallowAdvance(to: row),
                    sum + clause.bound(ofBlock: cursor.pointee.shallowBlock) < needed
                {
                    continue
                }
                cursor.pointee.advance(to: row)
            }
            if cursor.pointee.row == row {
                sum += clause.score + matchCount.unit
            }
            candidates[kept] = row
            candidateSums[kept] = sum
            kept &+= RowSums.reach(sum, needed)
        }
        return kept
    }

    /// The same for terms that count as one.
    private func addGroupScores(of clause: ScoredClause, to found: Int, needed: Double) -> Int {
        var kept = 0
        groups.forEachFrequency(of: clause, in: candidates, found) { candidate, frequency in
            let row = candidates[candidate]
            var sum = candidateSums[candidate]
            if frequency > 0 { sum += Double(clause.field.score(clause.weight, frequency, row)) + matchCount.unit }
            candidates[kept] = row
            candidateSums[kept] = sum
            kept &+= RowSums.reach(sum, needed)
        }
        return kept
    }
}

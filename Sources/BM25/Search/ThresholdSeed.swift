internal import IndexCore

/// Where a disjunction's first threshold comes from: the rows that score most by one term alone, to be looked at before
/// all others.
///
/// Of the term with the greatest weight the blocks with the greatest bounds are scored, a microsecond's work. With what the
/// other terms add, the best of their rows bring the threshold near to the last.
struct ThresholdSeed {
    /// What it works with: scores and rows of some blocks, and places among them.
    struct Memory {
        let scores = UnsafeMutablePointer<Float>.allocate(capacity: count)
        let rows = UnsafeMutablePointer<UInt32>.allocate(capacity: count)
        // As ``VectorKernels/places(of:count:atLeast:into:level:)`` writes them.
        let places = UnsafeMutablePointer<UInt32>.allocate(capacity: count + 16)

        private static let count = blockLimit * PostingsFormat.blockCount

        func deallocate() {
            scores.deallocate()
            rows.deallocate()
            places.deallocate()
        }
    }

    /// Blocks that are decoded.
    private static let blockLimit = 4
    /// Blocks, or groups of blocks, whose bounds are compared.
    private static let boundLimit = 512

    private let memory: Memory
    /// Rows that were scored, and those of them that were taken.
    private var count = 0
    private var taken = 0
    /// What all that were taken reach, and none of the others.
    private var border: Float
    /// Rows that are taken at once: so many, or up to twice as many.
    private let step: Int

    /// Scores the promising rows; moves the best term's clause to the end of `clauses`.
    ///
    /// Nil if no single term has `k` rows.
    init?(_ clauses: UnsafeMutableBufferPointer<ScoredClause>, k: Int, memory: Memory) {
        var best: Int?
        for place in clauses.indices where !clauses[place].isGroup && clauses[place].documentFrequency >= k {
            if best.map({ clauses[place].weight > clauses[$0].weight }) ?? true { best = place }
        }
        guard let best else { return nil }
        clauses.swapAt(best, clauses.count - 1)
        self.memory = memory
        border = clauses[clauses.count - 1].weight
        step = k + max(6, k / 2)
        score(clauses[clauses.count - 1])
    }

    private mutating func score(_ clause: ScoredClause) {
        let cursor = clause.cursor
        let before = cursor.pointee
        for block in Self.promisingBlocks(clause) {
            cursor.pointee.advance(to: block == 0 ? 0 : cursor.pointee.lastRow(ofBlock: block - 1) + 1)
            guard cursor.pointee.row != .max else { break }
            cursor.pointee.loadRows()
            cursor.pointee.loadFrequencies()
            clause.score(0..<cursor.pointee.count, into: memory.scores + count)
            (memory.rows + count).update(from: cursor.pointee.rows, count: cursor.pointee.count)
            count += cursor.pointee.count
        }
        cursor.pointee = before
    }

    /// Writes the best rows that were not yet taken, ascending, and their scores.
    /// - Returns: How many there are.
    mutating func next(_ rows: UnsafeMutablePointer<UInt32>, _ sums: UnsafeMutablePointer<Double>) -> Int {
        var least: Float = 0
        var reached = count
        // A few halvings: scores that are the same cannot be told apart.
        var (low, high) = (least, border)
        for _ in 0..<8 where reached > taken + 2 * step {
            let middle = (low + high) / 2
            let found = places(atLeast: middle)
            if found >= taken + step {
                (low, least, reached) = (middle, middle, found)
            } else {
                high = middle
            }
        }
        var found = 0
        for place in 0..<places(atLeast: least) {
            let score = memory.scores[Int(memory.places[place])]
            rows[found] = memory.rows[Int(memory.places[place])]
            sums[found] = Double(score)
            found += taken == 0 || score < border ? 1 : 0
        }
        taken = reached
        border = least
        return found
    }

    private func places(atLeast least: Float) -> Int {
        VectorKernels.places(of: memory.scores, count: count, atLeast: least, into: memory.places)
    }

    /// The blocks with the greatest bounds, ascending; in a long list, those of the group with the greatest.
    private static func promisingBlocks(_ clause: ScoredClause) -> [Int] {
        let cursor = clause.cursor
        var blocks = 0..<cursor.pointee.blockCount
        if blocks.count > boundLimit {
            let groups = min(blocks.count / PostingsFormat.groupCount, boundLimit)
            let best = (0..<groups).max { clause.bound(ofGroup: $0) < clause.bound(ofGroup: $1) } ?? 0
            blocks = best * PostingsFormat.groupCount..<(best + 1) * PostingsFormat.groupCount
        }
        var chosen: [(block: Int, bound: Double)] = []
        for block in blocks {
            let bound = clause.bound(ofBlock: block)
            guard chosen.count < blockLimit || bound > chosen[chosen.count - 1].bound else { continue }
            let place = chosen.firstIndex { $0.bound < bound } ?? chosen.count
            chosen.insert((block, bound), at: place)
            if chosen.count > blockLimit {
                chosen.removeLast()
            }
        }
        return chosen.map(\.block).sorted()
    }
}

import IndexCore

/// One search across delta and segment: collects candidates by their codes, then scores the best exactly.
///
/// A code answers "the score is in `estimate ± bound`", where the bound follows from the two codes' own errors: for
/// x = x' + e and q = q' + f, |q.x - q'.x'| <= |q||e| + |f||x'|. A row is a candidate while its upper end
/// reaches the k-th best document's lower end; candidates are scored in order of their upper ends until none can reach
/// the k-th exact score. Over all rows the answer is therefore exactly that of scoring each one.
///
/// What a walk through the graph found is scored at once: its codes have no bounds, only a doubt (``CodedScores``).
struct DocumentSearch {
    /// As the metric has it.
    private let query: [Float]
    private let metric: VectorMetric
    private let filter: RowFilter
    private let k: Int
    /// Made for the first scan: a walk needs none of it.
    private var coded: (query: PreparedVector, bounds: ScoreBounds, scratch: StripeScratch)?
    private var lowerEnds: LowerEnds
    /// Documents of a walk, scored.
    private var scored: DocumentCollector
    /// The rows looked at, with what keeps their memory.
    private var blocks: [(columns: VectorColumns, owner: AnyObject)] = []
    private var candidates: [Candidate] = []
    private let level = VectorKernels.level

    private struct Candidate {
        var upperEnd: Float
        var block: UInt32
        var row: UInt32
    }

    /// Room for candidates at the start: mostly enough for a hundred documents.
    private static let usualCandidates = 1_024
    /// Candidates scored at a time.
    private static let batch = 32
    /// Candidates scored at a time once each may be the last.
    private static let few = 8

    init(query: [Float], metric: VectorMetric, filter: RowFilter, k: Int) {
        self.query = query
        self.metric = metric
        self.filter = filter
        self.k = k
        lowerEnds = LowerEnds(k: k)
        scored = DocumentCollector(k: k)
    }

    /// Documents a walk found, at most k.
    var walkedCount: Int { scored.count }

    /// Forgets everything found.
    mutating func reset() {
        lowerEnds = LowerEnds(k: k)
        scored = DocumentCollector(k: k)
        blocks.removeAll(keepingCapacity: true)
        candidates.removeAll(keepingCapacity: true)
    }

    /// Looks at every row of `range`.
    mutating func scan(
        _ rows: VectorColumns, of owner: AnyObject, _ range: Range<Int>, deadline: SearchDeadline
    ) throws(HNSWError) {
        let (query, bounds, scratch) = codedQuery()
        let block = addBlock(rows, owner)
        for first in stride(from: range.lowerBound, to: range.upperBound, by: StripeScratch.count) {
            try deadline.checkVectors()
            let count = min(StripeScratch.count, range.upperBound - first)
            query.codes.withUnsafeBufferPointer { codes in
                guard let codes = codes.baseAddress else { return }
                VectorKernels.codeDots(
                    codes, querySum: query.code.sum, base: rows.code(first), stride: rows.codeStride,
                    rowCount: count, count: rows.codeStride, into: scratch.products, level: level)
            }
            bounds.upperEnds(rows, first, scratch.products, count: count, into: scratch.upperEnds)
            let found = VectorKernels.places(
                of: scratch.upperEnds, count: count, atLeast: lowerEnds.threshold, into: scratch.places, level: level)
            for place in 0..<found {
                let index = Int(scratch.places[place])
                consider(rows, block, first &+ index, product: scratch.products[index], bounds)
            }
            lowerEnds.settle()
        }
    }

    /// Looks at the listed rows.
    mutating func scan(
        _ rows: VectorColumns, of owner: AnyObject, listed list: [UInt32], deadline: SearchDeadline
    ) throws(HNSWError) {
        let (query, bounds, scratch) = codedQuery()
        let block = addBlock(rows, owner)
        for first in stride(from: 0, to: list.count, by: StripeScratch.count) {
            try deadline.checkVectors()
            let count = min(StripeScratch.count, list.count - first)
            list.withUnsafeBufferPointer { list in
                query.codes.withUnsafeBufferPointer { codes in
                    guard let list = list.baseAddress, let codes = codes.baseAddress else { return }
                    VectorKernels.codeDots(
                        codes, querySum: query.code.sum, base: rows.codes, stride: rows.codeStride,
                        rows: list + first, rowCount: count, count: rows.codeStride, into: scratch.products,
                        level: level)
                }
            }
            for index in 0..<count {
                consider(rows, block, Int(list[first &+ index]), product: scratch.products[index], bounds)
            }
            lowerEnds.settle()
        }
    }

    /// Scores what a walk found: the nearest candidates that pass, and more while there are fewer than k documents.
    ///
    /// Codes err, so up to 2k are scored, and of a wide walk a quarter: where the neighbours are closer to each
    /// other than codes can tell, a wider search must bring more. Among them it ends where no candidate that is left
    /// can reach the k-th document, by what its code says.
    /// - Parameter isWhole: All of them: where a walk led far from its query.
    mutating func take(_ scratch: SearchScratch, of segment: VectorSegment, isWhole: Bool) {
        let pool = scratch.pool
        let stripe = isWhole ? max(1, pool.count) : max(16, 2 * k, pool.count / 4)
        let coded = query.withUnsafeBufferPointer { query in
            query.baseAddress.map { segment.codedScores($0, scratch) }
        }
        guard let coded else { return }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: stripe) { scores in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: stripe) { rows in
                guard let scores = scores.baseAddress, let rows = rows.baseAddress else { return }
                var next = 0
                var end = isWhole ? pool.count : coded.contenders(pool, k: k, limit: stripe)
                while next < end {
                    for index in next..<end {
                        rows[index &- next] = UInt32(truncatingIfNeeded: CandidatePool.row(pool.entries[index]))
                    }
                    score(rows, count: end - next, of: segment, into: scores)
                    next = end
                    if scored.count < k {
                        end = min(pool.count, next + stripe)
                    } else if next < min(stripe, pool.count), coded.upperEnd(pool.entries[next]) >= scored.threshold {
                        end = min(stripe, pool.count, next + Self.few)
                    }
                }
            }
        }
    }

    private mutating func score(
        _ rows: UnsafePointer<UInt32>, count: Int, of segment: VectorSegment, into scores: UnsafeMutablePointer<Float>
    ) {
        for index in 0..<count {
            segment.prefetchDocument(of: Int(rows[index]))
        }
        query.withUnsafeBufferPointer { query in
            guard let query = query.baseAddress else { return }
            segment.rescore(query, rows, count: count, into: scores)
        }
        for index in 0..<count where scores[index] >= scored.threshold {
            scored.insert(
                DocumentHit(
                    document: segment.document(of: Int(rows[index])), passage: segment.passage(row: Int(rows[index])),
                    score: scores[index]))
        }
    }

    /// The best k documents by exact score.
    consuming func finish() -> [DocumentHit] {
        var collector = scored
        guard !candidates.isEmpty else { return collector.finish() }
        let needed = lowerEnds.threshold
        // Nearest upper end first; equal ones in any fixed order, since all of them are scored or none needs to be.
        var order: [UInt64] = []
        order.reserveCapacity(candidates.count)
        for (index, candidate) in candidates.enumerated() where candidate.upperEnd >= needed {
            order.append(UInt64(~candidate.upperEnd.orderedKey) << 32 | UInt64(index))
        }
        KeySort.sort(&order)
        var next = 0
        while next < order.count {
            let nearest = candidates[Int(order[next] & 0xFFFF_FFFF)].upperEnd
            guard nearest >= collector.threshold else { break }
            // None of the first k is scored in vain; after them each may be the last.
            let count = min(collector.count < k ? Self.batch : Self.few, order.count - next)
            score(order[next..<next + count], into: &collector)
            next += count
        }
        return collector.finish()
    }

    private mutating func codedQuery() -> (query: PreparedVector, bounds: ScoreBounds, scratch: StripeScratch) {
        if let coded { return coded }
        let prepared = PreparedVector(query)
        let made = (prepared, ScoreBounds(query: prepared, metric: metric), StripeScratch())
        candidates.reserveCapacity(Self.usualCandidates)
        coded = made
        return made
    }

    private mutating func addBlock(_ rows: VectorColumns, _ owner: AnyObject) -> UInt32 {
        (owner as? VectorBlock)?.checkForScan()
        // The scores of what a walk found are both ends.
        if blocks.isEmpty {
            for hit in scored.finish() { lowerEnds.add(hit.score, document: hit.document.rawValue) }
            lowerEnds.settle()
        }
        blocks.append((rows, owner))
        return UInt32(blocks.count - 1)
    }

    @inline(__always)
    private mutating func consider(
        _ rows: VectorColumns, _ block: UInt32, _ row: Int, product: Int32, _ bounds: ScoreBounds
    ) {
        let (estimate, bound) = bounds.estimate(rows, row, product: product)
        guard estimate + bound >= lowerEnds.threshold, filter.passes(rows.ids[row]) else { return }
        candidates.append(Candidate(upperEnd: estimate + bound, block: block, row: UInt32(row)))
        lowerEnds.add(estimate - bound, document: rows.documents[row])
    }

    private func score(_ order: ArraySlice<UInt64>, into collector: inout DocumentCollector) {
        withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: Self.batch) { addresses in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.batch) { scores in
                query.withUnsafeBufferPointer { query in
                    guard let addressBase = addresses.baseAddress, let scoreBase = scores.baseAddress,
                        let queryBase = query.baseAddress
                    else { return }
                    for (index, key) in order.enumerated() {
                        let candidate = candidates[Int(key & 0xFFFF_FFFF)]
                        addressBase[index] = blocks[Int(candidate.block)].columns.vector(Int(candidate.row))
                    }
                    metric.scores(
                        queryBase, rows: addressBase, count: order.count, dimension: query.count, into: scoreBase)
                    for (index, key) in order.enumerated() {
                        let candidate = candidates[Int(key & 0xFFFF_FFFF)]
                        let rows = blocks[Int(candidate.block)].columns
                        collector.insert(
                            DocumentHit(
                                document: PassageID(rows.documents[Int(candidate.row)]),
                                passage: PassageID(rows.ids[Int(candidate.row)]), score: scoreBase[index]))
                    }
                }
            }
        }
    }
}

import IndexCore

/// One search across delta and segment: collects candidates by their codes, then scores the best exactly.
///
/// A code answers "the similarity is in `estimate ± bound`", where the bound follows from the two codes' own errors:
/// for x = x' + e and q = q' + f, |q.x - q'.x'| <= |q||e| + |f||x'|. A row is a candidate while its upper end
/// reaches the k-th best document's lower end; candidates are scored in order of their upper ends until none can reach
/// the k-th exact score. Over all rows the answer is therefore exactly that of scoring each one.
struct DocumentSearch {
    private let query: UnitVector
    private let filter: RowFilter
    private let k: Int
    private let boundFactor: Float
    private let boundOffset: Float
    private var lowerEnds: DocumentCollector
    private var blocks: [VectorRows] = []
    private var candidates: [Candidate] = []
    private let level = VectorKernels.level

    private struct Candidate {
        var upperEnd: Float
        var block: UInt32
        var row: UInt32
    }

    /// Rows whose products are made at a time.
    private static let stripe = 512

    init(query: UnitVector, filter: RowFilter, k: Int) {
        self.query = query
        self.filter = filter
        self.k = k
        lowerEnds = DocumentCollector(k: k)
        // Lengths are 1 up to rounding. The last term covers the rounding of estimate, bound and exact score: each
        // is below 1.1 in magnitude and made in a few steps of relative error 2^-24.
        boundFactor = 1.000_001 * (1 + query.code.error)
        boundOffset = 1.000_001 * query.code.error + 0x1p-19
    }

    /// Documents found so far, at most k.
    var documentCount: Int { lowerEnds.count }

    /// Forgets everything found.
    mutating func reset() {
        lowerEnds = DocumentCollector(k: k)
        blocks.removeAll(keepingCapacity: true)
        candidates.removeAll(keepingCapacity: true)
    }

    /// Looks at every row of `range`.
    mutating func scan(_ rows: VectorRows, _ range: Range<Int>, deadline: SearchDeadline) throws(HNSWError) {
        let block = addBlock(rows)
        for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.stripe) {
            try deadline.checkVectors()
            let count = min(Self.stripe, range.upperBound - first)
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: Self.stripe) { buffer in
                guard let products = buffer.baseAddress else { return }
                query.codes.withUnsafeBufferPointer { codes in
                    guard let codes = codes.baseAddress else { return }
                    VectorKernels.codeDots(
                        codes, querySum: query.code.sum, base: rows.codes + first * rows.codeStride,
                        stride: rows.codeStride, rowCount: count, count: rows.codeStride, into: products, level: level)
                }
                for index in 0..<count {
                    consider(rows, block, first &+ index, product: products[index])
                }
            }
        }
    }

    /// Looks at the listed rows.
    mutating func scan(_ rows: VectorRows, listed list: [UInt32], deadline: SearchDeadline) throws(HNSWError) {
        let block = addBlock(rows)
        for first in stride(from: 0, to: list.count, by: Self.stripe) {
            try deadline.checkVectors()
            let count = min(Self.stripe, list.count - first)
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: Self.stripe) { buffer in
                list.withUnsafeBufferPointer { list in
                    query.codes.withUnsafeBufferPointer { codes in
                        guard let products = buffer.baseAddress, let list = list.baseAddress,
                            let codes = codes.baseAddress
                        else { return }
                        VectorKernels.codeDots(
                            codes, querySum: query.code.sum, base: rows.codes, stride: rows.codeStride,
                            rows: list + first, rowCount: count, count: rows.codeStride, into: products, level: level)
                        for index in 0..<count {
                            consider(rows, block, Int(list[first &+ index]), product: products[index])
                        }
                    }
                }
            }
        }
    }

    /// Takes what a graph search found.
    mutating func take(_ pool: CandidatePool, of rows: VectorRows) {
        let block = addBlock(rows)
        for index in 0..<pool.count {
            let entry = pool.entries[index]
            if CandidatePool.passes(entry) {
                offer(rows, block, CandidatePool.row(entry), estimate: CandidatePool.similarity(entry))
            }
        }
    }

    /// The best k documents by exact score.
    consuming func finish() -> [DocumentHit] {
        var collector = DocumentCollector(k: k)
        let needed = lowerEnds.threshold
        // Nearest upper end first; equal ones in any fixed order, since all of them are scored or none needs to be.
        var order: [UInt64] = []
        order.reserveCapacity(candidates.count)
        for (index, candidate) in candidates.enumerated() where candidate.upperEnd >= needed {
            let key = CandidatePool.pack(candidate.upperEnd, row: 0, passes: false)
            order.append(key | UInt64(index))
        }
        order.sort()
        var next = 0
        var batch = 16
        while next < order.count {
            let count = min(batch, order.count - next)
            let nearest = candidates[Int(order[next] & 0xFFFF_FFFF)].upperEnd
            guard nearest >= collector.threshold else { break }
            score(order[next..<next + count], into: &collector)
            next += count
            batch = 8
        }
        return collector.finish()
    }

    private mutating func addBlock(_ rows: VectorRows) -> UInt32 {
        blocks.append(rows)
        return UInt32(blocks.count - 1)
    }

    @inline(__always)
    private mutating func consider(_ rows: VectorRows, _ block: UInt32, _ row: Int, product: Int32) {
        let estimate = Float(product) * (query.code.scale * rows.scales[row])
        let upperEnd = estimate + (rows.errors[row] * boundFactor + boundOffset)
        guard upperEnd >= lowerEnds.threshold, filter.passes(rows.ids[row]) else { return }
        offer(rows, block, row, estimate: estimate)
    }

    private mutating func offer(_ rows: VectorRows, _ block: UInt32, _ row: Int, estimate: Float) {
        let bound = rows.errors[row] * boundFactor + boundOffset
        candidates.append(Candidate(upperEnd: estimate + bound, block: block, row: UInt32(row)))
        lowerEnds.insert(
            DocumentHit(
                document: PassageID(rows.documents[row]), passage: PassageID(rows.ids[row]), score: estimate - bound))
    }

    private func score(_ order: ArraySlice<UInt64>, into collector: inout DocumentCollector) {
        withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: 16) { addresses in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 16) { scores in
                query.components.withUnsafeBufferPointer { query in
                    guard let addressBase = addresses.baseAddress, let scoreBase = scores.baseAddress,
                        let queryBase = query.baseAddress
                    else { return }
                    for (index, key) in order.enumerated() {
                        let candidate = candidates[Int(key & 0xFFFF_FFFF)]
                        let rows = blocks[Int(candidate.block)]
                        addressBase[index] = UnsafePointer(rows.vectors + Int(candidate.row) * rows.vectorStride)
                    }
                    VectorKernels.scores(
                        queryBase, rows: addressBase, rowCount: order.count, count: query.count, into: scoreBase,
                        level: level)
                    for (index, key) in order.enumerated() {
                        let candidate = candidates[Int(key & 0xFFFF_FFFF)]
                        let rows = blocks[Int(candidate.block)]
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

import IndexCore

/// Chooses a node's neighbours from candidates offered nearest first (Malkov & Yashunin, algorithm 4).
///
/// A candidate is kept unless a neighbour already kept is nearer to it than the node itself: links then lead in
/// different directions instead of all into the nearest cluster.
struct NeighborSelection {
    private let searcher: GraphSearcher
    private let limit: Int
    private var nodes = InlineArray<64, UInt32>(repeating: 0)
    private var similarities = InlineArray<64, Float>(repeating: 0)
    /// Bit i: neighbour i is known to be diverse from all others so marked.
    private var known: UInt64 = 0
    private(set) var count = 0

    /// Keeps at most `limit` neighbours, `...64`.
    init(searcher: GraphSearcher, limit: Int) {
        self.searcher = searcher
        self.limit = min(64, limit)
    }

    var isFull: Bool { count == limit }

    func node(_ index: Int) -> Int { Int(nodes[index]) }
    func similarity(_ index: Int) -> Float { similarities[index] }

    /// Offers a candidate no nearer to the node than those before it.
    /// - Parameter knownDiverse: Whether it was chosen before together with the others so marked: they need no test
    ///   against each other.
    mutating func offer(_ candidate: Int, similarity: Float, knownDiverse: Bool) {
        guard isDiverse(candidate, similarity: similarity, knownDiverse: knownDiverse) else { return }
        nodes[count] = UInt32(candidate)
        similarities[count] = similarity
        if knownDiverse {
            known |= 1 << UInt64(count)
        }
        count += 1
    }

    private func isDiverse(_ candidate: Int, similarity: Float, knownDiverse: Bool) -> Bool {
        let query = searcher.query(row: candidate)
        var rows = InlineArray<4, UInt32>(repeating: 0)
        var listed = 0
        for index in 0..<count {
            if knownDiverse, known >> UInt64(index) & 1 != 0 { continue }
            rows[listed] = nodes[index]
            listed += 1
            if listed == 4 {
                if anyNearer(query, rows, count: 4, than: similarity) { return false }
                listed = 0
            }
        }
        return listed == 0 || !anyNearer(query, rows, count: listed, than: similarity)
    }

    /// Whether one of the first `count` rows is nearer to the query than `similarity`.
    @inline(__always)
    private func anyNearer(
        _ query: CodeQuery, _ rows: InlineArray<4, UInt32>, count: Int, than similarity: Float
    ) -> Bool {
        var products = SIMD4<Int32>.zero
        return withUnsafeMutableBytes(of: &products) { products in
            withUnsafeBytes(of: rows) { rows in
                guard let list = rows.baseAddress, let results = products.baseAddress else { return false }
                let nodes = list.assumingMemoryBound(to: UInt32.self)
                let values = results.assumingMemoryBound(to: Int32.self)
                searcher.products(query, nodes, count: count, into: values)
                for index in 0..<count {
                    let scale = query.scale * searcher.rows.scales[Int(nodes[index])]
                    if Float(values[index]) * scale > similarity { return true }
                }
                return false
            }
        }
    }
}

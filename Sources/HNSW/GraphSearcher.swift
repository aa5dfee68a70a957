import IndexCore

/// Says which rows may enter an answer.
protocol RowPredicate {
    func passes(row: Int) -> Bool
}

/// Every row: what a builder looks for.
struct AnyRow: RowPredicate {
    @inline(__always)
    func passes(row: Int) -> Bool { true }
}

/// Rows whose passage is live and in the filter.
struct PassingRow: RowPredicate {
    let ids: UnsafePointer<UInt32>
    let filter: RowFilter

    @inline(__always)
    func passes(row: Int) -> Bool { filter.passes(ids[row]) }
}

/// A code row to compare with: a query's, or a stored one.
struct CodeQuery {
    let codes: UnsafePointer<UInt8>
    let scale: Float
    let sum: Int32
}

/// Walks the graph by the similarity of int8 codes.
///
/// The similarity of two codes is `Float(integer product) * (scale * scale)`: exact up to two roundings and the same
/// from either side and on every CPU, so graphs and walks are too.
struct GraphSearcher {
    let rows: VectorRows
    let links: GraphLinks
    let level = VectorKernels.level

    /// Nodes followed per step: their links are read together, so that memory answers in parallel.
    private static let beam = 2

    @inline(__always)
    func query(row: Int) -> CodeQuery {
        CodeQuery(codes: rows.codes + row &* rows.codeStride, scale: rows.scales[row], sum: rows.sums[row])
    }

    @inline(__always)
    func similarity(_ query: CodeQuery, _ row: Int) -> Float {
        let product = VectorKernels.codeDot(
            query.codes, querySum: query.sum, rows.codes + row &* rows.codeStride, count: rows.codeStride, level: level)
        return Float(product) * (query.scale * rows.scales[row])
    }

    /// The integer products of `query` with the rows listed.
    @inline(__always)
    func products(
        _ query: CodeQuery, _ list: UnsafePointer<UInt32>, count: Int, into results: UnsafeMutablePointer<Int32>
    ) {
        VectorKernels.codeDots(
            query.codes, querySum: query.sum, base: rows.codes, stride: rows.codeStride, rows: list, rowCount: count,
            count: rows.codeStride, into: results, level: level)
    }

    /// Goes down from the entry to `bottom`, on each level as near to the query as single steps lead.
    func descend(_ query: CodeQuery, to bottom: Int, scratch: SearchScratch) -> Int {
        var current = links.entry
        var best = similarity(query, current)
        var graphLevel = links.highestLevel
        while graphLevel > bottom {
            var moved = true
            while moved {
                moved = false
                let neighbors = links.neighbors(current, level: graphLevel)
                guard let list = neighbors.baseAddress else { break }
                products(query, list, count: neighbors.count, into: scratch.products)
                for index in 0..<neighbors.count {
                    let row = Int(neighbors[index])
                    let candidate = Float(scratch.products[index]) * (query.scale * rows.scales[row])
                    if candidate > best {
                        best = candidate
                        current = row
                        moved = true
                    }
                }
            }
            graphLevel -= 1
        }
        return current
    }

    /// Fills `scratch.pool` with the `ef` nearest rows the predicate passes, as far as one level leads from `start`.
    ///
    /// Best first, and done when no unfollowed candidate is nearer than the `ef`-th kept row.
    func searchLevel(
        _ graphLevel: Int, _ query: CodeQuery, from start: Int, ef: Int, predicate: some RowPredicate,
        scratch: SearchScratch, deadline: SearchDeadline
    ) throws(HNSWError) {
        let visited = scratch.clearVisited()
        let scales = rows.scales
        let list = scratch.rows
        let products = scratch.products
        var pool = scratch.pool
        defer { scratch.pool = pool }
        pool.reset(ef: ef)
        pool.insert(CandidatePool.pack(similarity(query, start), row: start, passes: predicate.passes(row: start)))
        visited[start &>> 6] |= 1 &<< UInt64(start & 63)

        var steps = 0
        while true {
            var listed = 0
            var followed = 0
            while followed < Self.beam, let node = pool.follow() {
                followed &+= 1
                for neighbor in links.neighbors(node, level: graphLevel) {
                    // Always written, counted only when new: no branch to mispredict.
                    let word = Int(neighbor &>> 6)
                    let bit: UInt64 = 1 &<< UInt64(neighbor & 63)
                    let seen = visited[word]
                    list[listed] = neighbor
                    listed &+= seen & bit == 0 ? 1 : 0
                    visited[word] = seen | bit
                }
            }
            if followed == 0 {
                return
            }
            self.products(query, list, count: listed, into: products)
            for index in 0..<listed {
                let row = Int(list[index])
                let similarity = Float(products[index]) * (query.scale * scales[row])
                guard pool.accepts(CandidatePool.pack(similarity, row: row, passes: true)) else { continue }
                pool.insert(CandidatePool.pack(similarity, row: row, passes: predicate.passes(row: row)))
                if graphLevel == 0 {
                    let next = links.links0 + row &* links.m0
                    VectorKernels.prefetch(next)
                    VectorKernels.prefetch(next + 16)
                }
            }
            steps &+= 1
            if steps & 255 == 0 {
                try deadline.checkVectors()
            }
        }
    }
}

import IndexCore

/// Builds a graph by inserting rows in order, which is the order of their ids.
///
/// Deterministic: links follow from the rows alone. Beside each link of level 0 the builder keeps its similarity and
/// whether it is known to be diverse from the other such links, so that a full list is cut down with few products.
struct GraphBuilder {
    private let rows: VectorRows
    private let links: GraphLinks
    private let searcher: GraphSearcher
    private let scratch: SearchScratch
    private let efConstruction: Int
    /// `links.m0` per node, beside `links0`.
    private var similarities: [Float]
    /// One bit per link of level 0.
    private var diverse: [UInt64]

    private init(rows: VectorRows, count: Int, parameters: HNSWParameters) {
        self.rows = rows
        links = GraphLinks(nodeCount: count, ids: rows.ids, m: parameters.m)
        searcher = GraphSearcher(rows: rows, links: links)
        scratch = SearchScratch(rowCount: count, linkLimit: links.m0 + 1)
        efConstruction = parameters.efConstruction
        similarities = [Float](repeating: 0, count: count * links.m0)
        diverse = [UInt64](repeating: 0, count: count)
    }

    /// The graph of the first `count` rows.
    ///
    /// The deadline is checked every 64 insertions.
    static func build(
        rows: VectorRows, count: Int, parameters: HNSWParameters, deadline: SearchDeadline
    ) throws(HNSWError) -> GraphLinks {
        var builder = GraphBuilder(rows: rows, count: count, parameters: parameters)
        for row in 0..<count {
            if row & 63 == 0 {
                try deadline.checkVectors()
            }
            try builder.insert(row)
        }
        var repair = ReachabilityRepair(
            searcher: builder.searcher, scratch: builder.scratch, ef: parameters.efConstruction)
        try repair.run(deadline: deadline)
        return builder.links
    }

    private mutating func insert(_ row: Int) throws(HNSWError) {
        let level = GraphLinks.level(of: rows.ids[row], m: links.m)
        guard row > 0 else {
            links.setEntry(row, level: level)
            return
        }
        let query = searcher.query(row: row)
        var start = searcher.descend(query, to: level, scratch: scratch)
        for graphLevel in (0...min(level, links.highestLevel)).reversed() {
            try searcher.searchLevel(
                graphLevel, query, from: start, ef: efConstruction, predicate: AnyRow(), scratch: scratch,
                deadline: .none)
            start = CandidatePool.row(scratch.pool.entries[0])
            connect(row, level: graphLevel)
        }
        if level > links.highestLevel {
            links.setEntry(row, level: level)
        }
    }

    /// Links `row` to the diverse of the candidates found, and them back to it.
    private mutating func connect(_ row: Int, level: Int) {
        var selection = NeighborSelection(searcher: searcher, limit: links.m)
        for index in 0..<scratch.pool.count where !selection.isFull {
            let entry = scratch.pool.entries[index]
            selection.offer(
                CandidatePool.row(entry), similarity: CandidatePool.similarity(entry), knownDiverse: false)
        }
        store(selection, node: row, level: level)
        for index in 0..<selection.count {
            linkBack(selection.node(index), to: row, similarity: selection.similarity(index), level: level)
        }
    }

    private mutating func store(_ selection: NeighborSelection, node: Int, level: Int) {
        guard level == 0 else {
            let block = links.upperBlock(node, level: level)
            let old = Int(block[0])
            block[0] = UInt32(selection.count)
            for index in 0..<max(old, selection.count) {
                block[1 + index] = index < selection.count ? UInt32(selection.node(index)) : 0
            }
            return
        }
        let first = node * links.m0
        for index in 0..<links.m0 {
            links.links0[first + index] = index < selection.count ? UInt32(selection.node(index)) : 0
            similarities[first + index] = index < selection.count ? selection.similarity(index) : 0
        }
        links.counts0[node] = UInt8(selection.count)
        diverse[node] = selection.count == 64 ? .max : (1 << UInt64(selection.count)) - 1
    }

    /// Adds a link from `node` to `row`; a full list keeps the diverse of its links and the new one.
    private mutating func linkBack(_ node: Int, to row: Int, similarity: Float, level: Int) {
        guard level == 0 else {
            linkBackUpper(node, to: row, similarity: similarity, level: level)
            return
        }
        let count = Int(links.counts0[node])
        let first = node * links.m0
        if count < links.m0 {
            links.links0[first + count] = UInt32(row)
            similarities[first + count] = similarity
            links.counts0[node] = UInt8(count + 1)
            return
        }
        var candidates = CandidateList()
        for index in 0..<count {
            let isDiverse = diverse[node] >> UInt64(index) & 1 != 0
            candidates.insert(
                similarities[first + index], row: Int(links.links0[first + index]), knownDiverse: isDiverse)
        }
        candidates.insert(similarity, row: row, knownDiverse: false)
        store(select(candidates, limit: links.m0), node: node, level: 0)
    }

    private mutating func linkBackUpper(_ node: Int, to row: Int, similarity: Float, level: Int) {
        let block = links.upperBlock(node, level: level)
        let count = Int(block[0])
        if count < links.m {
            block[1 + count] = UInt32(row)
            block[0] = UInt32(count + 1)
            return
        }
        var candidates = CandidateList()
        let query = searcher.query(row: node)
        searcher.products(query, block + 1, count: count, into: scratch.products)
        for index in 0..<count {
            let neighbor = Int(block[1 + index])
            let similarity = Float(scratch.products[index]) * (query.scale * rows.scales[neighbor])
            candidates.insert(similarity, row: neighbor, knownDiverse: false)
        }
        candidates.insert(similarity, row: row, knownDiverse: false)
        store(select(candidates, limit: links.m), node: node, level: level)
    }

    private func select(_ candidates: CandidateList, limit: Int) -> NeighborSelection {
        var selection = NeighborSelection(searcher: searcher, limit: limit)
        for index in 0..<candidates.count where !selection.isFull {
            let entry = candidates.entries[index]
            selection.offer(
                CandidatePool.row(entry), similarity: CandidatePool.similarity(entry),
                knownDiverse: CandidatePool.passes(entry))
        }
        return selection
    }
}

/// At most 65 packed candidates, nearest first; the "passes" bit of an entry says that it is known to be diverse.
private struct CandidateList {
    private(set) var entries = InlineArray<65, UInt64>(repeating: 0)
    private(set) var count = 0

    mutating func insert(_ similarity: Float, row: Int, knownDiverse: Bool) {
        let entry = CandidatePool.pack(similarity, row: row, passes: knownDiverse)
        var position = count
        while position > 0, entries[position - 1] > entry {
            entries[position] = entries[position - 1]
            position -= 1
        }
        entries[position] = entry
        count += 1
    }
}

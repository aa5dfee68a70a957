import IndexCore

/// Says which rows may enter an answer.
protocol RowPredicate {
    func passes(row: Int) -> Bool

    /// Has memory bring what ``passes(row:)`` will read.
    func prefetch(row: Int)
}

/// Every row: what a builder looks for.
struct AnyRow: RowPredicate {
    @inline(__always)
    func passes(row: Int) -> Bool { true }

    @inline(__always)
    func prefetch(row: Int) {}
}

/// Rows whose passage is live and in the filter.
struct PassingRow: RowPredicate {
    let ids: UnsafePointer<UInt32>
    let filter: RowFilter

    @inline(__always)
    func passes(row: Int) -> Bool { filter.passes(ids[row]) }

    @inline(__always)
    func prefetch(row: Int) { VectorKernels.prefetch(ids + row) }
}

/// Best-first search through a graph (Malkov & Yashunin, algorithm 2).
///
/// Keys alone decide where it goes. Rows a damaged list names beyond the last are taken for the last.
///
/// A walk waits for memory more than for anything else: each node leads to rows that lie anywhere. So on level 0 it goes on
/// to other nodes while the rows of the last ones are on their way (``TraversalSpace/lag``). Where rows are long it asks for
/// bits of them first, and for the rows that these let through (``SignSieve``).
struct GraphWalk<Space: TraversalSpace> {
    let graph: GraphView
    let space: Space

    /// Nodes followed in one turn, at most.
    static var nodesPerTurn: Int { 2 }

    /// Goes down from the entry to `bottom`, on each level as near to the query as single steps lead.
    func descend(to bottom: Int, scratch: SearchScratch) -> Int {
        var current = graph.entry
        var level = graph.highestLevel
        guard level > bottom else { return current }
        let keys = scratch.keys
        let list = scratch.rows
        list[0] = UInt32(current)
        space.keys(list, count: 1, into: keys)
        var best = keys[0]
        while level > bottom {
            var moved = true
            while moved {
                moved = false
                let listed = self.list(of: current, level: level, into: list)
                let sifted = space.siftsRows ? sift(list, count: listed, least: best, keys) : listed
                let count = space.contenders(list, count: sifted, areAsked: space.siftsRows, least: best, into: keys)
                for index in 0..<count where keys[index] > best {
                    best = keys[index]
                    current = Int(list[index])
                    moved = true
                }
            }
            level -= 1
        }
        return current
    }

    /// Leaves the rows in a list that may be nearer than `least`, as far as their bits tell.
    private func sift(
        _ list: UnsafeMutablePointer<UInt32>, count: Int, least: UInt32, _ sums: UnsafeMutablePointer<UInt32>
    ) -> Int {
        space.prefetch(list, count: count)
        return space.sift(list, count: count, least: least, best: nil, sums, to: list)
    }

    private func list(of node: Int, level: Int, into list: UnsafeMutablePointer<UInt32>) -> Int {
        let neighbors = graph.upperNeighbors(node, level: level)
        let last = UInt32(truncatingIfNeeded: graph.nodeCount &- 1)
        for index in 0..<neighbors.count {
            list[index] = min(neighbors[index], last)
        }
        return neighbors.count
    }

    /// Fills `scratch.pool` with the `ef` nearest rows the predicate passes, as far as level 0 leads from `start`.
    ///
    /// Best first, and done when no unfollowed candidate is nearer than the `ef`-th kept row.
    ///
    /// In each turn a node is followed: memory is asked for the rows it leads to, and those asked for `lag` turns before are
    /// compared; where rows are sifted, it is then asked for what is left of them, which is compared `siftedLag` turns later.
    /// The node of the next turn is chosen before that, so that its links are there when its turn comes.
    /// - Returns: Whether it came to its end: not when it computed more distances than its budget allows.
    @discardableResult
    func searchBottom(
        from start: Int, ef: Int, predicate: some RowPredicate, scratch: SearchScratch, budget: WalkBudget = .unlimited,
        deadline: SearchDeadline = .none
    ) throws(HNSWError) -> Bool {
        let visited = scratch.clearVisited()
        let keys = scratch.keys
        var pool = begin(from: start, ef: ef, predicate: predicate, scratch: scratch, visited: visited)
        var distances = 1
        var whole = 1
        defer {
            scratch.pool = pool
            scratch.distanceCount = distances
            scratch.wholeCount = whole
        }
        let lag = space.lag
        var underWay = RowsUnderWay(scratch.rows, capacity: Self.nodesPerTurn &* graph.m0)
        var sifted = RowsUnderWay(scratch.siftedRows, capacity: Self.nodesPerTurn &* graph.m0)
        var limit = budget.checkpoint
        var turn = 0
        var chosen = pool.follow()
        while chosen != nil || underWay.total > 0 || sifted.total > 0 {
            let fresh = underWay.list(turn)
            var listed = 0
            if let node = chosen {
                listed = listNew(of: node, visited, predicate, into: fresh)
                if lag == 0, let second = pool.follow() {
                    listed &+= listNew(of: second, visited, predicate, into: fresh + listed)
                }
            }
            underWay.put(listed, in: turn)
            chosen = lag == 0 ? nil : pool.follow()
            var list = underWay.list(turn &- lag)
            var taken = underWay.take(turn &- lag)
            distances &+= taken
            if space.siftsRows {
                let rest = sifted.list(turn)
                sifted.put(
                    pool.isFull
                        ? space.sift(list, count: taken, least: pool.leastKey, best: pool.bestKey, keys, to: rest)
                        : space.take(list, count: taken, to: rest), in: turn)
                list = sifted.list(turn &- space.siftedLag)
                taken = sifted.take(turn &- space.siftedLag)
            }
            let count = space.contenders(list, count: taken, areAsked: true, least: pool.leastKey, into: keys)
            for index in 0..<count {
                let row = Int(list[index])
                guard pool.accepts(CandidatePool.pack(keys[index], row: row, passes: true)) else { continue }
                pool.insert(CandidatePool.pack(keys[index], row: row, passes: predicate.passes(row: row)))
                let links = graph.list(row)
                VectorKernels.prefetch(links)
                VectorKernels.prefetch(links + 16)
            }
            whole &+= count
            if distances > limit {
                guard limit == budget.checkpoint else { return false }
                limit = budget.limit(kept: pool.count)
                if distances > limit { return false }
            }
            chosen = chosen ?? pool.follow()
            turn &+= 1
            if turn & 255 == 0 {
                try deadline.checkVectors()
            }
        }
        return true
    }

    /// Lists the rows a node leads to that were not seen yet, and asks memory for them.
    @inline(__always)
    private func listNew(
        of node: Int, _ visited: UnsafeMutablePointer<UInt64>, _ predicate: some RowPredicate,
        into list: UnsafeMutablePointer<UInt32>
    ) -> Int {
        let links = graph.list(node)
        let last = UInt32(truncatingIfNeeded: graph.nodeCount &- 1)
        var listed = 0
        for place in 0..<graph.m0 {
            let neighbor = min(links[place], last)
            if neighbor == UInt32(truncatingIfNeeded: node) { break }
            // Always written, counted only when new: no branch to mispredict.
            let word = Int(neighbor &>> 6)
            let bit: UInt64 = 1 &<< UInt64(neighbor & 63)
            let seen = visited[word]
            list[listed] = neighbor
            predicate.prefetch(row: Int(neighbor))
            listed &+= seen & bit == 0 ? 1 : 0
            visited[word] = seen | bit
        }
        space.prefetch(list, count: listed)
        return listed
    }

    /// The same on a level above 0.
    func searchUpper(_ level: Int, from start: Int, ef: Int, scratch: SearchScratch) {
        let visited = scratch.clearVisited()
        let list = scratch.rows
        let keys = scratch.keys
        var pool = begin(from: start, ef: ef, predicate: AnyRow(), scratch: scratch, visited: visited)
        defer { scratch.pool = pool }
        while let node = pool.follow() {
            var listed = 0
            let count = self.list(of: node, level: level, into: list)
            for index in 0..<count {
                let neighbor = list[index]
                let bit: UInt64 = 1 &<< UInt64(neighbor & 63)
                guard visited[Int(neighbor &>> 6)] & bit == 0 else { continue }
                visited[Int(neighbor &>> 6)] |= bit
                list[listed] = neighbor
                listed &+= 1
            }
            space.keys(list, count: listed, into: keys)
            for index in 0..<listed {
                let entry = CandidatePool.pack(keys[index], row: Int(list[index]), passes: true)
                if pool.accepts(entry) {
                    pool.insert(entry)
                }
            }
        }
    }

    /// An empty pool but for `start`.
    private func begin(
        from start: Int, ef: Int, predicate: some RowPredicate, scratch: SearchScratch,
        visited: UnsafeMutablePointer<UInt64>
    ) -> CandidatePool {
        var pool = scratch.pool
        pool.reset(ef: ef)
        scratch.rows[0] = UInt32(truncatingIfNeeded: start)
        space.keys(scratch.rows, count: 1, into: scratch.keys)
        pool.insert(CandidatePool.pack(scratch.keys[0], row: start, passes: predicate.passes(row: start)))
        visited[start &>> 6] |= 1 &<< UInt64(start & 63)
        return pool
    }
}

import IndexCore

/// Makes every node reachable from the entry on level 0.
///
/// Cutting down full lists can take a node's last incoming link; among many equal vectors it takes most of them.
/// A spanning tree of what is reachable is marked; each node left over is then linked from the nearest reachable node
/// that has a place free, or a link that is not in the tree.
struct ReachabilityRepair {
    private let rows: BuildRows
    private let signs: RowSigns?
    private let graph: BuildGraph
    private let scratch: SearchScratch
    private let ef: Int
    private var reached: [Bool]
    /// One bit per link of level 0: it is in the tree.
    private var tree: [UInt64]

    init(rows: BuildRows, signs: RowSigns?, graph: BuildGraph, scratch: SearchScratch, ef: Int) {
        self.rows = rows
        self.signs = signs
        self.graph = graph
        self.scratch = scratch
        self.ef = ef
        reached = [Bool](repeating: false, count: graph.nodeCount)
        tree = [UInt64](repeating: 0, count: graph.nodeCount)
    }

    /// Repairs the graph; O(links) when there is nothing to do.
    mutating func run(deadline: SearchDeadline) throws(HNSWError) {
        guard graph.nodeCount > 0 else { return }
        reach(from: graph.entry)
        for node in 0..<graph.nodeCount where !reached[node] {
            try deadline.checkVectors()
            // From the entry itself, so that all that is found is reachable.
            let walk = GraphWalk(graph: graph.view, space: rows.space(node, signs, scratch: scratch))
            try walk.searchBottom(from: graph.entry, ef: ef, predicate: AnyRow(), scratch: scratch)
            guard let source = nearestWithPlace() ?? firstWithPlace(), let place = place(in: source) else { continue }
            graph.links0[source * graph.m0 + place] = UInt32(node)
            graph.counts0[source] = max(graph.counts0[source], UInt8(place + 1))
            tree[source] |= 1 << UInt64(place)
            reached[node] = true
            reach(from: node)
        }
    }

    /// Marks all that `start` leads to, and the links by which it was first met.
    private mutating func reach(from start: Int) {
        reached[start] = true
        var open = [start]
        while let node = open.popLast() {
            for place in 0..<Int(graph.counts0[node]) {
                let neighbor = Int(graph.links0[node * graph.m0 + place])
                guard !reached[neighbor] else { continue }
                reached[neighbor] = true
                tree[node] |= 1 << UInt64(place)
                open.append(neighbor)
            }
        }
    }

    /// A place in a reachable node's list that may take another link: a free one, else its last outside the tree.
    private func place(in node: Int) -> Int? {
        let count = Int(graph.counts0[node])
        guard count == graph.m0 else { return count }
        return (0..<count).last { tree[node] >> UInt64($0) & 1 == 0 }
    }

    private func nearestWithPlace() -> Int? {
        for index in 0..<scratch.pool.count {
            let node = CandidatePool.row(scratch.pool.entries[index])
            if place(in: node) != nil {
                return node
            }
        }
        return nil
    }

    /// There always is one: the tree has fewer links than there are nodes.
    private func firstWithPlace() -> Int? {
        reached.indices.first { reached[$0] && place(in: $0) != nil }
    }
}

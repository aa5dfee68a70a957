import IndexCore

/// Makes every node reachable from the entry on level 0.
///
/// Cutting down full lists can take a node's last incoming link; among many equal vectors it takes most of them.
/// A spanning tree of what is reachable is marked; each node left over is then linked from the nearest reachable node
/// that has a place free, or a link that is not in the tree.
struct ReachabilityRepair {
    private let links: GraphLinks
    private let searcher: GraphSearcher
    private let scratch: SearchScratch
    private let ef: Int
    private var reached: [Bool]
    /// One bit per link of level 0: it is in the tree.
    private var tree: [UInt64]

    init(searcher: GraphSearcher, scratch: SearchScratch, ef: Int) {
        links = searcher.links
        self.searcher = searcher
        self.scratch = scratch
        self.ef = ef
        reached = [Bool](repeating: false, count: links.nodeCount)
        tree = [UInt64](repeating: 0, count: links.nodeCount)
    }

    /// Repairs the graph; O(links) when there is nothing to do.
    mutating func run(deadline: SearchDeadline) throws(HNSWError) {
        guard links.nodeCount > 0 else { return }
        reach(from: links.entry)
        for node in 0..<links.nodeCount where !reached[node] {
            try deadline.checkVectors()
            let query = searcher.query(row: node)
            // From the entry itself, so that all that is found is reachable.
            try searcher.searchLevel(
                0, query, from: links.entry, ef: ef, predicate: AnyRow(), scratch: scratch, deadline: .none)
            guard let source = nearestWithPlace() ?? firstWithPlace(), let place = place(in: source) else { continue }
            links.links0[source * links.m0 + place] = UInt32(node)
            links.counts0[source] = max(links.counts0[source], UInt8(place + 1))
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
            for (place, neighbor) in links.neighbors(node, level: 0).enumerated() where !reached[Int(neighbor)] {
                reached[Int(neighbor)] = true
                tree[node] |= 1 << UInt64(place)
                open.append(Int(neighbor))
            }
        }
    }

    /// A place in a reachable node's list that may take another link: a free one, else its last outside the tree.
    private func place(in node: Int) -> Int? {
        let count = Int(links.counts0[node])
        guard count == links.m0 else { return count }
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

import IndexCore

/// Writes links into a graph: a new node's own, and those that lead back to it.
///
/// Each call changes one node's lists and reads no other's, so that threads may share the nodes out among them.
struct LinkWriter {
    let rows: BuildRows
    let graph: BuildGraph

    /// Gives a node its list on a level.
    func store(_ list: NeighborList, node: Int, level: Int) {
        guard level == 0 else {
            let block = graph.upperBlock(node, level: level)
            let old = Int(block[0])
            block[0] = UInt32(list.count)
            for index in 0..<max(old, list.count) {
                block[1 + index] = index < list.count ? list.node(index) : 0
            }
            return
        }
        let first = node * graph.m0
        for index in 0..<graph.m0 {
            graph.links0[first + index] = index < list.count ? list.node(index) : UInt32(node)
            graph.keys0[first + index] = index < list.count ? list.key(index) : 0
        }
        graph.counts0[node] = UInt8(list.count)
        graph.diverse[node] = list.count == 64 ? .max : (1 << UInt64(list.count)) - 1
    }

    /// Adds a link from `node` to `target`; a full list keeps the diverse of its links and the new one.
    func linkBack(_ node: Int, to target: Int, key: UInt32, level: Int) {
        guard level == 0 else {
            linkBackUpper(node, to: target, key: key, level: level)
            return
        }
        let count = Int(graph.counts0[node])
        let first = node * graph.m0
        if count < graph.m0 {
            graph.links0[first + count] = UInt32(target)
            graph.keys0[first + count] = key
            graph.counts0[node] = UInt8(count + 1)
            return
        }
        if !graph.hasKeys[node] {
            rows.space(node).keys(graph.links0 + first, count: count, into: graph.keys0 + first)
            graph.hasKeys[node] = true
        }
        var candidates = CandidateList()
        for index in 0..<count {
            candidates.insert(
                graph.keys0[first + index], node: graph.links0[first + index],
                knownDiverse: graph.diverse[node] >> UInt64(index) & 1 != 0)
        }
        candidates.insert(key, node: UInt32(target), knownDiverse: false)
        store(candidates.select(rows, limit: graph.m0), node: node, level: 0)
    }

    private func linkBackUpper(_ node: Int, to target: Int, key: UInt32, level: Int) {
        let block = graph.upperBlock(node, level: level)
        let count = Int(block[0])
        if count < graph.m {
            block[1 + count] = UInt32(target)
            block[0] = UInt32(count + 1)
            return
        }
        let candidates = withUnsafeTemporaryAllocation(of: UInt32.self, capacity: graph.m) { keys in
            var candidates = CandidateList()
            guard let keys = keys.baseAddress else { return candidates }
            rows.space(node).keys(block + 1, count: count, into: keys)
            for index in 0..<count {
                candidates.insert(keys[index], node: block[1 + index], knownDiverse: false)
            }
            return candidates
        }
        var all = candidates
        all.insert(key, node: UInt32(target), knownDiverse: false)
        store(all.select(rows, limit: graph.m), node: node, level: level)
    }
}

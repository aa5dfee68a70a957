/// The order in which a segment keeps its nodes: near ones side by side, so that what a walk reads next is often in a
/// line or page it has read.
///
/// Measured with half bytes on 100,000 vectors of sentences: a walk takes 5 to 11 % less time than in id order; in the
/// order of in-degrees it takes as much as breadth first, and more where `ef` is large.
enum RowOrder {
    /// The nodes in the order of their rows: breadth first from the entry along the links of level 0.
    static func breadthFirst(_ graph: BuildGraph) -> [UInt32] {
        var order: [UInt32] = []
        order.reserveCapacity(graph.nodeCount)
        var taken = [Bool](repeating: false, count: graph.nodeCount)
        func take(_ node: Int) {
            guard !taken[node] else { return }
            taken[node] = true
            order.append(UInt32(node))
        }
        take(graph.entry)
        var next = 0
        var rest = 0
        while order.count < graph.nodeCount {
            while next < order.count {
                let node = Int(order[next])
                next += 1
                for place in 0..<Int(graph.counts0[node]) {
                    take(Int(graph.links0[node * graph.m0 + place]))
                }
            }
            while rest < graph.nodeCount, taken[rest] {
                rest += 1
            }
            if rest < graph.nodeCount {
                take(rest)
            }
        }
        return order
    }
}

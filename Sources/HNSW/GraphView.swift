/// The links of a graph, where they lie: in a segment's sections, or in the memory of a builder.
///
/// ```
/// links0       m0 x UInt32 per node     a list shorter than m0 ends with the node itself
/// starts       UInt32 per node          first block of a node above level 0, all ones for the others
/// upper        blocks of 1 + m UInt32   count, links; a node's blocks lie in level order from 1
/// ```
/// Whatever the bytes say, the nodes it gives exist.
struct GraphView {
    static let topLevel = 15
    static let noBlock = UInt32.max

    let nodeCount: Int
    let m: Int
    let links0: UnsafePointer<UInt32>
    let starts: UnsafePointer<UInt32>
    let upper: UnsafePointer<UInt32>
    let upperBlockCount: Int
    /// Where a search enters: the first node of the highest level.
    let entry: Int
    let highestLevel: Int

    var m0: Int { 2 &* m }

    /// The links of a node on level 0, with what fills the list.
    @inline(__always)
    func list(_ node: Int) -> UnsafePointer<UInt32> { links0 + node &* m0 }

    /// A node's neighbours on a level above 0; none where it does not reach it.
    @inline(__always)
    func upperNeighbors(_ node: Int, level: Int) -> UnsafeBufferPointer<UInt32> {
        let start = starts[node]
        let number = Int(start) &+ level &- 1
        guard start != Self.noBlock, number < upperBlockCount else { return UnsafeBufferPointer(start: nil, count: 0) }
        let block = upper + number &* (m &+ 1)
        return UnsafeBufferPointer(start: block + 1, count: min(Int(block[0]), m))
    }

    /// A node's neighbours on a level.
    func neighbors(_ node: Int, level: Int) -> [Int] {
        guard level == 0 else { return upperNeighbors(node, level: level).map { min(Int($0), nodeCount - 1) } }
        let list = list(node)
        var neighbors: [Int] = []
        for place in 0..<m0 where neighbors.count == place && Int(list[place]) != node {
            neighbors.append(min(Int(list[place]), nodeCount - 1))
        }
        return neighbors
    }

    /// The level of a passage's node: at least `l` with probability m^-l, from a hash of the id (SplitMix64) in
    /// integers alone, so that every machine agrees.
    static func level(of id: UInt32, m: Int) -> Int {
        var hash = UInt64(id) &+ 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        hash ^= hash >> 31
        var bound = UInt64.max / UInt64(m)
        var level = 0
        while hash < bound, level < topLevel {
            level += 1
            bound /= UInt64(m)
        }
        return level
    }
}

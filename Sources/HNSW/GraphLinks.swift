import IndexCore

/// The links of a graph: flat arrays, node = row.
///
/// ```
/// counts0      one byte per node        links used on level 0
/// links0       m0 x UInt32 per node     unused places are 0
/// upperStarts  UInt32 per node          first block of a node above level 0, .max for the others
/// upper        blocks of 1 + m UInt32   count, links; a node's blocks lie in level order from 1
/// ```
/// A node's level follows from its passage id alone, so the blocks are laid out before any link exists.
///
/// Sendable, though it is memory that is written: only ``GraphBuilder`` writes, before the segment that holds
/// this object exists; from then on nothing does.
final class GraphLinks: @unchecked Sendable {
    static let topLevel = 15
    static let noBlock = UInt32.max

    let nodeCount: Int
    let m: Int
    let m0: Int
    let counts0: UnsafeMutablePointer<UInt8>
    let links0: UnsafeMutablePointer<UInt32>
    let upperStarts: UnsafeMutablePointer<UInt32>
    let upper: UnsafeMutablePointer<UInt32>
    let upperCount: Int
    /// Where a search enters: the first node of the highest level.
    private(set) var entry = 0
    private(set) var highestLevel = 0

    /// Room for the links of `nodeCount` nodes with these ids; no links yet.
    init(nodeCount: Int, ids: UnsafePointer<UInt32>, m: Int) {
        self.nodeCount = nodeCount
        self.m = m
        m0 = 2 * m
        counts0 = .allocate(capacity: max(1, nodeCount))
        counts0.initialize(repeating: 0, count: max(1, nodeCount))
        let linkCount = max(1, nodeCount * m0)
        links0 = UnsafeMutableRawPointer.allocate(byteCount: linkCount * 4, alignment: 64)
            .initializeMemory(as: UInt32.self, repeating: 0, count: linkCount)
        upperStarts = .allocate(capacity: max(1, nodeCount))
        var blocks = 0
        for node in 0..<nodeCount {
            let level = Self.level(of: ids[node], m: m)
            upperStarts[node] = level == 0 ? Self.noBlock : UInt32(blocks)
            blocks += level
        }
        upperCount = blocks * (m + 1)
        upper = .allocate(capacity: max(1, upperCount))
        upper.initialize(repeating: 0, count: max(1, upperCount))
    }

    deinit {
        counts0.deallocate()
        links0.deallocate()
        upperStarts.deallocate()
        upper.deallocate()
    }

    /// Bytes of all arrays.
    var byteCount: Int { nodeCount * (1 + 4 * m0 + 4) + upperCount * 4 }

    /// The level of a passage's node: at least `l` with probability m^-l, from a hash of the id (SplitMix64) in integers
    /// alone, so that every machine agrees.
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

    /// The count and links of a node that reaches `level`, `1...`.
    @inline(__always)
    func upperBlock(_ node: Int, level: Int) -> UnsafeMutablePointer<UInt32> {
        upper + (Int(upperStarts[node]) + level - 1) * (m + 1)
    }

    /// A node's neighbours on a level it reaches.
    @inline(__always)
    func neighbors(_ node: Int, level: Int) -> UnsafeBufferPointer<UInt32> {
        if level == 0 {
            return UnsafeBufferPointer(start: links0 + node &* m0, count: Int(counts0[node]))
        }
        let block = upperBlock(node, level: level)
        return UnsafeBufferPointer(start: block + 1, count: Int(block[0]))
    }

    /// Moves the entry to a node that reaches a higher level.
    ///
    /// Only while building.
    func setEntry(_ node: Int, level: Int) {
        entry = node
        highestLevel = level
    }
}

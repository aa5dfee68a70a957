import Glibc
import IndexCore

/// The links of a graph that grows, in the layout of ``GraphView``, and what its builder remembers of them.
///
/// Beside each link of level 0 stand its key and whether it is known to be diverse from the other such links, so that a
/// full list is cut down with few products.
///
/// Sendable, though it is memory that is written: while threads work on it, each writes to the nodes of its own share
/// alone (``GraphBuilder``), and the lists are read only while nobody writes.
final class BuildGraph: @unchecked Sendable {
    let nodeCount: Int
    let m: Int
    let m0: Int
    let links0: UnsafeMutablePointer<UInt32>
    let counts0: UnsafeMutablePointer<UInt8>
    /// Beside `links0`.
    let keys0: UnsafeMutablePointer<UInt32>
    /// A node's diverse links, one bit each.
    let diverse: UnsafeMutablePointer<UInt64>
    /// Whether a node's keys are there: not for lists taken from a segment until they are needed.
    let hasKeys: UnsafeMutablePointer<Bool>
    let levels: UnsafeMutablePointer<UInt8>
    let starts: UnsafeMutablePointer<UInt32>
    let upper: UnsafeMutablePointer<UInt32>
    let upperBlockCount: Int
    /// Where a search enters: the first node of the highest level.
    private(set) var entry = 0
    private(set) var highestLevel = 0
    private let memory: [UnsafeMutableRawBufferPointer]

    /// Room for the links of nodes with these ids; no links yet.
    init(nodeCount: Int, ids: UnsafePointer<UInt32>, m: Int) {
        self.nodeCount = nodeCount
        self.m = m
        m0 = 2 * m
        var memory: [UnsafeMutableRawBufferPointer] = []
        func array<T>(_ count: Int, of type: T.Type) -> UnsafeMutablePointer<T> {
            let bytes = SectionMemory.allocate(byteCount: count * MemoryLayout<T>.stride)
            memory.append(bytes)
            return bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: type)
        }
        links0 = array(nodeCount * m0, of: UInt32.self)
        counts0 = array(nodeCount, of: UInt8.self)
        keys0 = array(nodeCount * m0, of: UInt32.self)
        diverse = array(nodeCount, of: UInt64.self)
        hasKeys = array(nodeCount, of: Bool.self)
        levels = array(nodeCount, of: UInt8.self)
        starts = array(nodeCount, of: UInt32.self)
        var blocks = 0
        for node in 0..<nodeCount {
            let level = GraphView.level(of: ids[node], m: m)
            levels[node] = UInt8(level)
            starts[node] = level == 0 ? GraphView.noBlock : UInt32(blocks)
            hasKeys[node] = true
            blocks += level
            for place in 0..<m0 {
                links0[node * m0 + place] = UInt32(node)
            }
        }
        upperBlockCount = blocks
        upper = array(blocks * (m + 1), of: UInt32.self)
        self.memory = memory
    }

    deinit {
        for bytes in memory {
            free(bytes.baseAddress)
        }
    }

    /// The graph as it is now.
    var view: GraphView {
        GraphView(
            nodeCount: nodeCount, m: m, links0: links0, starts: starts, upper: upper,
            upperBlockCount: upperBlockCount, entry: entry, highestLevel: highestLevel)
    }

    /// The count and links of a node that reaches `level`, `1...`.
    @inline(__always)
    func upperBlock(_ node: Int, level: Int) -> UnsafeMutablePointer<UInt32> {
        upper + (Int(starts[node]) + level - 1) * (m + 1)
    }

    /// Moves the entry to `node` if it is the first, or reaches a higher level.
    func offerEntry(_ node: Int) {
        if node == 0 || Int(levels[node]) > highestLevel {
            entry = node
            highestLevel = Int(levels[node])
        }
    }

    /// Takes over the links of the first nodes from a graph of as many.
    func adopt(_ view: GraphView) {
        for node in 0..<min(view.nodeCount, nodeCount) {
            offerEntry(node)
            let neighbors = view.neighbors(node, level: 0)
            for (place, neighbor) in neighbors.enumerated() {
                links0[node * m0 + place] = UInt32(neighbor)
            }
            counts0[node] = UInt8(neighbors.count)
            hasKeys[node] = false
            for level in 1..<Int(levels[node]) + 1 {
                let neighbors = view.neighbors(node, level: level).filter { Int(levels[$0]) >= level }
                let block = upperBlock(node, level: level)
                block[0] = UInt32(neighbors.count)
                for (place, neighbor) in neighbors.enumerated() {
                    block[1 + place] = UInt32(neighbor)
                }
            }
        }
    }
}

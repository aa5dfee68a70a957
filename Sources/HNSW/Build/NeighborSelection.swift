import IndexCore

/// The neighbours chosen for a node, nearest first, with their keys.
struct NeighborList: Sendable {
    /// Neighbours a list can hold.
    static let capacity = 64

    private var nodes = InlineArray<64, UInt32>(repeating: 0)
    private var keys = InlineArray<64, UInt32>(repeating: 0)
    private(set) var count = 0

    @inline(__always)
    func node(_ index: Int) -> UInt32 { nodes[index] }

    @inline(__always)
    func key(_ index: Int) -> UInt32 { keys[index] }

    mutating func append(_ node: UInt32, key: UInt32) {
        nodes[count] = node
        keys[count] = key
        count += 1
    }
}

/// Chooses a node's neighbours from candidates offered nearest first (Malkov & Yashunin, algorithm 4).
///
/// A candidate is kept unless a neighbour already kept is nearer to it than the node itself: links then lead in
/// different directions instead of all into the nearest cluster.
struct NeighborSelection {
    private let rows: BuildRows
    private let limit: Int
    private(set) var list = NeighborList()
    /// Bit i: neighbour i is known to be diverse from all others so marked.
    private var known: UInt64 = 0

    /// Keeps at most `limit` neighbours, `...64`.
    init(rows: BuildRows, limit: Int) {
        self.rows = rows
        self.limit = min(NeighborList.capacity, limit)
    }

    var isFull: Bool { list.count == limit }

    /// Offers a candidate no nearer to the node than those before it.
    /// - Parameter knownDiverse: Whether it was chosen before together with the others so marked: they need no test
    ///   against each other.
    mutating func offer(_ candidate: Int, key: UInt32, knownDiverse: Bool) {
        guard isDiverse(candidate, key: key, knownDiverse: knownDiverse) else { return }
        if knownDiverse {
            known |= 1 << UInt64(list.count)
        }
        list.append(UInt32(candidate), key: key)
    }

    /// Four neighbours are compared at a time: many candidates fail at one of the first.
    private func isDiverse(_ candidate: Int, key: UInt32, knownDiverse: Bool) -> Bool {
        let space = rows.space(candidate)
        var listed = 0
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 8) { buffer in
            guard let four = buffer.baseAddress else { return true }
            for index in 0..<list.count {
                if knownDiverse, known >> UInt64(index) & 1 != 0 { continue }
                four[listed] = list.node(index)
                listed += 1
                if listed == 4 {
                    if Self.anyNearer(space, four, count: 4, than: key) { return false }
                    listed = 0
                }
            }
            return listed == 0 || !Self.anyNearer(space, four, count: listed, than: key)
        }
    }

    /// Whether one of the first `count` nodes listed is nearer than `key` says; four keys have room behind the list.
    @inline(__always)
    private static func anyNearer(
        _ space: BuildSpace, _ list: UnsafeMutablePointer<UInt32>, count: Int, than key: UInt32
    ) -> Bool {
        let keys = list + 4
        space.keys(list, count: count, into: keys)
        for index in 0..<count where keys[index] > key {
            return true
        }
        return false
    }
}

/// At most 65 packed candidates, nearest first; the "passes" bit of an entry says that it is known to be diverse.
struct CandidateList {
    private(set) var entries = InlineArray<65, UInt64>(repeating: 0)
    private(set) var count = 0

    mutating func insert(_ key: UInt32, node: UInt32, knownDiverse: Bool) {
        let entry = CandidatePool.pack(key, row: Int(node), passes: knownDiverse)
        var position = count
        while position > 0, entries[position - 1] > entry {
            entries[position] = entries[position - 1]
            position -= 1
        }
        entries[position] = entry
        count += 1
    }

    /// The diverse of them.
    func select(_ rows: BuildRows, limit: Int) -> NeighborList {
        var selection = NeighborSelection(rows: rows, limit: limit)
        for index in 0..<count where !selection.isFull {
            let entry = entries[index]
            selection.offer(
                CandidatePool.row(entry), key: CandidatePool.key(entry), knownDiverse: CandidatePool.passes(entry))
        }
        return selection.list
    }
}

import Synchronization

/// The working memory of one graph search, used again by the next.
///
/// Sendable, though it is plain memory: ``ScratchPool`` hands each object to one search at a time, under its lock.
final class SearchScratch: @unchecked Sendable {
    /// One bit per row.
    private let visited: UnsafeMutablePointer<UInt64>
    private let visitedCount: Int
    /// The rows about to be compared, those of several turns, and the keys of one turn's.
    let rows: UnsafeMutablePointer<UInt32>
    /// Those that bits have let through.
    let siftedRows: UnsafeMutablePointer<UInt32>
    let keys: UnsafeMutablePointer<UInt32>
    /// The query as the walk's codes have it.
    let query: UnsafeMutableRawPointer
    var pool = CandidatePool()
    /// What the last walk by codes compared rows with; nil after one by floats.
    var traversal: TraversalQuery?
    /// Rows that the last walk compared on the lowest level, and those of them that it read whole.
    var distanceCount = 0
    var wholeCount = 0

    init(rowCount: Int, linkLimit: Int, dimension: Int) {
        visitedCount = max(1, (rowCount + 63) / 64)
        visited = .allocate(capacity: visitedCount)
        let turnCapacity = GraphWalk<FloatSpace>.nodesPerTurn * linkLimit + 1
        rows = .allocate(capacity: RowsUnderWay.turns * turnCapacity)
        siftedRows = .allocate(capacity: RowsUnderWay.turns * turnCapacity)
        keys = .allocate(capacity: turnCapacity)
        query = .allocate(byteCount: TraversalQuery.byteCount(dimension: dimension), alignment: 64)
    }

    deinit {
        visited.deallocate()
        rows.deallocate()
        siftedRows.deallocate()
        keys.deallocate()
        query.deallocate()
        pool.deallocate()
    }

    /// Forgets which rows were seen and returns their bits.
    func clearVisited() -> UnsafeMutablePointer<UInt64> {
        visited.update(repeating: 0, count: visitedCount)
        return visited
    }
}

/// Lends scratch objects to searches; keeps as many as ever ran at once, at most eight.
final class ScratchPool: Sendable {
    private static let limit = 8
    private let idle = Mutex<[SearchScratch]>([])
    private let rowCount: Int
    private let linkLimit: Int
    private let dimension: Int

    init(rowCount: Int, linkLimit: Int, dimension: Int) {
        self.rowCount = rowCount
        self.linkLimit = linkLimit
        self.dimension = dimension
    }

    func withScratch<Result, Failure: Error>(
        _ body: (SearchScratch) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let scratch =
            idle.withLock { $0.popLast() }
            ?? SearchScratch(rowCount: rowCount, linkLimit: linkLimit, dimension: dimension)
        defer {
            idle.withLock { idle in
                if idle.count < Self.limit {
                    idle.append(scratch)
                }
            }
        }
        return try body(scratch)
    }
}

import Synchronization

/// The working memory of one graph search, used again by the next.
///
/// Sendable, though it is plain memory: ``ScratchPool`` hands each object to one search at a time, under its lock.
final class SearchScratch: @unchecked Sendable {
    /// One bit per row.
    private let visited: UnsafeMutablePointer<UInt64>
    private let visitedCount: Int
    /// The links about to be measured, and their products: two nodes' worth.
    let rows: UnsafeMutablePointer<UInt32>
    let products: UnsafeMutablePointer<Int32>
    var pool = CandidatePool()

    init(rowCount: Int, linkLimit: Int) {
        visitedCount = max(1, (rowCount + 63) / 64)
        visited = .allocate(capacity: visitedCount)
        rows = .allocate(capacity: 2 * linkLimit)
        products = .allocate(capacity: 2 * linkLimit)
    }

    deinit {
        visited.deallocate()
        rows.deallocate()
        products.deallocate()
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

    init(rowCount: Int, linkLimit: Int) {
        self.rowCount = rowCount
        self.linkLimit = linkLimit
    }

    func withScratch<Result, Failure: Error>(
        _ body: (SearchScratch) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let scratch = idle.withLock { $0.popLast() } ?? SearchScratch(rowCount: rowCount, linkLimit: linkLimit)
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

import Synchronization
import TenantStore

/// The read connections of one open tenant: one at rest, more only while several reads run.
final class ReaderPool: Sendable {
    /// A connection on its way between threads.
    private struct Lease: @unchecked Sendable {
        // Sendable: a lease is either in the pool's array, where nobody uses it, or with the one borrower that took
        // it out under the lock; so the connection is used by one thread at a time, as SQLite's NOMUTEX mode asks.
        let reader: TenantReader
    }

    private let path: String
    private let idle = Mutex<[Lease]>([])
    /// Connections kept open while nobody reads.
    private static let idleLimit = 2

    init(path: String) {
        self.path = path
    }

    /// Lends a connection for the time of `body`.
    /// - Throws: what opening a connection or `body` throws.
    func read<Value>(_ body: (TenantReader) throws -> Value) throws -> Value {
        let lease = try idle.withLock { $0.popLast() } ?? Lease(reader: TenantReader.open(path))
        defer {
            idle.withLock { leases in
                if leases.count < Self.idleLimit {
                    leases.append(lease)
                }
            }
        }
        return try body(lease.reader)
    }

    /// Closes the connections nobody uses.
    func drain() {
        idle.withLock { $0.removeAll() }
    }
}

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

    private struct Idle {
        var leases: [Lease] = []
        var isDrained = false
    }

    private let path: String
    private let idle = Mutex(Idle())
    /// Connections kept open while nobody reads.
    private static let idleLimit = 2

    init(path: String) {
        self.path = path
    }

    /// Lends a connection for the time of `body`.
    /// - Throws: what opening a connection or `body` throws; ``ApplianceError/shuttingDown`` in its place once the tenant
    ///   was closed, when its files may be gone.
    func read<Value>(_ body: (TenantReader) throws -> Value) throws -> Value {
        do {
            return try lend(body)
        } catch  where idle.withLock({ $0.isDrained }) {
            throw ApplianceError.shuttingDown
        }
    }

    private func lend<Value>(_ body: (TenantReader) throws -> Value) throws -> Value {
        let lease = try idle.withLock { $0.leases.popLast() } ?? Lease(reader: TenantReader.open(path))
        do {
            let value = try body(lease.reader)
            giveBack(lease)
            return value
        } catch let error as StoreError {
            // What failed may be the connection: the next read opens a new one.
            throw error
        } catch {
            giveBack(lease)
            throw error
        }
    }

    /// Closes the connections nobody uses, and from now on each one after its use.
    func drain() {
        idle.withLock { $0 = Idle(isDrained: true) }
    }

    private func giveBack(_ lease: Lease) {
        idle.withLock { idle in
            if !idle.isDrained, idle.leases.count < Self.idleLimit {
                idle.leases.append(lease)
            }
        }
    }
}

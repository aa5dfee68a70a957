import Glibc
import Synchronization

/// The system's random numbers, drawn many at a time: a request needs four for its ids, and each draw is a system call.
///
/// For names of requests and traces, which are no secrets; whoever makes keys or tokens asks the system itself.
struct DrawnAhead: RandomNumberGenerator {
    private static let words = 32
    private static let pool = Mutex<[UInt64]>([])

    mutating func next() -> UInt64 {
        let drawn = Self.pool.withLock { $0.popLast() }
        if let drawn { return drawn }
        var system = SystemRandomNumberGenerator()
        var fresh = [UInt64](repeating: 0, count: Self.words)
        // 256 bytes is the most that one call gives.
        let code = fresh.withUnsafeMutableBytes { bytes in bytes.baseAddress.map { getentropy($0, bytes.count) } }
        guard code == 0 else { return system.next() }
        let first = fresh.removeLast()
        Self.pool.withLock { $0 += fresh }
        return first
    }
}

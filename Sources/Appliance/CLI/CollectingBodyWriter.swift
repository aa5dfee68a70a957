import HTTPServer
import Synchronization

/// Keeps a streamed answer in memory, for callers in this process.
final class CollectingBodyWriter: BodyWriter {
    private let collected = Mutex<[UInt8]>([])

    var bytes: [UInt8] { collected.withLock { $0 } }

    func write(_ bytes: [UInt8]) async throws {
        collected.withLock { $0 += bytes }
    }
}

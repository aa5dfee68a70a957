import Glibc
import Synchronization

/// The time as of the last sweep, so that a request reads no clock and formats no date.
final class LoopClock: Sendable {
    private let milliseconds: Atomic<Int>
    private let date: Mutex<[UInt8]>

    init() {
        milliseconds = Atomic(Self.monotonic())
        date = Mutex(Self.dateField())
    }

    /// Monotonic milliseconds.
    var now: Int { milliseconds.load(ordering: .relaxed) }

    /// `Date: …` with its line end.
    var dateField: [UInt8] { date.withLock { $0 } }

    /// Reads the system's clocks.
    func advance() {
        milliseconds.store(Self.monotonic(), ordering: .relaxed)
        let field = Self.dateField()
        date.withLock { $0 = field }
    }

    private static func monotonic() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }

    private static func dateField() -> [UInt8] {
        Array("Date: \(HTTPDate.text(ofSeconds: Int64(time(nil))))\r\n".utf8)
    }
}

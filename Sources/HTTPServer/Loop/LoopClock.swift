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

    /// Written out by hand: `strftime` would obey the process's locale.
    private static func dateField() -> [UInt8] {
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = days[Int(parts.tm_wday) % 7]
        let month = months[Int(parts.tm_mon) % 12]
        let clock = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
        return Array("Date: \(day), \(two(parts.tm_mday)) \(month) \(parts.tm_year + 1900) \(clock) GMT\r\n".utf8)
    }
}

import Glibc
package import JSON

/// Lines of JSON on standard error: one object a line, `time` and `level` and `event` first.
///
/// What is logged never holds query texts, tokens or query strings: callers pass names, numbers and ids only.
package struct Log: Sendable {
    package enum Level: String, Sendable, CaseIterable, Comparable {
        case debug, info, warning, error

        package static func < (a: Level, b: Level) -> Bool { a.rank < b.rank }
        private var rank: Int {
            switch self {
            case .debug: 0
            case .info: 1
            case .warning: 2
            case .error: 3
            }
        }
    }

    package let minimumLevel: Level
    private let sink: @Sendable ([UInt8]) -> Void

    /// - Parameter sink: Takes one whole line with its newline; called from any thread.
    package init(minimumLevel: Level, sink: @escaping @Sendable ([UInt8]) -> Void = Log.writeToStandardError) {
        self.minimumLevel = minimumLevel
        self.sink = sink
    }

    /// A log that keeps nothing.
    package static let silent = Log(minimumLevel: .error) { _ in }

    /// Writes one line; `members` adds what belongs to the event.
    package func write(_ level: Level, _ event: String, members: (inout JSONWriter) -> Void) {
        guard level >= minimumLevel else { return }
        var writer = JSONWriter(reservingCapacity: 384)
        writer.beginObject()
        writer.member("time", Timestamp.now.description)
        writer.member("level", level.rawValue)
        writer.member("event", event)
        members(&writer)
        writer.endObject()
        sink(writer.bytes + [UInt8(ascii: "\n")])
    }

    /// Tells of a step in the life of the appliance.
    package func info(_ event: String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.info, event, fields)
    }

    /// Tells an operator that something went wrong and was worked around.
    package func warning(_ event: String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.warning, event, fields)
    }

    /// Tells an operator that something failed.
    package func error(_ event: String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.error, event, fields)
    }

    private func write(_ level: Level, _ event: String, _ fields: KeyValuePairs<String, String>) {
        write(level, event) { writer in
            for (key, value) in fields { writer.member(key, value) }
        }
    }

    /// One `write` a line, so lines of several threads and processes stay whole; a line that cannot be written is lost.
    @Sendable package static func writeToStandardError(_ line: [UInt8]) {
        line.withUnsafeBytes { bytes in _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
    }
}

/// A moment of the wall clock.
package struct Timestamp: Sendable, Hashable, CustomStringConvertible {
    /// Milliseconds since 1970, UTC.
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Whole seconds since 1970, UTC.
    package var seconds: Int64 { milliseconds / 1000 }

    /// RFC 3339 with milliseconds, in UTC.
    package var description: String {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func padded(_ value: Int, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return
            "\(padded(Int(parts.tm_year) + 1900, 4))-\(padded(Int(parts.tm_mon) + 1, 2))-\(padded(Int(parts.tm_mday), 2))T"
            + "\(padded(Int(parts.tm_hour), 2)):\(padded(Int(parts.tm_min), 2)):\(padded(Int(parts.tm_sec), 2))."
            + "\(padded(Int(milliseconds % 1000), 3))Z"
    }
}

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
        // 0000-03-01 to 9999-12-31: what four digits of a year can say.
        let bounded = min(max(milliseconds, -62_162_208_000_000), 253_402_300_799_999)
        let shifted = bounded + 719_468 * 86_400_000
        let date = Self.date(daysSinceMarchOfYear0: Int(shifted / 86_400_000))
        let time = Int(shifted % 86_400_000)
        return String(unsafeUninitializedCapacity: 24) { buffer in
            var count = 0
            func append(_ value: Int, digits: Int, then end: UInt8) {
                var value = value
                for place in stride(from: count + digits - 1, through: count, by: -1) {
                    buffer.initializeElement(at: place, to: UInt8(ascii: "0") + UInt8(value % 10))
                    value /= 10
                }
                buffer.initializeElement(at: count + digits, to: end)
                count += digits + 1
            }
            append(date.year, digits: 4, then: UInt8(ascii: "-"))
            append(date.month, digits: 2, then: UInt8(ascii: "-"))
            append(date.day, digits: 2, then: UInt8(ascii: "T"))
            append(time / 3_600_000, digits: 2, then: UInt8(ascii: ":"))
            append(time / 60_000 % 60, digits: 2, then: UInt8(ascii: ":"))
            append(time / 1_000 % 60, digits: 2, then: UInt8(ascii: "."))
            append(time % 1_000, digits: 3, then: UInt8(ascii: "Z"))
            return count
        }
    }

    /// The Gregorian date, counted in eras of 400 years that begin on the first of March, so that leap days come last.
    private static func date(daysSinceMarchOfYear0 days: Int) -> (year: Int, month: Int, day: Int) {
        let (era, dayOfEra) = days.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }
}

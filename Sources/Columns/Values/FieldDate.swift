/// A moment in microseconds since 1970, UTC: what a date column holds.
///
/// Days and times are read as RFC 3339 writes them (`2024-05-01`, `2024-05-01T12:30:00.5+02:00`); a day is its first
/// moment in UTC. Finer fractions than a microsecond are cut. Years from 0000 to 9999, in the Gregorian calendar.
public struct FieldDate: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z; leap seconds do not count.
    public let microseconds: Int64

    /// The moment.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// A stored value: a day or a moment, nothing else.
    public init?(stored text: String) {
        guard let span = DateScanner.span(of: text), span.precision != .month, span.precision != .year else {
            return nil
        }
        self = span.first
    }

    /// Earlier before later.
    public static func < (left: FieldDate, right: FieldDate) -> Bool { left.microseconds < right.microseconds }

    /// The moment as RFC 3339 writes it: a day alone at midnight, UTC otherwise.
    public var text: String {
        let day = Self.floorDivide(microseconds, 86_400_000_000)
        var rest = microseconds - day * 86_400_000_000
        let (year, month, dayOfMonth) = Self.civil(fromDays: day)
        let date = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(dayOfMonth, 2))"
        guard rest != 0 else { return date }
        let fraction = rest % 1_000_000
        rest /= 1_000_000
        var time = [rest / 3600, rest / 60 % 60, rest % 60].map { Self.padded($0, 2) }.joined(separator: ":")
        if fraction != 0 {
            var digits = Substring(Self.padded(fraction, 6))
            while digits.hasSuffix("0") { digits.removeLast() }
            time += "." + digits
        }
        return "\(date)T\(time)Z"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    // Days and dates by Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".

    /// Days since 1970-01-01.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let calendarMonth = month < 10 ? month + 3 : month - 9
        return (
            yearOfEra + era * 400 + (calendarMonth <= 2 ? 1 : 0), calendarMonth, dayOfYear - (153 * month + 2) / 5 + 1
        )
    }
}

/// A stretch of time that a date names in a filter: a year, a month, a day or one moment.
struct DateSpan: Equatable {
    enum Precision { case year, month, day, moment }

    let first: FieldDate
    /// The last microsecond of it.
    let last: FieldDate
    let precision: Precision
}

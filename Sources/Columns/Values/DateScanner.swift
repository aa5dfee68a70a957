/// Reads dates: RFC 3339 days and moments, and in filters also a year or a month of one (`2024`, `2024-05`).
struct DateScanner {
    private let bytes: [UInt8]
    private var place = 0

    private init(_ text: String) { bytes = Array(text.utf8) }

    /// The stretch a text names; nil if it is no date.
    static func span(of text: String) -> DateSpan? {
        guard text.utf8.count <= 64 else { return nil }
        var scanner = DateScanner(text)
        return scanner.span()
    }

    private mutating func span() -> DateSpan? {
        guard let year = number(4) else { return nil }
        guard let month = part(2) else {
            return stretch(from: (year, 1, 1), to: (year + 1, 1, 1), .year)
        }
        guard (1...12).contains(month) else { return nil }
        guard let day = part(2) else {
            return stretch(from: (year, month, 1), to: month == 12 ? (year + 1, 1, 1) : (year, month + 1, 1), .month)
        }
        guard day >= 1, day <= Self.length(of: month, year) else { return nil }
        let start = FieldDate.days(year: year, month: month, day: day)
        guard place < bytes.count else { return span(fromDay: start, toDay: start + 1, .day) }
        return moment(onDay: start)
    }

    private mutating func moment(onDay day: Int64) -> DateSpan? {
        guard take("T") || take("t") || take(" "), let hour = number(2), take(":"), let minute = number(2), take(":"),
            let second = number(2), hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction: Int64 = 0
        if take(".") {
            let start = place
            while let digit { if place - start < 6 { fraction = fraction * 10 + digit }; place += 1 }
            guard place > start else { return nil }
            for _ in 0..<max(0, 6 - (place - start)) { fraction *= 10 }
        }
        guard let offset = offset(), place == bytes.count else { return nil }
        // A leap second is the first moment of the next minute.
        let seconds = day * 86_400 + hour * 3_600 + minute * 60 + second - offset * 60
        let moment = FieldDate(microseconds: seconds * 1_000_000 + fraction)
        return DateSpan(first: moment, last: moment, precision: .moment)
    }

    /// Minutes east of UTC.
    private mutating func offset() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let sign: Int64 = take("-") ? -1 : take("+") ? 1 : 0
        guard sign != 0, let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else {
            return nil
        }
        return sign * (hours * 60 + minutes)
    }

    private typealias Day = (year: Int64, month: Int64, day: Int64)

    private func stretch(from: Day, to: Day, _ precision: DateSpan.Precision) -> DateSpan? {
        guard place == bytes.count else { return nil }
        return span(
            fromDay: FieldDate.days(year: from.year, month: from.month, day: from.day),
            toDay: FieldDate.days(year: to.year, month: to.month, day: to.day), precision)
    }

    private func span(fromDay: Int64, toDay: Int64, _ precision: DateSpan.Precision) -> DateSpan {
        DateSpan(
            first: FieldDate(microseconds: fromDay * 86_400_000_000),
            last: FieldDate(microseconds: toDay * 86_400_000_000 - 1), precision: precision)
    }

    private static func length(of month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    // MARK: Characters

    private var digit: Int64? {
        guard place < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place]) else { return nil }
        return Int64(bytes[place] - UInt8(ascii: "0"))
    }

    private mutating func number(_ width: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<width {
            guard let digit else { return nil }
            value = value * 10 + digit
            place += 1
        }
        return value
    }

    /// A hyphen and a number.
    private mutating func part(_ width: Int) -> Int64? {
        guard place < bytes.count, bytes[place] == UInt8(ascii: "-") else { return nil }
        place += 1
        return number(width)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }
}

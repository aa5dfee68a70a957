import Columns

/// What a filter means, document by document and value by value: the oracle of columns.
struct RowByRow {
    var types: [String: FieldType]

    func passes(_ document: ColumnDocument, _ filter: FilterExpression) -> Bool {
        switch filter {
        case .all(let parts): parts.allSatisfy { passes(document, $0) }
        case .any(let parts): parts.contains { passes(document, $0) }
        case .not(let part): !passes(document, part)
        case .condition(let field, .exists):
            document.entries.contains { $0.field == field || $0.field.hasPrefix(field + ".") }
        case .condition(let field, .isOne(let literals)):
            values(field, document).contains { value in
                literals.contains { literal in
                    span(literal, field).map { $0.first <= value && value <= $0.last } ?? false
                }
            }
        case .condition(let field, .compares(let comparison, let literal)):
            values(field, document).contains { value in
                guard let span = span(literal, field) else { return false }
                return switch comparison {
                case .less: value < span.first
                case .lessOrEqual: value <= span.last
                case .greater: value > span.last
                case .greaterOrEqual: value >= span.first
                }
            }
        case .condition(let field, .isBetween(let lower, let upper)):
            values(field, document).contains { value in
                guard let first = span(lower, field)?.first, let last = span(upper, field)?.last else { return false }
                return first <= value && value <= last
            }
        }
    }

    /// The field's values that are of its type, each once, ascending.
    func values(_ field: String, _ document: ColumnDocument) -> [Value] {
        let found = document.entries.filter { $0.field == field }.compactMap { Value($0.value, types[field]) }
        return Set(found).sorted()
    }

    /// The values a literal stands for in a field.
    func span(_ literal: FilterLiteral, _ field: String) -> (first: Value, last: Value)? {
        switch (types[field], literal) {
        case (.keyword, .word(let text)), (.keyword, .text(let text)):
            (.keyword(Array(text.utf8)), .keyword(Array(text.utf8)))
        case (.number, .number(let number)): (.number(number), .number(number))
        case (.number, .word(let text)):
            if let whole = Int64(text) {
                (.number(FieldNumber(whole)), .number(FieldNumber(whole)))
            } else {
                Double(text).flatMap { FieldNumber(double: $0) }.map { (.number($0), .number($0)) }
            }
        case (.date, .word(let text)), (.date, .text(let text)):
            NaiveDate.span(text).map { (.date($0.lowerBound), .date($0.upperBound - 1)) }
        case (.boolean, .boolean(let value)): (.boolean(value ? 1 : 0), .boolean(value ? 1 : 0))
        case (.boolean, .word(let text)) where ["true", "FALSE"].contains(text):
            (.boolean(text == "true" ? 1 : 0), .boolean(text == "true" ? 1 : 0))
        default: nil
        }
    }

    enum Value: Hashable, Comparable {
        case number(FieldNumber)
        /// Microseconds.
        case date(Int64)
        case boolean(Int)
        case keyword([UInt8])

        init?(_ value: FieldValue, _ type: FieldType?) {
            switch (type, value) {
            case (.keyword, .text(let text)): self = .keyword(Array(text.utf8))
            case (.number, .number(let number)): self = .number(number)
            case (.boolean, .boolean(let value)): self = .boolean(value ? 1 : 0)
            case (.date, .text(let text)):
                guard let span = NaiveDate.span(text), text.utf8.count >= 10 else { return nil }
                self = .date(span.lowerBound)
            default: return nil
            }
        }

        static func < (left: Value, right: Value) -> Bool {
            switch (left, right) {
            case (.number(let left), .number(let right)): left < right
            case (.date(let left), .date(let right)): left < right
            case (.boolean(let left), .boolean(let right)): left < right
            case (.keyword(let left), .keyword(let right)): left.lexicographicallyPrecedes(right)
            default: false
            }
        }
    }
}

/// Dates by counting days one by one.
enum NaiveDate {
    private static func length(_ year: Int, _ month: Int) -> Int {
        if month == 2 { return year % 4 == 0 && year % 100 != 0 || year % 400 == 0 ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        var days = day - 1
        for earlier in 1..<month { days += length(year, earlier) }
        for other in min(year, 1970)..<max(year, 1970) {
            let length = (1...12).reduce(0) { $0 + self.length(other, $1) }
            days += other < year ? length : -length
        }
        return days
    }

    /// Counted once: there are few, and they come often.
    private static let known = Dictionary(
        (RandomDocuments.days + ["2023", "2024", "2024-01", "2024-02", "2024-01-01", "2023-12-31"]).map {
            ($0, counted($0))
        }, uniquingKeysWith: { first, _ in first })

    /// Microseconds of a date as ``RandomDocuments`` writes them; nil for what it writes as other text.
    static func span(_ text: String) -> Range<Int64>? { known[text] ?? nil }

    private static func counted(_ text: String) -> Range<Int64>? {
        let parts = text.prefix(10).split(separator: "-", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard text.prefix(4).utf8.count == 4, parts.count == text.prefix(10).split(separator: "-").count else {
            return nil
        }
        switch (parts.count, text.utf8.count) {
        case (1, 4): return days(parts[0], 1, 1).day..<days(parts[0] + 1, 1, 1).day
        case (2, 7):
            let next = parts[1] == 12 ? days(parts[0] + 1, 1, 1) : days(parts[0], parts[1] + 1, 1)
            return days(parts[0], parts[1], 1).day..<next.day
        case (3, 10):
            let day = days(parts[0], parts[1], parts[2])
            return day.day..<(day + 1).day
        case (3, _):
            let start = days(parts[0], parts[1], parts[2]).day
            switch text.dropFirst(10) {
            case "T23:59:59.999999Z": return start + 86_399_999_999..<start + 86_400_000_000
            case "T10:00:00+02:00": return start + 8 * 3_600_000_000..<start + 8 * 3_600_000_000 + 1
            default: return nil
            }
        default: return nil
        }
    }
}

extension Int {
    /// The first microsecond of the day.
    fileprivate var day: Int64 { Int64(self) * 86_400_000_000 }
}

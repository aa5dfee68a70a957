/// A literal as the values of a field's type are stored.
enum FittedLiteral {
    case keyword(Keyword)
    /// From the first to the last cell it stands for: several for a date that is a day, a month or a year.
    case cells(ClosedRange<Int128>)
}

extension FilterLiteral {
    /// What the literal is in a field of this type; nil if it is no value of such a field.
    func fitted(to type: FieldType) -> FittedLiteral? {
        switch (type, self) {
        case (.keyword, .word(let text)), (.keyword, .text(let text)): .keyword(Keyword(text))
        case (.number, .number(let number)): Self.cell(.number(number))
        case (.number, .word(let text)): FieldNumber(written: text).flatMap { Self.cell(.number($0)) }
        case (.date, .word(let text)), (.date, .text(let text)): Self.cells(DateScanner.span(of: text))
        case (.boolean, .boolean(let value)): Self.cell(.boolean(value))
        case (.boolean, .word(let text)):
            switch text.lowercased() {
            case "true": Self.cell(.boolean(true))
            case "false": Self.cell(.boolean(false))
            default: nil
            }
        default: nil
        }
    }

    private static func cell(_ key: FieldKey) -> FittedLiteral? { key.cell.map { .cells($0...$0) } }

    private static func cells(_ span: DateSpan?) -> FittedLiteral? {
        guard let span, let first = FieldKey.date(span.first).cell, let last = FieldKey.date(span.last).cell else {
            return nil
        }
        return .cells(first...last)
    }

    /// The literal as a filter's text holds it.
    public var written: String {
        switch self {
        case .word(let text): text
        case .text(let text): FilterText.quoted(text, by: "\"")
        case .number(let number): number.text
        case .boolean(let value): value ? "true" : "false"
        }
    }
}

extension FieldNumber {
    /// A number as JSON writes it, also with a plus sign or without digits before or after the point.
    init?(written text: String) {
        if let whole = Int64(text) {
            self.init(whole)
            return
        }
        // Swift also reads hexadecimal numbers, infinities and NaNs.
        let isPlain = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.eE".utf8.contains(byte)
        }
        guard isPlain, let number = Double(text), number.isFinite else { return nil }
        self.init(double: number)
    }
}

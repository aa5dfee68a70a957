/// The kind of values a metadata field has in one collection.
public enum FieldType: String, Sendable, CaseIterable {
    /// Text, compared byte by byte.
    case keyword
    /// A number.
    case number
    /// A day or a moment as RFC 3339 writes it.
    case date
    /// `true` or `false`.
    case boolean

    /// What a first value says of its field: text that is a date makes a date field, other text a keyword field.
    public init(inferredFrom value: FieldValue) {
        switch value {
        case .number: self = .number
        case .boolean: self = .boolean
        case .text(let text): self = FieldDate(stored: text) == nil ? .keyword : .date
        }
    }

    /// The value as a field of this type holds it; nil if it is of another kind, or text of more than
    /// ``Keyword/byteLimit`` bytes.
    public func key(of value: FieldValue) -> FieldKey? {
        switch (self, value) {
        case (.keyword, .text(let text)): text.utf8.count <= Keyword.byteLimit ? .keyword(Keyword(text)) : nil
        case (.number, .number(let number)): .number(number)
        case (.date, .text(let text)): FieldDate(stored: text).map { .date($0) }
        case (.boolean, .boolean(let value)): .boolean(value)
        default: nil
        }
    }
}

/// A metadata value as it comes in, of whatever kind.
public enum FieldValue: Sendable, Hashable {
    /// A text; may stand for a date.
    case text(String)
    /// A number.
    case number(FieldNumber)
    /// A truth value.
    case boolean(Bool)
}

/// A value of one type, in the order in which sorting and facets show values: numbers, dates, truth values, texts.
public enum FieldKey: Sendable, Hashable, Comparable {
    /// A number.
    case number(FieldNumber)
    /// A moment.
    case date(FieldDate)
    /// A truth value.
    case boolean(Bool)
    /// A text.
    case keyword(Keyword)

    /// By type, then by value; false stands before true.
    public static func < (left: FieldKey, right: FieldKey) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): left < right
        case (.date(let left), .date(let right)): left < right
        case (.boolean(let left), .boolean(let right)): !left && right
        case (.keyword(let left), .keyword(let right)): left < right
        default: left.rank < right.rank
        }
    }

    private var rank: Int {
        switch self {
        case .number: 0
        case .date: 1
        case .boolean: 2
        case .keyword: 3
        }
    }

    /// The type of field that holds it.
    public var type: FieldType {
        switch self {
        case .number: .number
        case .date: .date
        case .boolean: .boolean
        case .keyword: .keyword
        }
    }
}

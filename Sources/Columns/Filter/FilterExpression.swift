/// What metadata a document must have: a tree of conditions on fields.
///
/// Written by people as text (``init(parsing:)``) and by programs as JSON, which means the same. A condition is about
/// each value of a field: a document passes it if one of its values does. A document without the field passes none, so
/// it passes the opposite of each.
public indirect enum FilterExpression: Sendable, Hashable {
    /// A field with a value as the test wants it.
    case condition(field: String, FilterTest)
    /// All of them; there is at least one.
    case all([FilterExpression])
    /// At least one of them; there is at least one.
    case any([FilterExpression])
    /// The opposite.
    case not(FilterExpression)

    /// Nesting of a filter at most.
    public static let depthLimit = 32
    /// Values named in a filter at most.
    public static let valueLimit = 1_000
    /// Bytes of a filter's text at most.
    public static let byteLimit = 16_384
    /// Bytes of a field's path at most.
    public static let fieldByteLimit = 256

    /// The conditions, from left to right.
    public var conditions: [(field: String, test: FilterTest)] {
        switch self {
        case .condition(let field, let test): [(field, test)]
        case .all(let parts), .any(let parts): parts.flatMap(\.conditions)
        case .not(let part): part.conditions
        }
    }
}

/// What one condition asks of a field.
public enum FilterTest: Sendable, Hashable {
    /// A value that is one of these; there is at least one.
    case isOne(of: [FilterLiteral])
    /// A value that stands so to this one.
    case compares(FilterComparison, FilterLiteral)
    /// One value between these two, or equal to one of them.
    case isBetween(FilterLiteral, FilterLiteral)
    /// Any value at all, or a field below this one that has one.
    case exists
}

/// How a value stands to another.
public enum FilterComparison: String, Sendable, CaseIterable {
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
}

/// A value as it stands in a filter; what it means depends on the type of the field it is compared with.
public enum FilterLiteral: Sendable, Hashable {
    /// Without quotes: a number, a date, a truth value or a text, as the field wants it.
    case word(String)
    /// In quotes: a text or a date.
    case text(String)
    /// A JSON number.
    case number(FieldNumber)
    /// A JSON truth value.
    case boolean(Bool)
}

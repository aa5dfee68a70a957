/// Why a condition can find nothing in a collection, whatever its documents are.
public enum FilterFault: Sendable, Hashable {
    /// No document has had the field. `known` are up to ten that some have had, the likeliest meant first.
    case unknownField(String, known: [String])
    /// The value is none that a field of this type could have.
    case unfitValue(FilterLiteral, field: String, type: FieldType)
    /// Texts are not counted by stretches.
    case noRanges(field: String)
}

extension FieldCatalog {
    /// What in a filter does not fit the fields of this collection, each fault once, from left to right.
    public func faults(of filter: FilterExpression) -> [FilterFault] {
        var faults: [FilterFault] = []
        func add(_ fault: FilterFault) { if !faults.contains(fault) { faults.append(fault) } }
        for (field, test) in filter.conditions {
            if case .exists = test {
                if !isKnown(field) { add(.unknownField(field, known: examples(for: field))) }
                continue
            }
            guard let type = type(of: field) else {
                add(.unknownField(field, known: examples(for: field)))
                continue
            }
            for literal in test.literals where literal.fitted(to: type) == nil {
                add(.unfitValue(literal, field: field, type: type))
            }
        }
        return faults
    }

    /// Whether documents have had the field or one below it.
    private func isKnown(_ field: String) -> Bool {
        fields[field] != nil || fields.keys.contains { $0.hasPrefix(field + ".") }
    }

    /// Up to ten fields, those that begin like `field` first.
    public func examples(for field: String) -> [String] {
        let start = field.prefix(2).lowercased()
        let names = fields.keys.sorted { left, right in
            let (isLeftAlike, isRightAlike) = (
                left.lowercased().hasPrefix(start), right.lowercased().hasPrefix(start)
            )
            return isLeftAlike != isRightAlike ? isLeftAlike : left < right
        }
        return Array(names.prefix(10))
    }
}

extension FilterTest {
    fileprivate var literals: [FilterLiteral] {
        switch self {
        case .isOne(let literals): literals
        case .compares(_, let literal): [literal]
        case .isBetween(let lower, let upper): [lower, upper]
        case .exists: []
        }
    }
}

extension FilterFault: CustomStringConvertible {
    /// The fault in words.
    public var description: String {
        switch self {
        case .unknownField(let field, let known):
            known.isEmpty
                ? "no document has a field \(FilterText.field(field))"
                : "no document has a field \(FilterText.field(field)); there are \(known.map(FilterText.field).joined(separator: ", "))"
        case .unfitValue(let literal, let field, let type):
            "\(literal.written) is \(type.notAValue), which the field \(FilterText.field(field)) holds"
        case .noRanges(let field):
            "the field \(FilterText.field(field)) holds texts, which are counted one by one, not by ranges"
        }
    }
}

extension FieldType {
    fileprivate var notAValue: String {
        switch self {
        case .keyword: "no text (in quotes it would be)"
        case .number: "no number (without quotes it may be)"
        case .date: "no date such as 2024-05-01 or 2024-05-01T12:00:00Z"
        case .boolean: "neither true nor false"
        }
    }
}

/// How a filter is written as text.
enum FilterText {
    /// The words of the language.
    static let reserved: Set<String> = ["AND", "OR", "NOT", "IN", "BETWEEN", "EXISTS"]

    static func quoted(_ text: String, by quote: Unicode.Scalar) -> String {
        var result = String.UnicodeScalarView()
        result.append(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case quote, "\\": result.append(contentsOf: ["\\", scalar])
            case "\n": result.append(contentsOf: ["\\", "n"])
            case "\t": result.append(contentsOf: ["\\", "t"])
            case "\r": result.append(contentsOf: ["\\", "r"])
            case _ where scalar.value < 32 || scalar.value == 127:
                let digits = String(scalar.value, radix: 16)
                result.append(
                    contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".unicodeScalars)
            default: result.append(scalar)
            }
        }
        result.append(quote)
        return String(result)
    }

    static func field(_ name: String) -> String {
        let isWord = name.unicodeScalars.allSatisfy { scalar in
            !scalar.properties.isWhitespace && scalar.value >= 32 && scalar.value != 127
                && !"()[],=!<>\"'`".unicodeScalars.contains(scalar)
        }
        return isWord && !name.isEmpty && !reserved.contains(name.uppercased()) ? name : quoted(name, by: "`")
    }
}

extension FilterExpression: CustomStringConvertible {
    /// The filter as text that reads back as a filter of the same meaning.
    public var description: String {
        switch unwrapped {
        case .condition(let field, let test): FilterText.condition(field, test, isNegated: false)
        case .not(let part):
            if case .condition(let field, let test) = part.unwrapped {
                FilterText.condition(field, test, isNegated: true)
            } else {
                "NOT " + part.enclosed
            }
        case .all(let parts): parts.map(\.enclosed).joined(separator: " AND ")
        case .any(let parts): parts.map(\.enclosed).joined(separator: " OR ")
        }
    }

    private var enclosed: String {
        switch unwrapped {
        case .condition, .not: description
        case .all, .any: "(\(description))"
        }
    }

    /// The filter without lists of one.
    private var unwrapped: FilterExpression {
        switch self {
        case .all(let parts) where parts.count == 1, .any(let parts) where parts.count == 1: parts[0].unwrapped
        default: self
        }
    }
}

extension FilterText {
    fileprivate static func condition(_ name: String, _ test: FilterTest, isNegated: Bool) -> String {
        let (field, not) = (field(name), isNegated ? "NOT " : "")
        switch test {
        case .exists: return "\(field) \(not)EXISTS"
        case .isOne(let literals) where literals.count == 1:
            return "\(field) \(isNegated ? "!=" : "=") \(literals[0].written)"
        case .isOne(let literals): return "\(field) \(not)IN [\(literals.map(\.written).joined(separator: ", "))]"
        case .compares(let comparison, let literal):
            return "\(not)\(field) \(comparison.rawValue) \(literal.written)"
        case .isBetween(let lower, let upper):
            return "\(field) \(not)BETWEEN \(lower.written) AND \(upper.written)"
        }
    }
}

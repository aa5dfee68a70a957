extension FilterExpression {
    /// Reads a filter as people write it.
    ///
    /// ```
    /// filter     = part { "OR" part }
    /// part       = factor { "AND" factor }
    /// factor     = "NOT" factor | "(" filter ")" | condition
    /// condition  = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
    ///            | field [ "NOT" ] "IN" "[" value { "," value } "]"
    ///            | field [ "NOT" ] "BETWEEN" value "AND" value
    ///            | field [ "NOT" ] "EXISTS"
    /// ```
    /// A field is a dotted path, in backticks if it has other characters than a word or looks like one of the words
    /// above. A value is a word or stands in quotes. `(…)` may stand for `[…]`. Upper and lower case make no difference in
    /// the words of the language.
    /// - Throws: ``FilterError``, which points at the character.
    /// - Complexity: O(bytes), of which there may be ``byteLimit``.
    public init(parsing text: String) throws(FilterError) {
        var parser = try FilterParser(text)
        self = try parser.run()
    }
}

/// Recursive descent over the tokens, one of them read ahead.
private struct FilterParser {
    private var scanner: FilterScanner
    private var token = FilterScanner.Token.end
    /// Where it begins.
    private var start = 0
    private var depth = 0
    private var valueCount = 0

    init(_ text: String) throws(FilterError) {
        guard text.utf8.count <= FilterExpression.byteLimit else {
            throw FilterError(
                "a filter has at most \(FilterExpression.byteLimit) bytes, this one has \(text.utf8.count)", at: 0,
                of: Array(text.unicodeScalars.prefix(200)))
        }
        scanner = FilterScanner(text)
        try advance()
    }

    private mutating func advance() throws(FilterError) {
        token = try scanner.next()
        start = scanner.start
    }

    private func error(_ reason: String) -> FilterError { scanner.error(reason, at: start) }

    /// Whether the token is this word of the language.
    private func isWord(_ word: String) -> Bool {
        guard case .word(let found) = token else { return false }
        return FilterText.reserved.contains(word) && found.uppercased() == word
    }

    mutating func run() throws(FilterError) -> FilterExpression {
        if token == .end { throw error("the filter is empty; a condition is a field, a comparison and a value") }
        let filter = try alternatives()
        if case .sign(")") = token { throw error("this ) closes nothing") }
        guard token == .end else { throw error("expected AND, OR or the end, not \(shown)") }
        return filter
    }

    private mutating func alternatives() throws(FilterError) -> FilterExpression {
        var parts = [try conjunction()]
        while isWord("OR") {
            try advance()
            parts.append(try conjunction())
        }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction() throws(FilterError) -> FilterExpression {
        var parts = [try factor()]
        while isWord("AND") {
            try advance()
            parts.append(try factor())
        }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func factor() throws(FilterError) -> FilterExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= FilterExpression.depthLimit else {
            throw error("a filter is nested at most \(FilterExpression.depthLimit) deep")
        }
        if isWord("NOT") {
            try advance()
            return .not(try factor())
        }
        guard token == .sign("(") else { return try condition() }
        let opening = start
        try advance()
        let inner = try alternatives()
        guard token == .sign(")") else {
            throw token == .end
                ? scanner.error("this ( is not closed", at: opening) : error("expected AND, OR or ), not \(shown)")
        }
        try advance()
        return inner
    }

    // MARK: Conditions

    private mutating func condition() throws(FilterError) -> FilterExpression {
        let field = try field()
        if case .sign(let sign) = token, let comparison = try comparison(sign) {
            return Self.made(field, comparison.test, isNegated: comparison.isNegated)
        }
        var isNegated = false
        if isWord("NOT") {
            isNegated = true
            try advance()
        }
        if isWord("EXISTS") {
            try advance()
            return Self.made(field, .exists, isNegated: isNegated)
        }
        if isWord("IN") {
            try advance()
            return Self.made(field, .isOne(of: try list()), isNegated: isNegated)
        }
        if isWord("BETWEEN") {
            try advance()
            let lower = try value("the lower end")
            guard isWord("AND") else { throw error("expected AND and the upper end, not \(shown)") }
            try advance()
            let upper = try value("the upper end")
            return Self.made(field, .isBetween(lower, upper), isNegated: isNegated)
        }
        let choices = isNegated ? "IN, BETWEEN or EXISTS" : "=, !=, <, <=, >, >=, IN, BETWEEN or EXISTS"
        throw error("expected \(choices), not \(shown)")
    }

    private static func made(_ field: String, _ test: FilterTest, isNegated: Bool) -> FilterExpression {
        isNegated ? .not(.condition(field: field, test)) : .condition(field: field, test)
    }

    private mutating func field() throws(FilterError) -> String {
        let name: String
        switch token {
        case .name(let quoted): name = quoted
        case .word(let word) where !FilterText.reserved.contains(word.uppercased()): name = word
        case .word(let word):
            throw error("expected a field, not \(word.uppercased()); a field of that name stands in backticks")
        case .text: throw error("expected a field; quotes are for values, backticks (`name`) for fields")
        default: throw error("expected a field, not \(shown)")
        }
        guard (1...FilterExpression.fieldByteLimit).contains(name.utf8.count) else {
            throw error("the name of a field has 1 to \(FilterExpression.fieldByteLimit) bytes")
        }
        try advance()
        return name
    }

    /// The value behind a sign, and what is asked of it; nil if the sign is no comparison.
    private mutating func comparison(_ sign: String) throws(FilterError) -> (test: FilterTest, isNegated: Bool)? {
        let comparison = FilterComparison(rawValue: sign)
        guard comparison != nil || sign == "=" || sign == "!=" else { return nil }
        try advance()
        let value = try value("a value after \(sign)")
        if let comparison { return (.compares(comparison, value), false) }
        return (.isOne(of: [value]), sign == "!=")
    }

    private mutating func list() throws(FilterError) -> [FilterLiteral] {
        let opening = start
        guard token == .sign("[") || token == .sign("(") else {
            throw error("expected a list such as [a, b], not \(shown)")
        }
        let closing = token == .sign("[") ? "]" : ")"
        try advance()
        var values: [FilterLiteral] = []
        while true {
            values.append(try value("a value"))
            if token == .sign(closing) { break }
            if token == .end { throw scanner.error("this list is not closed by \(closing)", at: opening) }
            guard token == .sign(",") else { throw error("expected , or \(closing), not \(shown)") }
            try advance()
        }
        try advance()
        return values
    }

    private mutating func value(_ what: String) throws(FilterError) -> FilterLiteral {
        let literal: FilterLiteral
        switch token {
        case .word(let word) where !FilterText.reserved.contains(word.uppercased()): literal = .word(word)
        case .text(let text): literal = .text(text)
        case .word(let word): throw error("expected \(what), not \(word.uppercased()); as a value it needs quotes")
        case .sign("["): throw error("expected \(what); a list of values comes after IN")
        case .name: throw error("expected \(what); backticks are for fields, quotes for values")
        default: throw error("expected \(what), not \(shown)")
        }
        valueCount += 1
        guard valueCount <= FilterExpression.valueLimit else {
            throw error("a filter names at most \(FilterExpression.valueLimit) values")
        }
        try advance()
        return literal
    }

    /// The token as messages show it.
    private var shown: String {
        switch token {
        case .sign(let sign): sign
        case .word(let word): word.unicodeScalars.count <= 40 ? word : String(word.unicodeScalars.prefix(37)) + "..."
        case .text: "a text in quotes"
        case .name: "a name in backticks"
        case .end: "the end"
        }
    }
}

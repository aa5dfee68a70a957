/// Reads the pieces of a query text: words, quoted text, operators and modifiers.
struct QueryScanner {
    private let scalars: [Unicode.Scalar]
    /// Of the next scalar.
    private(set) var position = 0
    var warnings = Warnings()

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    /// The warnings so far: few, and how many more there were.
    struct Warnings {
        private(set) var list: [QueryWarning] = []
        private var count = 0

        mutating func add(_ reason: QueryWarning.Reason, at position: Int) {
            count += 1
            if count < QueryTree.Limits.warningCount {
                list.append(QueryWarning(reason, at: position))
            } else {
                let rest = count - QueryTree.Limits.warningCount + 1
                list = list.prefix(QueryTree.Limits.warningCount - 1) + [QueryWarning(.more(rest), at: position)]
            }
        }
    }

    // MARK: Single scalars

    /// The next scalar; nil at the end.
    var peek: Unicode.Scalar? { scalar(at: position) }

    private func scalar(at index: Int) -> Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    mutating func advance() { position += 1 }

    mutating func skipAll() { position = scalars.count }

    /// Skips white space; where it ended, nil at the end of the text.
    mutating func skipSpace() -> Int? {
        position = endOfSpace(from: position)
        return position < scalars.count ? position : nil
    }

    private func endOfSpace(from index: Int) -> Int {
        var index = index
        while index < scalars.count, QuerySyntax.isSpace(scalars[index]) { index += 1 }
        return index
    }

    // MARK: Operators

    /// Whether a sign comes next, with something to work on right behind it.
    var isSign: Bool {
        guard peek == "+" || peek == "-", let next = scalar(at: position + 1) else { return false }
        return next != "+" && next != "-" && next != ")" && !QuerySyntax.isSpace(next)
    }

    /// The keyword that comes next.
    var keyword: QuerySyntax.Keyword? { keyword(at: position) }

    func isKeyword(_ keyword: QuerySyntax.Keyword) -> Bool { self.keyword == keyword }

    private func keyword(at index: Int, allowingModifiers: Bool = false) -> QuerySyntax.Keyword? {
        QuerySyntax.Keyword.allCases.first { keyword in
            let name = keyword.rawValue.unicodeScalars
            guard scalars[min(index, scalars.count)...].starts(with: name) else { return false }
            guard let next = scalar(at: index + name.count) else { return true }
            return allowingModifiers && QueryModifiers.isStart(next) || next == "(" || next == ")"
                || QuerySyntax.isQuote(next) || QuerySyntax.isSpace(next)
        }
    }

    /// Whether something follows that the keyword can work on.
    func hasOperand(after keyword: QuerySyntax.Keyword) -> Bool {
        let next = endOfSpace(from: position + keyword.rawValue.unicodeScalars.count)
        guard let first = scalar(at: next), first != ")" else { return false }
        return switch self.keyword(at: next) {
        case nil, .not: true
        case .and, .or: false
        }
    }

    mutating func take(_ keyword: QuerySyntax.Keyword) { position += keyword.rawValue.unicodeScalars.count }

    /// The field named before a colon, which is consumed; a name that is no field is told and left where it is.
    mutating func takeField() -> BM25Field? {
        var end = position
        while let scalar = scalar(at: end), QuerySyntax.isNameLetter(scalar) { end += 1 }
        guard end > position, scalar(at: end) == ":", let next = scalar(at: end + 1), next != ")",
            !QuerySyntax.isSpace(next)
        else { return nil }
        var name = ""
        name.unicodeScalars.append(contentsOf: scalars[position..<end])
        if let field = QuerySyntax.fields[name.lowercased()] {
            position = end + 1
            return field
        }
        // Addresses, paths and scoped names are words of people's texts.
        if end - position > 1, next != ":", next != "/", next != "\\" {
            warnings.add(.unknownField(name), at: position)
        }
        return nil
    }

    // MARK: Pieces

    /// The text between this quotation mark and the next; nil, past the mark, if there is none.
    mutating func takeQuoted() -> String? {
        var end = position + 1
        var text: [Unicode.Scalar] = []
        while let next = scalar(at: end), !QuerySyntax.isQuote(next) {
            if next == "\\", let second = scalar(at: end + 1), second == "\\" || QuerySyntax.isQuote(second) {
                end += 1
                text.append(second)
            } else {
                text.append(next)
            }
            end += 1
        }
        guard end < scalars.count else {
            warnings.add(.unclosed(Character(scalars[position])), at: position)
            position += 1
            return nil
        }
        position = end + 1
        return QuerySyntax.text(text)
    }

    /// The word that begins here, up to white space or a bracket that closes what is around it.
    mutating func takeWord(isInBrackets: Bool) -> QueryWord {
        let start = position
        var letters: [QuerySyntax.Letter] = []
        if peek == "\\", let keyword = keyword(at: position + 1, allowingModifiers: true) {
            position += 1 + keyword.rawValue.unicodeScalars.count
            letters = keyword.rawValue.unicodeScalars.map { .init(scalar: $0, isEscaped: true) }
        }
        var openCount = 0
        while let next = peek, !QuerySyntax.isSpace(next) {
            if next == ")" {
                if openCount == 0, isInBrackets { break }
                openCount = max(0, openCount - 1)
            }
            openCount += next == "(" ? 1 : 0
            position += 1
            if next == "\\", let second = peek, QuerySyntax.isSpecial(second) {
                letters.append(.init(scalar: second, isEscaped: true))
                position += 1
            } else {
                letters.append(.init(scalar: next))
            }
        }
        return QueryWord(letters, at: start, &warnings)
    }

    /// What stands right behind a phrase or a group.
    mutating func takeModifiers(after place: QueryModifiers.Place) -> QueryModifiers {
        guard let first = peek, QueryModifiers.isStart(first) else { return QueryModifiers() }
        let start = position
        while let next = peek, QueryModifiers.isPart(next) { position += 1 }
        return QueryModifiers(scalars[start..<position], after: place, at: start, &warnings)
    }
}

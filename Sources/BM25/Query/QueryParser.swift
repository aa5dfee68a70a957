/// Query text as a tree: anything is a query, and what does not parse is taken as words.
///
/// ```
/// list    = { clause | chain | "OR" }                    any of these: the more the better
/// chain   = clause "AND" clause { "AND" clause }         all of these
/// clause  = { "+" | "-" | "NOT" } [ "title:" ] part [ "^" number ]
/// part    = word [ "*" | "~" [ "1" | "2" ] ]  |  quoted [ "~" slop ]  |  "(" list ")" [ "~" minimum ]  |  "*"
/// ```
/// AND binds tighter than OR, which binds as standing side by side does. An exclusion takes out of the whole list it
/// stands in, also behind OR. Brackets and quotation marks mean something where a word could begin, so `f(x)` and `5"`
/// are words; a sign does where a word follows at once, so `a - b` and `--force` are words.
public struct QueryParser {
    /// What a text asks for.
    public struct Result: Sendable, Hashable {
        /// The tree.
        public var tree: QueryTree
        /// What was not understood, in order; ``QueryTree/Limits/warningCount`` at most.
        public var warnings: [QueryWarning]
        /// The words that are looked for, in the order of the text, without operators and exclusions.
        public var plainText: String
    }

    /// Parses `text`, in time linear in it.
    public static func parse(_ text: String) -> Result {
        var parser = QueryParser(text)
        let tree = parser.list(field: .combined).tree
        return Result(
            tree: tree, warnings: parser.scanner.warnings.list, plainText: parser.texts.joined(separator: " "))
    }

    private var scanner: QueryScanner
    private var depth = 0
    /// Brackets that were opened beyond the depth and have to be closed again without meaning.
    private var ignoredBrackets = 0
    private var partCount = 0
    /// Exclusions around the place at hand.
    private var exclusionCount = 0
    private var texts: [String] = []

    private init(_ text: String) {
        scanner = QueryScanner(text)
    }

    private enum Occurrence {
        case must, should, mustNot

        var negated: Occurrence { self == .mustNot ? .must : .mustNot }
    }

    private struct Clause {
        var occurrence: Occurrence
        var tree: QueryTree
        /// Whether it is one plain word without brackets.
        var isBareWord: Bool

        /// The tree as that of an operator.
        var operand: QueryTree {
            guard isBareWord, case .words(let word, let field) = tree else { return tree }
            return .term(word, field: field)
        }
    }

    // MARK: Lists

    /// Clauses up to the end or the closing bracket, which is consumed.
    private mutating func list(field: BM25Field) -> (tree: QueryTree, isClosed: Bool) {
        var list = QueryClauseList()
        while let place = scanner.skipSpace() {
            if scanner.peek == ")" {
                scanner.advance()
                if ignoredBrackets > 0 {
                    ignoredBrackets -= 1
                } else if depth > 0 {
                    return (list.tree, true)
                } else {
                    scanner.warnings.add(.unopened, at: place)
                }
            } else if partCount >= QueryTree.Limits.termCount {
                scanner.warnings.add(.tooManyOperators, at: place)
                scanner.skipAll()
            } else if scanner.isKeyword(.or), !list.isEmpty, scanner.hasOperand(after: .or) {
                scanner.take(.or)
            } else {
                for clause in chain(field: field) {
                    switch clause.occurrence {
                    case .must: list.addRequired(clause.operand)
                    case .should: list.addOptional(clause.tree)
                    case .mustNot: list.addExcluded(clause.operand)
                    }
                }
            }
        }
        return (list.tree, false)
    }

    /// Clauses joined by AND as one, or the one clause that stands alone.
    private mutating func chain(field: BM25Field) -> [Clause] {
        guard let first = clause(field: field) else { return [] }
        var clauses = [first]
        while scanner.skipSpace() != nil, scanner.isKeyword(.and), scanner.hasOperand(after: .and),
            partCount < QueryTree.Limits.termCount
        {
            scanner.take(.and)
            partCount += 1
            if let next = clause(field: field) { clauses.append(next) }
        }
        guard clauses.count > 1, clauses.contains(where: { $0.occurrence != .mustNot }) else { return clauses }
        var list = QueryClauseList()
        for clause in clauses {
            if clause.occurrence == .mustNot {
                list.addExcluded(clause.operand)
            } else {
                list.addRequired(clause.operand)
            }
        }
        return [Clause(occurrence: .should, tree: list.tree, isBareWord: false)]
    }

    // MARK: Clauses

    /// One part with what stands before and behind it; nil if it comes to nothing.
    private mutating func clause(field: BM25Field) -> Clause? {
        var occurrence = Occurrence.should
        while let place = scanner.skipSpace() {
            if scanner.isSign {
                if scanner.peek == "-" {
                    occurrence = occurrence.negated
                } else if occurrence == .should {
                    occurrence = .must
                }
                scanner.advance()
            } else if scanner.isKeyword(.not), scanner.hasOperand(after: .not) {
                scanner.take(.not)
                occurrence = occurrence.negated
            } else {
                if let keyword = scanner.keyword {
                    scanner.warnings.add(.danglingKeyword(keyword.rawValue), at: place)
                }
                break
            }
        }
        let isExcluded = occurrence == .mustNot
        exclusionCount += isExcluded ? 1 : 0
        defer { exclusionCount -= isExcluded ? 1 : 0 }
        partCount += occurrence == .should ? 0 : 1
        guard let next = scanner.peek else { return nil }
        let named = scanner.takeField()
        let isBareWord = named == nil && next != "(" && !QuerySyntax.isQuote(next)
        guard let tree = part(field: named ?? field, isNamed: named != nil) else { return nil }
        return Clause(occurrence: occurrence, tree: tree, isBareWord: isBareWord)
    }

    private mutating func part(field: BM25Field, isNamed: Bool) -> QueryTree? {
        guard let next = scanner.peek else { return nil }
        if next == "(" { return bracket(field: field) }
        guard QuerySyntax.isQuote(next) else {
            return word(scanner.takeWord(isInBrackets: depth > 0), field: field, isNamed: isNamed)
        }
        return scanner.takeQuoted().flatMap { phrase($0, field: field) }
    }

    private mutating func bracket(field: BM25Field) -> QueryTree? {
        let place = scanner.position
        scanner.advance()
        guard depth < QueryTree.Limits.depth else {
            ignoredBrackets += 1
            scanner.warnings.add(.tooDeep, at: place)
            return nil
        }
        depth += 1
        let (tree, isClosed) = list(field: field)
        depth -= 1
        guard isClosed else {
            scanner.warnings.add(.unclosed("("), at: place)
            return tree == .nothing ? nil : tree
        }
        let modifiers = scanner.takeModifiers(after: .group)
        guard tree != .nothing else { return nil }
        guard let minimum = modifiers.number, minimum > 0 else { return tree.boosted(modifiers.boost) }
        partCount += 1
        var group = QueryGroup(should: [tree])
        if case .group(let inner) = tree, inner.minimumShouldMatch == 0 { group = inner }
        group.minimumShouldMatch = minimum
        return QueryTree.group(group).boosted(modifiers.boost)
    }

    private mutating func phrase(_ text: String, field: BM25Field) -> QueryTree? {
        let modifiers = scanner.takeModifiers(after: .phrase)
        guard !text.isEmpty else { return nil }
        partCount += 1
        note(text)
        return QueryTree.phrase(text, slop: modifiers.number ?? 0, field: field).boosted(modifiers.boost)
    }

    private mutating func word(_ word: QueryWord, field: BM25Field, isNamed: Bool) -> QueryTree? {
        let modifiers = word.modifiers
        guard !word.isStar else { return QueryTree.everything.boosted(modifiers.boost) }
        guard !word.text.isEmpty else { return nil }
        note(word.text)
        if !isNamed, !modifiers.isPrefix, !modifiers.isFuzzy, modifiers.boost == nil {
            return .words(word.text, field: field)
        }
        partCount += 1
        let tree: QueryTree =
            if modifiers.isPrefix {
                .prefix(word.text, field: field)
            } else if modifiers.isFuzzy, modifiers.number != 0 {
                .fuzzy(word.text, distance: modifiers.number, field: field)
            } else {
                .term(word.text, field: field)
            }
        return tree.boosted(modifiers.boost)
    }

    private mutating func note(_ text: String) {
        if exclusionCount == 0 { texts.append(text) }
    }
}

/// The clauses of one list while it is read.
struct QueryClauseList {
    private var group = QueryGroup()
    /// Plain words at the end of what is optional, still in pieces.
    private var run: [String] = []
    private var runField = BM25Field.combined
    /// Whether a star may hold; beside words it would drown them, so it counts only where there are none.
    private var hasStar = false

    var isEmpty: Bool { group.isEmpty && run.isEmpty && !hasStar }

    mutating func addRequired(_ tree: QueryTree) { group.must.append(tree) }

    mutating func addExcluded(_ tree: QueryTree) { group.mustNot.append(tree) }

    /// Adds what may hold: plain words to those before them, the parts of a group that binds none one by one.
    mutating func addOptional(_ tree: QueryTree) {
        if case .words(let text, let field) = tree {
            if field != runField { endRun() }
            runField = field
            run.append(text)
        } else if case .group(let inner) = tree, inner.must.isEmpty, inner.minimumShouldMatch == 0,
            inner.should.isEmpty || inner.mustNot.isEmpty
        {
            for part in inner.should { addOptional(part) }
            group.mustNot += inner.mustNot
        } else if tree == .everything {
            hasStar = true
        } else {
            endRun()
            group.should.append(tree)
        }
    }

    private mutating func endRun() {
        guard !run.isEmpty else { return }
        group.should.append(.words(run.joined(separator: " "), field: runField))
        run = []
    }

    /// The group, or its only part.
    var tree: QueryTree {
        var whole = self
        whole.endRun()
        var group = whole.group
        if hasStar, group.should.isEmpty, group.must.isEmpty { group.should = [.everything] }
        let isSingle = group.must.isEmpty && group.mustNot.isEmpty && group.should.count == 1
        return isSingle ? group.should[0] : .group(group)
    }
}

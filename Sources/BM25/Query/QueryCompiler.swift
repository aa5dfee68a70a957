public import IndexCore

/// Turns a ``QueryTree`` into what one snapshot can search: analysed terms, and for words that are meant by their
/// spelling the terms of the words that are there.
///
/// A plain word without a live passage is taken for a mistake: from 4 letters on, words one edit away stand for it,
/// from 8 on two edits (``EditDistanceAutomaton``). They are scored as one word whose occurrences count `1 - edits / letters`,
/// as Lucene's `FuzzyQuery` does. Words with a digit, quoted words and excluded ones are meant as they stand.
struct QueryCompiler {
    /// Words that begin like a prefix.
    static let maximumPrefixCount = 64
    /// Words near a word with `~`, and in place of one that does not occur.
    static let maximumFuzzyCount = 50
    static let maximumReplacementCount = 16
    /// Words of one query whose neighbours are looked for.
    static let maximumExpandedCount = 16

    private let snapshot: BM25Snapshot
    private let surface: SurfaceDictionary
    /// The words of the other collections that are searched at once: what one of them knows is no mistake.
    private let others: [SurfaceDictionary]
    private let allowsTypos: Bool

    private var terms: [String] = []
    private var knownTerms: Set<String> = []
    private var leafCount = 0
    private var expandedCount = 0
    private var notes: [QueryNote] = []
    /// Above 0 inside what is excluded.
    private var exclusionCount = 0
    private var isCorrected = false

    init(_ snapshot: BM25Snapshot, others: [BM25Snapshot], allowsTypos: Bool, deadline: SearchDeadline) {
        self.snapshot = snapshot
        self.allowsTypos = allowsTypos
        surface = SurfaceDictionary(snapshot, deadline: deadline)
        self.others = others.map { SurfaceDictionary($0, deadline: deadline) }
    }

    mutating func compile(_ tree: QueryTree) throws(BM25Error) -> CompiledQuery {
        let (expressions, corrected) = try parts(tree)
        let expression = Self.any(expressions) ?? .nothing
        var marks = QueryMarks()
        marks.add(expression)
        return CompiledQuery(
            expression: expression, terms: BM25Query(terms: terms), phrases: marks.phrases,
            phraseTerms: knownTerms.subtracting(marks.words), correction: isCorrected ? corrected : nil, notes: notes)
    }

    private static func any(_ expressions: [BM25Expression]) -> BM25Expression? {
        expressions.count > 1 ? .boolean(should: expressions) : expressions.first
    }

    // MARK: Trees

    /// The alternatives a tree stands for, none if it comes to nothing, and the tree with its mistakes corrected.
    private mutating func parts(_ tree: QueryTree) throws(BM25Error) -> ([BM25Expression], QueryTree) {
        switch tree {
        case .everything: return ([.everything], tree)
        case .words(let text, let field):
            let (words, corrected) = try words(text, field)
            return (words, .words(corrected, field: field))
        case .term(let text, let field):
            let (term, corrected) = try term(text, field)
            return (term.map { [$0] } ?? [], .term(corrected, field: field))
        case .prefix(let text, let field):
            return (try prefix(text, field).map { [$0] } ?? [], tree)
        case .fuzzy(let text, let distance, let field):
            return (try fuzzy(text, distance, field).map { [$0] } ?? [], tree)
        case .phrase(let text, let slop, let field):
            return (phrase(tokens(text, field), slop: slop, field).map { [$0] } ?? [], tree)
        case .boosted(let inner, let boost):
            let (expressions, corrected) = try parts(inner)
            return (Self.any(expressions).map { [.boost($0, boost)] } ?? [], .boosted(corrected, boost))
        case .group(let group):
            var corrected = group
            let expression = try expression(&corrected)
            return (expression.map { [$0] } ?? [], .group(corrected))
        }
    }

    /// The expression of a group, whose mistakes are corrected on the way.
    private mutating func expression(_ group: inout QueryGroup) throws(BM25Error) -> BM25Expression? {
        var must: [BM25Expression] = []
        var should: [BM25Expression] = []
        var mustNot: [BM25Expression] = []
        for place in group.must.indices {
            let (expressions, corrected) = try parts(group.must[place])
            group.must[place] = corrected
            if let expression = Self.any(expressions), !must.contains(expression) { must.append(expression) }
        }
        var seen = Set(must)
        for place in group.should.indices {
            let (expressions, corrected) = try parts(group.should[place])
            group.should[place] = corrected
            // A word that comes again counts once.
            should += expressions.filter { seen.insert($0).inserted }
        }
        exclusionCount += 1
        for tree in group.mustNot {
            if let expression = Self.any(try parts(tree).0) { mustNot.append(expression) }
        }
        exclusionCount -= 1
        if must.isEmpty, should.isEmpty {
            guard !mustNot.isEmpty else { return nil }
            must = [.everything]
        }
        return .boolean(must: must, should: should, mustNot: mustNot, minimumShouldMatch: group.minimumShouldMatch)
    }

    // MARK: Words

    /// A word of a text: what it is indexed by, and where it stands.
    private struct Word {
        var tokens: [AnalyzedToken]
        var position: Int { tokens[0].position }
    }

    private func tokens(_ text: String, _ field: BM25Field) -> [AnalyzedToken] {
        snapshot.parameters.analyzer.tokens(of: text, field: field == .title ? .title : .content, asQuery: true)
    }

    /// Tokens that share a position belong to one word.
    private func words(_ tokens: [AnalyzedToken]) -> [Word] {
        var words: [Word] = []
        for token in tokens {
            if words.last?.position == token.position {
                words[words.count - 1].tokens.append(token)
            } else {
                words.append(Word(tokens: [token]))
            }
        }
        return words
    }

    /// Each word of a text once, and the text without mistakes.
    private mutating func words(_ text: String, _ field: BM25Field) throws(BM25Error) -> ([BM25Expression], String) {
        var expressions: [BM25Expression] = []
        var seen: Set<BM25Expression> = []
        var replacements: [(range: Range<Int>, word: String)] = []
        for word in words(tokens(text, field)) {
            if let (expression, best) = try replacement(of: word, field) {
                if seen.insert(expression).inserted { expressions.append(expression) }
                replacements.append((word.tokens[0].range, best))
                continue
            }
            for token in word.tokens {
                let expression = BM25Expression.term(BM25Term(token.term, field: field))
                guard !seen.contains(expression) else { continue }
                guard take(token.term) else { return (expressions, text.replacing(replacements)) }
                seen.insert(expression)
                expressions.append(expression)
            }
        }
        return (expressions + otherLanguage(text, field, &seen), text.replacing(replacements))
    }

    /// Where titles have a language of their own, a plain word of the combined field asks for its terms in both.
    private mutating func otherLanguage(
        _ text: String, _ field: BM25Field, _ seen: inout Set<BM25Expression>
    ) -> [BM25Expression] {
        guard field == .combined, snapshot.parameters.analyzer.titlesDiffer else { return [] }
        var expressions: [BM25Expression] = []
        for token in tokens(text, .title) {
            let expression = BM25Expression.term(BM25Term(token.term))
            guard seen.insert(expression).inserted, take(token.term) else { continue }
            expressions.append(expression)
        }
        return expressions
    }

    /// A word that has an operator: one term, or a phrase if it falls into several.
    private mutating func term(_ text: String, _ field: BM25Field) throws(BM25Error) -> (BM25Expression?, String) {
        let tokens = tokens(text, field)
        let words = words(tokens)
        guard words.count == 1, let word = words.first else { return (phrase(tokens, slop: 0, field), text) }
        if let (expression, best) = try replacement(of: word, field) { return (expression, best) }
        let terms = word.tokens.filter { take($0.term) }.map { BM25Expression.term(BM25Term($0.term, field: field)) }
        return (Self.any(terms), text)
    }

    private mutating func phrase(_ tokens: [AnalyzedToken], slop: Int, _ field: BM25Field) -> BM25Expression? {
        guard let first = tokens.first else { return nil }
        let kept = tokens.filter { take($0.term) }
        guard kept.contains(where: { $0.position != first.position }) else {
            return Self.any(kept.map { .term(BM25Term($0.term, field: field)) })
        }
        let terms = kept.map { PhraseTerm($0.term, position: UInt32(clamping: $0.position - first.position)) }
        return .phrase(field, terms, slop: slop)
    }

    /// Counts a term that is looked up; false if there are too many.
    private mutating func take(_ term: String) -> Bool {
        guard leafCount < QueryTree.Limits.termCount else {
            if notes.last != .tooManyTerms { notes.append(.tooManyTerms) }
            return false
        }
        leafCount += 1
        if exclusionCount == 0, knownTerms.insert(term).inserted { terms.append(term) }
        return true
    }

    // MARK: Words by their spelling

    /// What stands for a word that does not occur, and the likeliest word meant; nil if it occurs or nothing is near.
    private mutating func replacement(of word: Word, _ field: BM25Field) throws(BM25Error) -> (BM25Expression, String)?
    {
        guard allowsTypos, exclusionCount == 0 else { return nil }
        let spelling = word.tokens[0].word
        let letterCount = spelling.unicodeScalars.count
        guard letterCount >= 4, letterCount <= EditDistanceAutomaton.maximumScalarCount,
            !spelling.unicodeScalars.contains(where: { $0.properties.numericType != nil }),
            word.tokens.allSatisfy({ surface.passageCount(of: $0.term, field) == 0 }),
            ([surface] + others).allSatisfy({ $0.passageCount(of: spelling, .surface) == 0 })
        else { return nil }
        guard expandedCount < Self.maximumExpandedCount else {
            notes.append(.notExpanded(spelling))
            return nil
        }
        expandedCount += 1
        let near = try surface.words(
            near: spelling, distance: letterCount >= 8 ? 2 : 1, limit: Self.maximumReplacementCount)
        guard let best = near.list.first, let expression = synonym(near.list, of: letterCount, field) else {
            return nil
        }
        notes.append(.replaced(spelling, by: near.list.map(\.text)))
        isCorrected = true
        return (expression, best.text)
    }

    private mutating func fuzzy(
        _ text: String, _ distance: Int?, _ field: BM25Field
    ) throws(BM25Error) -> BM25Expression? {
        try spelled(text, field, notation: text + "~") { compiler, spelling throws(BM25Error) in
            let letterCount = spelling.unicodeScalars.count
            // Lucene's "AUTO": one edit from 3 letters on, two from 6.
            let automatic = letterCount < 3 ? 0 : letterCount < 6 ? 1 : 2
            let near = try compiler.surface.words(
                near: spelling, distance: distance ?? automatic, limit: Self.maximumFuzzyCount)
            return (near, letterCount)
        }
    }

    private mutating func prefix(_ text: String, _ field: BM25Field) throws(BM25Error) -> BM25Expression? {
        try spelled(text, field, notation: text + "*") { compiler, spelling throws(BM25Error) in
            (try compiler.surface.words(beginningWith: spelling, limit: Self.maximumPrefixCount), 0)
        }
    }

    /// The words that `look` finds for the last word of a text, behind the phrase of those before it.
    private mutating func spelled(
        _ text: String, _ field: BM25Field, notation: String,
        _ look: (QueryCompiler, String) throws(BM25Error) -> (SurfaceDictionary.Words, letterCount: Int)
    ) throws(BM25Error) -> BM25Expression? {
        let tokens = tokens(text, field)
        guard let last = words(tokens).last else { return nil }
        let before = tokens.filter { $0.position < last.position }
        guard expandedCount < Self.maximumExpandedCount else {
            notes.append(.notExpanded(notation))
            return phrase(tokens, slop: 0, field)
        }
        expandedCount += 1
        let (found, letterCount) = try look(self, last.tokens[0].word)
        if found.hasMore { notes.append(.cutExpansion(notation, found.list.count)) }
        let expression = synonym(found.list, of: letterCount, field) ?? .nothing
        guard let beginning = phrase(before, slop: 0, field) else { return expression }
        return .boolean(must: [beginning, expression])
    }

    /// Words as one, each term once with the weight of its nearest word; nil if there is none.
    private mutating func synonym(
        _ words: [SurfaceDictionary.Word], of letterCount: Int, _ field: BM25Field
    ) -> BM25Expression? {
        var weighted: [WeightedTerm] = []
        var seen: Set<String> = []
        for word in words where seen.insert(word.stem).inserted {
            guard take(word.stem) else { break }
            let shortest = min(letterCount, word.text.unicodeScalars.count)
            let weight = word.distance == 0 ? 1 : max(0.1, 1 - Float(word.distance) / Float(shortest))
            weighted.append(WeightedTerm(BM25Term(word.stem, field: field), weight: weight))
        }
        return weighted.isEmpty ? nil : .synonym(weighted)
    }
}

extension String {
    /// The text with other words at these ranges of Unicode scalars, which ascend and do not overlap.
    fileprivate func replacing(_ replacements: [(range: Range<Int>, word: String)]) -> String {
        guard !replacements.isEmpty else { return self }
        let scalars = Array(unicodeScalars)
        var text = ""
        var position = 0
        for (range, word) in replacements where range.lowerBound >= position && range.upperBound <= scalars.count {
            text.unicodeScalars.append(contentsOf: scalars[position..<range.lowerBound])
            text += word
            position = range.upperBound
        }
        text.unicodeScalars.append(contentsOf: scalars[position...])
        return text
    }
}

extension BM25Snapshot {
    /// A query as this snapshot can search it.
    ///
    /// - Parameters:
    ///   - others: Other collections that are searched at once: what one of them knows is no mistake.
    ///   - allowsTypos: Whether words that do not occur stand for those a few letters away.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    public func compile(
        _ tree: QueryTree, others: [BM25Snapshot] = [], allowsTypos: Bool = true, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> CompiledQuery {
        var compiler = QueryCompiler(self, others: others, allowsTypos: allowsTypos, deadline: deadline)
        return try compiler.compile(tree)
    }
}

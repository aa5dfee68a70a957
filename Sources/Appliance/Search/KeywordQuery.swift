import BM25
import IndexCore

/// What one collection's keyword index is asked: plain words as they are, anything else compiled for its terms.
struct KeywordQuery {
    private let question: SearchQuestion
    private let keywords: BM25Snapshot
    private let others: [BM25Snapshot]
    private let allowsTypos: Bool
    /// What marks words in texts and weighs them.
    private(set) var terms: BM25Query
    /// The phrases among them, and the terms that stand in phrases alone; none in plain words.
    private(set) var phrases: [Highlighter.Phrase] = []
    private(set) var phraseTerms: Set<String> = []
    /// How rare each of the terms is; none before the search.
    private(set) var weights: [Double] = []
    /// Nil for plain words.
    private var expression: BM25Expression?
    /// What was searched, its terms looked up; nil before the search.
    private var prepared: BM25Search?
    /// The question with its mistakes corrected.
    private(set) var correction: QueryTree?
    /// What was done that the question does not say, or not done that it does.
    private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - others: The other collections that are searched at once.
    ///   - allowsTypos: Whether words that do not occur stand for those a few letters away.
    init(
        _ question: SearchQuestion, _ keywords: BM25Snapshot, others: [BM25Snapshot], allowsTypos: Bool,
        deadline: SearchDeadline
    ) throws(BM25Error) {
        self.question = question
        self.keywords = keywords
        self.others = others
        self.allowsTypos = allowsTypos
        guard case .words(let text, .combined) = question.tree else {
            terms = BM25Query("", parameters: keywords.parameters)
            take(try compiled(deadline))
            return
        }
        terms = keywords.analyze(text)
        if terms.truncated { warnings = [QueryNote.tooManyTerms.description] }
    }

    private func compiled(_ deadline: SearchDeadline) throws(BM25Error) -> CompiledQuery {
        try keywords.compile(question.tree, others: others, allowsTypos: allowsTypos, deadline: deadline)
    }

    private mutating func take(_ compiled: CompiledQuery) {
        terms = compiled.terms
        phrases = compiled.phrases
        phraseTerms = compiled.phraseTerms
        expression = compiled.expression
        correction = compiled.correction
        warnings = compiled.notes.map(\.description)
    }

    /// The keyword leg.
    ///
    /// Plain words that all occur cost nothing more; when some do not, what is near them is asked for.
    mutating func search(
        k: Int, live: IDSet, filter: IDSet?, countsAll: Bool, deadline: SearchDeadline
    ) throws(BM25Error) -> BM25Result {
        try prepare(deadline).run(k: k, live: live, filter: filter, countsAll: countsAll)
    }

    /// Decides what stands for words that do not occur, and looks all terms up, once.
    private mutating func prepare(_ deadline: SearchDeadline) throws(BM25Error) -> BM25Search {
        if let prepared { return prepared }
        let found = try lookUp(deadline)
        prepared = found
        return found
    }

    private mutating func lookUp(_ deadline: SearchDeadline) throws(BM25Error) -> BM25Search {
        if expression == nil {
            let plain = try keywords.prepare(terms, deadline: deadline)
            weights = plain.termWeights
            guard allowsTypos, weights.contains(0) else { return plain }
            let compiled = try compiled(deadline)
            guard compiled.correction != nil else { return plain }
            take(compiled)
        }
        let search = try keywords.prepare(expression ?? .nothing, deadline: deadline)
        // An expression may ask a field for a term, or forbid one: then its terms are not those that texts are marked by.
        weights =
            search.terms == terms.terms.map { BM25Term($0) }
            ? search.termWeights : try keywords.weights(of: terms, deadline: deadline)
        return search
    }

    /// The first passages of all live documents that match: what facets count.
    ///
    /// Cost: that of a search for as many documents as there are.
    mutating func matchingDocuments(
        live: IDSet, filter: IDSet?, deadline: SearchDeadline
    ) throws(BM25Error) -> IDSet {
        let all = try search(
            k: max(1, keywords.statistics.passageCount), live: live, filter: filter, countsAll: true,
            deadline: deadline)
        var documents = IDSet()
        for hit in all.hits { documents.insert(hit.document) }
        return documents
    }

    /// What the question's terms promise, and their scores of these passages: of the words as they were searched for.
    func evidence(of passages: [PassageID], deadline: SearchDeadline) throws(BM25Error) -> BM25Evidence {
        if let prepared { return try prepared.evidence(of: passages) }
        guard let expression else { return try keywords.prepare(terms, deadline: deadline).evidence(of: passages) }
        return try keywords.prepare(expression, deadline: deadline).evidence(of: passages)
    }

    /// How one document came to its score.
    func explain(
        document passages: Range<UInt32>, live: IDSet, deadline: SearchDeadline
    ) throws(BM25Error) -> (terms: BM25Explanation, tree: BM25ScoreTree?) {
        guard let expression else {
            return (try keywords.explain(terms, document: passages, deadline: deadline), nil)
        }
        let found = try keywords.explain(expression, document: passages, live: live, deadline: deadline)
        guard let found else { return (BM25Explanation(passage: nil, score: 0, terms: []), nil) }
        return (
            BM25Explanation(
                passage: found.passage, score: found.score, terms: found.tree.leafTerms, length: found.length,
                codedLength: found.codedLength), found.tree
        )
    }
}

extension BM25ScoreTree {
    /// The terms of all leaves in order; what a leaf of several adds is told with its first.
    fileprivate var leafTerms: [BM25Explanation.Term] {
        guard !terms.isEmpty else { return children.flatMap(\.leafTerms) }
        return terms.enumerated().map { place, term in
            BM25Explanation.Term(
                term: term.term.text, documentFrequency: term.documentFrequency,
                inverseDocumentFrequency: Double(term.inverseDocumentFrequency), frequency: term.frequency,
                contribution: place == 0 ? Double(score) : 0)
        }
    }
}

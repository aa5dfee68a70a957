import BM25
import IndexCore

/// What one collection's keyword index is asked: plain words as they are, anything else compiled for its terms.
struct KeywordQuery {
    /// What marks words in texts and weighs them.
    private(set) var terms: BM25Query
    /// Nil for plain words, all of which occur or stand as they are.
    private var expression: BM25Expression?
    /// The question with its mistakes corrected, and what was done that nobody asked for.
    private(set) var correction: QueryTree?
    private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - others: The other collections that are searched at once.
    ///   - allowsTypos: Whether words that do not occur stand for those a few letters away.
    init(
        _ question: SearchQuestion, _ keywords: BM25Snapshot, others: [BM25Snapshot], allowsTypos: Bool,
        deadline: SearchDeadline
    ) throws(BM25Error) {
        if case .words(let text, .combined) = question.tree {
            terms = keywords.analyze(text)
            if terms.truncated { warnings = [QueryNote.tooManyTerms.description] }
            // Words that are all there need nothing but to be looked up.
            guard allowsTypos, try keywords.weights(of: terms, deadline: deadline).contains(0) else { return }
        } else {
            terms = BM25Query("", parameters: keywords.parameters)
        }
        let compiled = try keywords.compile(
            question.tree, others: others, allowsTypos: allowsTypos, deadline: deadline)
        correction = compiled.correction
        // Plain words of which nothing was found for the missing ones stay plain.
        if case .words(_, .combined) = question.tree, correction == nil { return }
        terms = compiled.terms
        expression = compiled.expression
        warnings = compiled.notes.map(\.description)
    }

    func search(
        _ keywords: BM25Snapshot, k: Int, live: IDSet, filter: IDSet?, countsAll: Bool, deadline: SearchDeadline
    ) throws(BM25Error) -> BM25Result {
        guard let expression else {
            return try keywords.search(
                terms, k: k, live: live, filter: filter, countsAll: countsAll, deadline: deadline)
        }
        return try keywords.search(
            expression, k: k, live: live, filter: filter, countsAll: countsAll, deadline: deadline)
    }

    /// How rare each of ``terms`` is.
    func weights(_ keywords: BM25Snapshot, deadline: SearchDeadline) throws(BM25Error) -> [Double] {
        try keywords.weights(of: terms, deadline: deadline)
    }
}

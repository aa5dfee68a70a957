/// A query as one snapshot can search it.
public struct CompiledQuery: Sendable, Hashable {
    /// What to search for.
    public var expression: BM25Expression
    /// The terms that are looked for, in order: what marks words in texts and weighs them.
    ///
    /// Nothing excluded is among them.
    public var terms: BM25Query
    /// The phrases that are looked for, in order: what is marked of them is the whole.
    public var phrases: [Highlighter.Phrase]
    /// Those of ``terms`` that are looked for in phrases alone.
    public var phraseTerms: Set<String>
    /// The query with every word that does not occur replaced by the likeliest one meant; nil if there is none.
    public var correction: QueryTree?
    /// What was not done as asked, in order.
    public var notes: [QueryNote]
}

/// What the compiler did with a query that its text does not say.
public enum QueryNote: Sendable, Hashable {
    /// A word does not occur; these were looked for in its place.
    case replaced(String, by: [String])
    /// More words begin like this, or are as near to this one, than are looked for; so many were.
    case cutExpansion(String, Int)
    /// More words were to be looked up by their spelling than a query may ask for; this one was taken as it stands.
    case notExpanded(String)
    /// More distinct terms than ``QueryTree/Limits/termCount``.
    case tooManyTerms
}

extension QueryNote: CustomStringConvertible {
    /// What was done.
    public var description: String {
        switch self {
        case .replaced(let word, let others):
            let named = others.prefix(3).map { "\"\($0)\"" }.joined(separator: ", ")
            let more = others.count > 3 ? " and \(others.count - 3) more" : ""
            return "\"\(word)\" does not occur; \(named)\(more) was looked for instead"
        case .cutExpansion(let word, let count):
            return "more than \(count) words fit \(word); the \(count) nearest and commonest were looked for"
        case .notExpanded(let word):
            return "\(word) was taken as it stands: only \(QueryCompiler.maximumExpandedCount) words of a query are "
                + "looked up by their spelling"
        case .tooManyTerms:
            return "only the first \(QueryTree.Limits.termCount) distinct words of the query were used"
        }
    }
}

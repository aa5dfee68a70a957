/// A question as the index understands it: distinct terms in their order.
public struct BM25Query: Sendable, Hashable {
    /// The most terms a query keeps.
    public static let maximumTermCount = 1_024

    /// Terms after folding and stemming; a word that comes again counts once.
    public private(set) var terms: [String] = []
    /// Whether the question had more distinct terms than were kept.
    public private(set) var truncated = false

    /// Analyses `text`.
    ///
    /// Cost: linear in the text up to the last term kept.
    init(_ text: String, options: AnalyzerOptions) {
        let lease = AnalyzerLease(options)
        let analyzer = lease.analyzer
        var numbers: [Int] = []
        var isFull = false
        var text = text
        // Where titles have a language of their own, a word asks for its terms in both.
        let fields: [TextField] = options.titlesDiffer ? [.content, .title] : [.content]
        text.withUTF8 { bytes in
            for field in fields where !isFull {
                analyzer.vocabulary.forEachToken(bytes, of: field, asQuery: true) { token in
                    guard analyzer.number(of: token.term, next: numbers.count) == numbers.count else { return true }
                    isFull = numbers.count == Self.maximumTermCount
                    if !isFull {
                        numbers.append(token.term)
                    }
                    return !isFull
                }
            }
        }
        truncated = isFull
        terms = numbers.map { String(decoding: analyzer.vocabulary.terms.bytes($0), as: UTF8.self) }
    }

    /// Analyses `text` as an index with these parameters does, such as a sentence to be compared with a question.
    public init(_ text: String, parameters: BM25Parameters) { self.init(text, options: parameters.analyzer) }

    /// A question of terms that were analysed before, each of them once.
    init(terms: [String]) {
        self.terms = terms
    }

    /// Whether the question has no word at all.
    public var isEmpty: Bool { terms.isEmpty }
}

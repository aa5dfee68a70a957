package import BM25

/// What a request looks for: read from its text, or taken as a program gave it.
package struct SearchQuestion: Sendable {
    /// For the ranking by words.
    package let tree: QueryTree
    /// For the ranking by meaning: the words without operators and exclusions.
    package let plainText: String
    /// What of the text was not understood.
    package let warnings: [String]

    package init(_ request: SearchRequest) {
        if let expression = request.expression {
            tree = expression
            plainText = expression.plainText
            warnings = []
        } else if request.syntax == .words {
            tree = .words(request.query, field: .combined)
            plainText = request.query
            warnings = []
        } else {
            let parsed = QueryParser.parse(request.query)
            tree = parsed.tree
            // Plain words are the same question under both syntaxes, to a model also.
            let isPlain = parsed.tree == .words(QueryTree.tidied(request.query), field: .combined)
            plainText = isPlain ? request.query : parsed.plainText
            warnings = parsed.warnings.map(\.description)
        }
    }

    /// A corrected tree as a text that asks for it under the request's syntax.
    func text(of corrected: QueryTree, for request: SearchRequest) -> String {
        if request.expression == nil, request.syntax == .words, case .words(let text, _) = corrected { return text }
        return corrected.description
    }
}

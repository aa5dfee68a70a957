public import IndexCore

/// A way to go on with the last word of a text.
public struct QueryCompletion: Sendable, Hashable {
    /// The word as the index has it: folded.
    public var word: String
    /// Live passages that hold it.
    public var passageCount: Int

    /// A completion.
    public init(word: String, passageCount: Int) {
        self.word = word
        self.passageCount = passageCount
    }
}

extension BM25Snapshot {
    /// The `limit` words that begin as the last word of `text` does, those in the most passages first, then in byte order.
    ///
    /// - Returns: The completions, and where the word that they complete begins, in Unicode scalars of the text; none if
    ///   the text ends behind a word.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    /// - Complexity: A walk over all words with this beginning.
    public func completions(
        of text: String, limit: Int, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> (start: Int, list: [QueryCompletion]) {
        let length = text.unicodeScalars.count
        // What stands before the last white space is not looked at: only the last word is asked about.
        let tail = text.unicodeScalars.reversed().prefix { !QuerySyntax.isSpace($0) }
        var ending = ""
        ending.unicodeScalars.append(contentsOf: tail.reversed())
        let start = length - ending.unicodeScalars.count
        guard let last = parameters.analyzer.tokens(of: ending, asQuery: true).last,
            last.range.upperBound == length - start
        else { return (length, []) }
        let found = try SurfaceDictionary(self, deadline: deadline).words(beginningWith: last.word, limit: limit)
        return (
            start + last.range.lowerBound,
            found.list.map { QueryCompletion(word: $0.text, passageCount: $0.passageCount) }
        )
    }
}

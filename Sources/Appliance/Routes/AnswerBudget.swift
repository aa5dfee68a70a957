import TenantStore

/// How much text a tool puts into a model's context at once.
enum AnswerBudget {
    /// About 8,000 tokens of English.
    static let textBytes = 32_000
    /// Scalars a snippet keeps when snippets must be cut.
    static let shortSnippet = 120
}

extension SearchResponse {
    /// Cuts the answer to a budget: snippets first, then hits from the end, which the cursor then leads to.
    ///
    /// One hit always stays whole: a text asked for with detail `full` is what the caller wanted.
    mutating func fit(_ budget: Int, for request: SearchRequest) throws(ApplianceError) {
        guard textBytes > budget else { return }
        var shortened = 0
        for index in hits.indices where hits[index].shorten(to: AnswerBudget.shortSnippet) { shortened += 1 }
        if shortened > 0 { warnings.append("\(shortened) snippets were shortened to keep the answer small") }
        var size = textBytes
        var kept = hits.count
        while kept > 1, size > budget {
            kept -= 1
            size -= hits[kept].textBytes
        }
        guard kept < hits.count else { return }
        let dropped = hits.count - kept
        hits.removeLast(dropped)
        let page = try request.cursor.map { text throws(ApplianceError) in try SearchCursor(text, for: request) }
        let next = (page?.offset ?? 0) + kept
        if next <= SearchRequest.deepestDocument {
            nextCursor =
                SearchCursor(
                    offset: next, depth: page?.depth ?? max(request.depth, request.limit),
                    fingerprint: indexFingerprint,
                    requestHash: SearchCursor.hash(of: request)
                ).encoded
        }
        warnings.append("\(dropped) hits were left out to keep the answer small; next_cursor leads to them")
    }

    private var textBytes: Int { hits.reduce(0) { $0 + $1.textBytes } }
}

extension SearchHit {
    fileprivate var textBytes: Int {
        title.utf8.count + (snippet?.utf8.count ?? 0) + (metadata?.count ?? 0) + (text?.utf8.count ?? 0)
    }

    /// Cuts a longer snippet at a space before `length` scalars; highlights behind the cut go.
    fileprivate mutating func shorten(to length: Int) -> Bool {
        guard let snippet, snippet.unicodeScalars.count > length else { return false }
        let scalars = Array(snippet.unicodeScalars.prefix(length))
        let end = scalars.lastIndex(of: " ").map { $0 > length / 2 ? $0 : length } ?? length
        var shorter = String.UnicodeScalarView()
        shorter.append(contentsOf: scalars[..<end])
        self.snippet = String(shorter)
        highlights.removeAll { $0.upperBound > snippetStart + end }
        return true
    }
}

extension DocumentPage {
    /// Cuts a listing to a budget; the cursor leads to what was left out.
    mutating func fit(_ budget: Int) -> [String] {
        var size = 0
        var kept = 0
        for document in documents {
            size += document.id.utf8.count + document.title.utf8.count + document.metadata.count
            guard size <= budget || kept == 0 else { break }
            kept += 1
        }
        guard kept < documents.count else { return [] }
        let dropped = documents.count - kept
        documents.removeLast(dropped)
        if let last = documents.last {
            nextCursor = ListCursor(ListPosition(collection: last.collection, id: last.id)).encoded
        }
        return ["\(dropped) documents were left out to keep the answer small; next_cursor leads to them"]
    }
}

import BM25
package import IndexCore
package import JSON

/// How a text that is being typed may go on.
package struct SuggestRequest: Sendable {
    package var query: String
    package var collection: String?
    package var limit = 10

    package static let limitRange = 1...50
    package static let queryByteLimit = 4 << 10

    package init(query: String) {
        self.query = query
    }
}

/// The answer of a ``SuggestRequest``.
package struct SuggestResponse: Sendable {
    package struct Completion: Sendable, Equatable {
        /// The whole text, its last word completed.
        package var text: String
        package var word: String
        /// Live passages that hold the word.
        package var passages: Int
    }

    package var completions: [Completion] = []
    package var indexFingerprint = ""
    package var took = Duration.zero

    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("completions")
        writer.beginArray()
        for completion in completions {
            writer.beginObject()
            writer.member("text", completion.text)
            writer.member("word", completion.word)
            writer.member("passages", completion.passages)
            writer.endObject()
        }
        writer.endArray()
        writer.member("index_fingerprint", indexFingerprint)
        writer.member("took_ms", Double(took / .microseconds(10)).rounded() / 100)
        writer.endObject()
    }
}

extension TenantEngine {
    /// The commonest words that begin as the last word of a text does, over the collections that are meant.
    /// - Throws: ``ApplianceError`` for an unknown collection, a full queue or a passed deadline.
    package func suggest(_ request: SuggestRequest, deadline: SearchDeadline) async throws -> SuggestResponse {
        let start = ContinuousClock.now
        var response = try await withSearcher(SearchRequest(query: request.query), vectors: [:], deadline: deadline) {
            searcher, _ in
            try searcher.suggest(request)
        }
        response.took = .now - start
        return response
    }
}

extension Searcher {
    fileprivate func suggest(_ request: SuggestRequest) throws -> SuggestResponse {
        let collections = try snapshot.selection(request.collection)
        var counts: [String: Int] = [:]
        var place = request.query.unicodeScalars.count
        for collection in collections {
            // With several, a word that is rare in each may be common in all; one page more of each finds most such.
            let limit = collections.count > 1 ? SuggestRequest.limitRange.upperBound * 2 : request.limit
            let found = try collection.keywords.completions(of: request.query, limit: limit, deadline: deadline)
            place = min(place, found.start)
            for completion in found.list { counts[completion.word, default: 0] += completion.passageCount }
        }
        let best = counts.sorted { left, right in
            left.value != right.value
                ? left.value > right.value : left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
        }
        var beginning = ""
        beginning.unicodeScalars.append(contentsOf: request.query.unicodeScalars.prefix(place))
        return SuggestResponse(
            completions: best.prefix(request.limit).map { word, count in
                SuggestResponse.Completion(text: beginning + word, word: word, passages: count)
            }, indexFingerprint: fingerprint)
    }
}

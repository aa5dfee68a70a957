package import JSON

/// One document found.
package struct SearchHit: Sendable {
    package var documentID: String
    package var collection: String
    package var title: String
    /// 0 to 1; 1 is first in every leg that ran.
    package var score: Double
    /// The fusion's own sum.
    package var fusionScore: Double
    /// A leg that did not return the document has score 0 and no rank.
    package var keywordScore: Float = 0
    package var keywordRank: Int?
    package var vectorScore: Float = 0
    package var vectorRank: Int?
    /// Whether it is there because the request pins it.
    package var isPinned = false
    /// The other model's score, where it put the first hits anew.
    package var rerankScore: Float?
    /// The passage shown: positions in the document's text, in Unicode scalars.
    package var passage: Range<Int>
    /// The page it begins on, from 1, and the heading it stands under, where the document has such.
    package var page: Int?
    package var heading: String?
    package var snippet: String?
    /// Where the snippet starts in the document's text.
    package var snippetStart = 0
    /// Words of the query in the snippet: positions in the document's text.
    package var highlights: [Range<Int>] = []
    /// A JSON object; `nil` when only ids were asked for.
    package var metadata: [UInt8]?
    /// The whole text, when asked for.
    package var text: String?
    /// How it came to its place, as JSON, when asked for.
    package var receipt: [UInt8]?

    /// The hit as JSON; the rank of a leg is written only where there is one.
    func write(tenant: String, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("doc_id", documentID)
        writer.member("collection", collection)
        writer.member("uri", DocumentURI.make(collection: collection, id: documentID))
        writer.member("title", title)
        if let snippet {
            writer.member("snippet", snippet)
            writer.member("snippet_start", snippetStart)
            writer.key("highlights")
            writer.beginArray()
            for range in highlights {
                Self.write(range, to: &writer)
            }
            writer.endArray()
        }
        writer.member("score", score)
        writer.member("fusion_score", fusionScore)
        writer.key("bm25_score")
        writer.number(keywordScore)
        if let keywordRank {
            writer.member("bm25_rank", keywordRank)
        }
        writer.key("vector_score")
        writer.number(vectorScore)
        if let vectorRank {
            writer.member("vector_rank", vectorRank)
        }
        if isPinned { writer.member("pinned", true) }
        if let rerankScore { writer.member("rerank_score", rerankScore) }
        writer.member("tenant_id", tenant)
        if let metadata {
            writer.key("metadata")
            writer.raw(metadata)
        }
        writer.key("passage")
        writer.beginObject()
        writer.member("start", passage.lowerBound)
        writer.member("end", passage.upperBound)
        if let page { writer.member("page", page) }
        if let heading { writer.member("heading", heading) }
        writer.endObject()
        if let text {
            writer.member("text", text)
        }
        if let receipt { writer.member("receipt", raw: receipt) }
        writer.endObject()
    }

    private static func write(_ range: Range<Int>, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("start", range.lowerBound)
        writer.member("end", range.upperBound)
        writer.endObject()
    }
}

/// The one search answer of every door.
package struct SearchResponse: Sendable {
    package enum TotalRelation: String, Sendable {
        case exact
        case atLeast = "at_least"
    }

    /// The tenant's name, told in each hit.
    package var tenant: String
    package var hits: [SearchHit] = []
    package var total = 0
    package var totalRelation = TotalRelation.exact
    /// The counts that were asked for, in the order of the request.
    package var facets: [Facet] = []
    /// A leg that was asked for did not run.
    package var degraded = false
    package var warnings: [String] = []
    /// The query with the words that do not occur replaced by the likeliest ones meant, which were searched for.
    package var didYouMean: String?
    package var nextCursor: String?
    /// Makes the cursor behind any of the hits.
    var pager: SearchPager?
    package var indexFingerprint = ""
    package var took = Duration.zero

    /// Begins the answer of one page.
    mutating func begin(_ page: SearchPager) {
        pager = page
        guard page.hasIndexChanged else { return }
        warn("index_changed: documents changed since the first page; some may repeat or be missing")
    }

    /// Adds a warning unless it was said already, as by another collection.
    package mutating func warn(_ warning: String) {
        if !warnings.contains(warning) { warnings.append(warning) }
    }

    /// The answer as JSON, in the order the docs list the members.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("hits")
        writer.beginArray()
        for hit in hits {
            hit.write(tenant: tenant, to: &writer)
        }
        writer.endArray()
        writer.member("total", total)
        writer.member("total_relation", totalRelation.rawValue)
        facets.write(to: &writer)
        writer.member("degraded", degraded)
        writer.key("warnings")
        writer.beginArray()
        for warning in warnings {
            writer.string(warning)
        }
        writer.endArray()
        if let didYouMean {
            writer.member("did_you_mean", didYouMean)
        }
        if let nextCursor {
            writer.member("next_cursor", nextCursor)
        }
        writer.member("index_fingerprint", indexFingerprint)
        writer.member("took_ms", Double(took / .microseconds(10)).rounded() / 100)
        writer.endObject()
    }
}

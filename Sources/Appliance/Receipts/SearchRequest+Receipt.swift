import BM25
import Columns
import JSON

extension SearchRequest {
    /// The request as it was resolved, in the members of `POST /v1/search`; facets and texts, which decide no place, are
    /// left out.
    func write(to writer: inout JSONWriter, depth: Int, offset: Int) {
        writer.beginObject()
        if let likeness {
            writer.key("similar_to")
            writer.beginObject()
            writer.member("collection", likeness.collection)
            writer.member("doc_id", likeness.documentID)
            writer.endObject()
        }
        if let expression {
            writer.member("expression", expression.json)
        } else {
            writer.member("query", query)
            writer.member("syntax", syntax.rawValue)
        }
        writer.member("typos", typos)
        writer.member("mode", mode.rawValue)
        if let fusion { writer.member("fusion", fusion.rawValue) }
        if let k { writer.member("k", k) }
        if let keywordWeight { writer.member("bm25_weight", keywordWeight) }
        if let vectorWeight { writer.member("vector_weight", vectorWeight) }
        writer.member("depth", depth)
        if let ef { writer.member("ef", ef) }
        writer.member("exact", isExact)
        writer.member("diversity", diversity)
        writer.member("limit", limit)
        writer.member("offset", offset)
        if let collection { writer.member("collection", collection) }
        if let minScore { writer.member("min_score", minScore) }
        if let minVectorScore { writer.member("min_vector_score", minVectorScore) }
        if let space { writer.member("space", space) }
        // Whoever makes it anew has it from the document; its hash stands with the evidence.
        if let embedding, likeness == nil {
            writer.key("embedding")
            writer.beginArray()
            for number in embedding { writer.number(number) }
            writer.endArray()
        }
        if let filter = metadata.filter { writer.member("filter", filter.description) }
        if !metadata.sort.isEmpty {
            writer.member("sort", metadata.sort.map { "\($0.field):\($0.isDescending ? "desc" : "asc")" })
        }
        if let distinct = metadata.distinct { writer.member("distinct", distinct) }
        shaping.writeMembers(to: &writer)
        writer.endObject()
    }

    /// Reads what ``write(to:depth:offset:)`` wrote.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)``, which names the member.
    static func read(receipt object: JSONObject) throws(ApplianceError)
        -> (request: SearchRequest, similar: SimilarRequest?, offset: Int)
    {
        var fields = Fields(object, prefix: "receipt.request.")
        let offset = try fields.integer("offset", in: 0...deepestDocument) ?? 0
        let document = try fields.object("similar_to")
        var request = try SearchRequest(&fields)
        request.receipts = true
        var similar: SimilarRequest?
        if let document { similar = try SimilarRequest(receipt: document, request) }
        return (request, similar, offset)
    }
}

extension SimilarRequest {
    /// The question behind a receipt's request: what was made of its document is left to be made anew.
    fileprivate init(receipt object: JSONObject, _ request: SearchRequest) throws(ApplianceError) {
        var fields = Fields(object, prefix: "receipt.request.similar_to.")
        self.init(documentID: try fields.requiredText("doc_id"))
        collection = try fields.requiredText("collection")
        try fields.finish()
        search = request
        (search.query, search.embedding) = ("", nil)
    }
}

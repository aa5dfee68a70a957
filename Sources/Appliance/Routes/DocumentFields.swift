import JSON
import TenantStore

extension DocumentInput {
    /// Bytes of an id.
    static let idLimit = 1...512

    /// Reads one document as clients write it: `id?`, `title?`, `text` (or `content`), `metadata?`, `embedding?`,
    /// `space?`, `embeddings?`.
    init(_ value: JSONValue, prefix: String = "") throws(ApplianceError) {
        guard let object = value.objectValue else {
            let name = prefix.hasSuffix(".") ? String(prefix.dropLast()) : "the document"
            throw .invalidArgument(name: name, reason: "must be an object with `text`")
        }
        var fields = Fields(object, prefix: prefix)
        let id = try fields.text("id")
        if let id { try Self.check(id: id, name: prefix + "id") }
        let title = try fields.text("title") ?? ""
        let text = try fields.text("text")
        let content = try fields.text("content")
        if text != nil, content != nil {
            throw .invalidArgument(name: prefix + "content", reason: "is another name of `text`; give one of them")
        }
        let metadata = try fields.object("metadata") ?? [:]
        let (embedding, space, embeddings) = try Self.vectors(&fields, prefix: prefix)
        try fields.finish()
        guard let body = text ?? content ?? (title.isEmpty ? nil : "") else {
            throw .invalidArgument(
                name: prefix + "text", reason: "is required: a string (a document may have a `title` alone)")
        }
        self.init(id: id, title: title, text: body, metadata: metadata, embedding: embedding)
        (self.space, self.embeddings) = (space, embeddings)
    }

    /// Takes the vectors that a document comes with: `embedding` with its `space`, and `embeddings` by space.
    /// - Parameter prefix: That of the fields.
    static func vectors(
        _ fields: inout Fields, prefix: String = ""
    ) throws(ApplianceError) -> (embedding: [Float]?, space: String?, embeddings: [String: [Float]]) {
        let embedding = try fields.vector("embedding")
        let space = try fields.text("space")
        if space != nil, embedding == nil {
            throw .invalidArgument(name: prefix + "space", reason: "is that of `embedding`, which is missing")
        }
        var embeddings: [String: [Float]] = [:]
        if let object = try fields.object("embeddings") {
            var vectors = Fields(object, prefix: prefix + "embeddings.")
            for (name, _) in object.members { embeddings[name] = try vectors.vector(name) }
        }
        return (embedding, space, embeddings)
    }

    /// Checks an id's length, and that it can stand in a URI and a listing.
    static func check(id: String, name: String) throws(ApplianceError) {
        guard idLimit.contains(id.utf8.count) else {
            throw .invalidArgument(name: name, reason: "must have 1 to 512 bytes, not \(id.utf8.count)")
        }
        guard !id.utf8.contains(0) else { throw .invalidArgument(name: name, reason: "must not hold a NUL") }
    }
}

extension WriteReport {
    /// The answer of every door that adds documents.
    func write(to writer: inout JSONWriter) { write(to: &writer, tag: nil) }

    /// - Parameter tag: Of the one document that was written.
    func write(to writer: inout JSONWriter, tag: DocumentTag?) {
        writer.beginObject()
        writer.member("added", added)
        writer.member("updated", updated)
        writer.member("unchanged", unchanged)
        writer.member("ids", ids)
        writer.key("errors")
        writer.beginArray()
        for (index, reason) in errors {
            writer.beginObject()
            writer.member("index", index)
            writer.member("reason", reason)
            writer.endObject()
        }
        writer.endArray()
        writer.member("warnings", warnings)
        if let tag { writer.member("etag", tag.text) }
        writer.endObject()
    }

    /// How many documents went in or were there already.
    var acceptedCount: Int { added + updated + unchanged }
}

extension DeleteReport {
    /// The answer of every door that deletes documents.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("deleted", deleted)
        writer.member("unknown", unknown)
        writer.member("warnings", warnings)
        writer.endObject()
    }
}

extension DocumentView {
    /// The answer of every door that gives a document.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("doc_id", id)
        writer.member("collection", collection)
        writer.member("uri", DocumentURI.make(collection: collection, id: id))
        writer.member("title", title)
        writer.member("text", text)
        writer.member("metadata", raw: metadata)
        writer.member("updated_at", Timestamp(milliseconds: updatedAt).description)
        writer.member("warnings", [String]())
        writer.endObject()
    }
}

extension DocumentPage {
    /// The answer of every door that lists documents.
    /// - Parameter warnings: Beside those of the page.
    func write(to writer: inout JSONWriter, warnings: [String] = []) {
        writer.beginObject()
        writer.key("documents")
        writer.beginArray()
        for document in documents { document.write(to: &writer) }
        writer.endArray()
        if let total { writer.member("total", total) }
        facets.write(to: &writer)
        if let nextCursor { writer.member("next_cursor", nextCursor) }
        writer.member("warnings", self.warnings + warnings)
        writer.endObject()
    }
}

extension DocumentSummary {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("doc_id", id)
        writer.member("collection", collection)
        writer.member("uri", DocumentURI.make(collection: collection, id: id))
        writer.member("title", title)
        writer.member("metadata", raw: metadata)
        writer.member("passages", passageCount)
        writer.member("updated_at", Timestamp(milliseconds: updatedAt).description)
        writer.endObject()
    }
}

extension CollectionInfo {
    /// One entry of a list of collections.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", name)
        writer.member("documents", documents)
        writer.member("passages", passages)
        writer.member("waiting", waiting)
        writer.member("parked", parked)
        writer.member("texts_cut", textsCut)
        writer.member("passage_mode", passageMode.rawValue)
        writer.member("index_bytes", indexBytes)
        writer.key("spaces")
        writer.beginArray()
        for space in spaces {
            writer.beginObject()
            writer.member("name", space.name)
            writer.member("dimension", space.dimension)
            writer.member("vectors", space.vectors)
            writer.member("is_default", space.isDefault)
            writer.endObject()
        }
        writer.endArray()
        writer.key("legs")
        writer.beginObject()
        writer.member("bm25", isKeywordLegOff ? "off" : "on")
        writer.member("vector", isVectorLegOff ? "off" : "on")
        writer.endObject()
        if let reindexing {
            writer.key("reindexing")
            reindexing.write(to: &writer)
        }
        writer.endObject()
    }
}

import Access
import JSON
import MCP

extension MCPTool {
    static let retrieveDocument = MCPTool(
        Operations.retrieveDocument, title: "Retrieve a document",
        description: """
            Returns one document: title, text and metadata. A long text comes in parts, each with the next_cursor of what \
            follows; get_passages reads around one place instead.
            """,
        input: ToolSchema.object(
            [
                "document_id": ToolSchema.documentID, "collection": ToolSchema.documentCollection,
                "cursor": ToolSchema.cursor,
            ], required: ["document_id"], closed: true),
        output: ToolSchema.object(
            [
                "doc_id": ToolSchema.text("Id of the document"),
                "collection": ToolSchema.text("Collection of the document"),
                "uri": ToolSchema.text("Address of the document"),
                "title": ToolSchema.text("Title; may be empty"),
                "text": ToolSchema.text("The text, from text_start on"),
                "text_start": ToolSchema.integer("Where text begins in the whole text, in Unicode scalars"),
                "metadata": ToolSchema.metadata,
                "updated_at": ToolSchema.text("When this version came in, RFC 3339"),
                "next_cursor": ToolSchema.nextCursor,
                "warnings": ToolSchema.warnings,
            ], required: ["doc_id", "collection", "uri", "title", "text", "text_start", "metadata", "warnings"]),
        annotations: ToolAnnotations(isReadOnly: true), aliases: ["doc_id": "document_id"]
    ) { appliance, context, arguments in
        var fields = Fields(arguments)
        let id = try fields.requiredText("document_id")
        let collection = try fields.text("collection")
        let cursor = try fields.text("cursor")
        try fields.finish()
        let tenant = try context.requireTenant()
        let purpose = "cursor retrieve_document \(tenant.uid)"
        var start = 0
        let document = try await appliance.document(id, collection: collection, context)
        if let cursor {
            guard
                let place = appliance.seal.open(cursor, for: purpose).flatMap({ TextPlace(bytes: $0, in: document) })
            else { throw ApplianceError.invalidCursor }
            start = Int(place.start)
        }
        return ToolResult(
            structured: document.encoded(from: start) { next in
                appliance.seal.seal(TextPlace(start: UInt32(clamping: next), of: document).bytes, for: purpose)
            })
    }
}

/// A place in the text of one version of one document.
private struct TextPlace {
    var start: UInt32
    let bytes: [UInt8]

    init(start: UInt32, of document: DocumentView) {
        self.start = start
        bytes = (0..<4).map { UInt8(truncatingIfNeeded: start >> (8 * $0)) } + Self.digest(of: document)
    }

    /// - Returns: nil for a place in another document or another version.
    init?(bytes: [UInt8], in document: DocumentView) {
        guard bytes.count == 12, Array(bytes[4...]) == Self.digest(of: document) else { return nil }
        start = (0..<4).reduce(0) { $0 | UInt32(bytes[$1]) << (8 * $1) }
        self.bytes = bytes
    }

    private static func digest(of document: DocumentView) -> [UInt8] {
        let name = "\(document.collection) \(document.updatedAt) \(document.text.utf8.count) \(document.id)"
        return Array(Digest.sha256(Array(name.utf8)).prefix(8))
    }
}

extension DocumentView {
    /// JSON bytes that metadata may have beside a text that is cut.
    private static let metadataLimit = 8_000

    /// As much of the document as an answer holds.
    fileprivate func encoded(from start: Int, cursor: (Int) -> String) -> [UInt8] {
        var warnings: [String] = []
        var metadata = metadata
        var title = title
        // Whatever else it holds, half of the answer is for the text.
        if metadata.count > Self.metadataLimit {
            warnings.append(
                "metadata of \(metadata.count) bytes was left out to keep the answer small; "
                    + "GET /v1/documents/{id} tells it")
            metadata = Array("{}".utf8)
        }
        if JSONWriter.byteCount(of: title) > Self.metadataLimit { title = AnswerBudget.short(title) }
        let frame = AnswerBudget.json {
            write(title: title, text: "", start: start, metadata: metadata, cursor: nil, warnings: warnings, to: &$0)
        }
        let part = TextPart(of: text, from: start, budget: AnswerBudget.bytes - AnswerBudget.reserve - frame.count)
        var next: String?
        if !part.isLast {
            next = cursor(part.range.upperBound)
            warnings.append("the text goes on behind position \(part.range.upperBound); next_cursor leads there")
        }
        return AnswerBudget.json {
            write(
                title: title, text: part.text, start: part.range.lowerBound, metadata: metadata, cursor: next,
                warnings: warnings, to: &$0)
        }
    }

    private func write(
        title: String, text: String, start: Int, metadata: [UInt8], cursor: String?, warnings: [String],
        to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("doc_id", id)
        writer.member("collection", collection)
        writer.member("uri", DocumentURI.make(collection: collection, id: id))
        writer.member("title", title)
        writer.member("text", text)
        writer.member("text_start", start)
        writer.member("metadata", raw: metadata)
        writer.member("updated_at", Timestamp(milliseconds: updatedAt).description)
        if let cursor { writer.member("next_cursor", cursor) }
        writer.member("warnings", warnings)
        writer.endObject()
    }
}

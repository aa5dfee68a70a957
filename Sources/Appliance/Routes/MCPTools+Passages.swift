import Access
import IndexCore
import JSON
import MCP

extension MCPTool {
    static let getPassages = MCPTool(
        Operations.getPassages, title: "Read passages",
        description: """
            Reads passages of one document with page, heading and place in the text: those around a hit, the first, the \
            last, or by id; without any of these from the beginning. The way to read a long document piece by piece, or to \
            see what stands before and after a hit.
            """,
        input: ToolSchema.object(
            [
                "document_id": ToolSchema.documentID,
                "collection": ToolSchema.documentCollection,
                "around": [
                    "type": "integer", "minimum": 0,
                    "description":
                        "A position in the text, such as passage.start of a hit: its passage with its neighbours",
                ],
                "neighbours": [
                    "type": "integer", "minimum": 0, "maximum": 50, "default": 2,
                    "description": "With around: passages before and after it",
                ],
                "first": ["type": "integer", "minimum": 1, "description": "This many passages from the beginning"],
                "last": ["type": "integer", "minimum": 1, "description": "This many passages from the end"],
                "ids": [
                    "type": "array", "items": ["type": "integer", "minimum": 0], "minItems": 1, "maxItems": 200,
                    "description": "Passages by the id of an answer before, in the order wanted",
                ],
                "cursor": ToolSchema.cursor,
            ], required: ["document_id"], closed: true),
        output: ToolSchema.object(
            [
                "doc_id": ToolSchema.text("Id of the document"),
                "collection": ToolSchema.text("Collection of the document"),
                "uri": ToolSchema.text("Address of the document"),
                "title": ToolSchema.text("Title; may be empty"),
                "passage_count": ToolSchema.integer("Passages of the document"),
                "passages": ToolSchema.list(
                    of: ToolSchema.object(
                        [
                            "id": ToolSchema.integer("Id of the passage, until the document changes"),
                            "number": ToolSchema.integer("Its place in the document, from 1"),
                            "start": ToolSchema.integer(
                                "First character, counted in Unicode scalars of the document's text"),
                            "end": ToolSchema.integer("One past the last"),
                            "page": ToolSchema.integer("Page it begins on, from 1, where the document has pages"),
                            "heading": ToolSchema.text("Heading it stands under, where there is one"),
                            "text": ToolSchema.text("The text from start to end"),
                        ], required: ["id", "number", "start", "end", "text"]),
                    "In the order of the document, or of ids"),
                "next_cursor": ToolSchema.nextCursor,
                "warnings": ToolSchema.warnings,
            ], required: ["doc_id", "collection", "uri", "title", "passage_count", "passages", "warnings"]),
        annotations: ToolAnnotations(isReadOnly: true), aliases: ["doc_id": "document_id"]
    ) { appliance, context, arguments in
        let tenant = try context.requireTenant()
        let purpose = "cursor get_passages \(tenant.uid)"
        let request = try passageRequest(arguments) { appliance.seal.open($0, for: purpose) }
        context.tally.update {
            $0.target = DocumentURI.make(collection: request.collection ?? "", id: request.documentID)
        }
        let engine = try await appliance.registry.engine(for: tenant)
        let page = try await engine.passages(request)
        context.tally.update { $0.resultCount = page.entries.count }
        let cursor = page.next.map { appliance.seal.seal($0.bytes, for: purpose) }
        return ToolResult(structured: AnswerBudget.json { page.write(to: &$0, cursor: cursor) })
    }

    private static func passageRequest(
        _ arguments: JSONObject, open: (String) -> [UInt8]?
    ) throws(ApplianceError) -> PassageRequest {
        var fields = Fields(arguments)
        var request = PassageRequest(
            documentID: try fields.requiredText("document_id"),
            byteBudget: AnswerBudget.bytes - AnswerBudget.reserve - 4 * AnswerBudget.shortTitle)
        request.collection = try fields.text("collection")
        var choices: [(name: String, choice: PassageRequest.Choice)] = []
        let neighbours = try fields.integer("neighbours", in: 0...50)
        if let position = try fields.integer("around", in: 0...Int(Int32.max)) {
            choices.append(("around", .around(position, neighbours: neighbours ?? 2)))
        } else if neighbours != nil {
            throw .invalidArgument(name: "neighbours", reason: "goes with around alone")
        }
        if let count = try fields.integer("first", in: 1...Int.max) { choices.append(("first", .first(count))) }
        if let count = try fields.integer("last", in: 1...Int.max) { choices.append(("last", .last(count))) }
        if let ids = try fields.list("ids", count: 1...200) {
            choices.append(("ids", .ids(try ids.map { id throws(ApplianceError) in try passageID(id) })))
        }
        let cursor = try fields.text("cursor")
        try fields.finish()
        guard choices.count <= 1 else {
            let names = choices.map(\.name)
            throw .invalidArgument(name: names[1], reason: "cannot go with \(names[0]); give one of them")
        }
        if let choice = choices.first?.choice { request.choice = choice }
        if let cursor {
            guard let resumption = open(cursor).flatMap(PassageResumption.init(bytes:)),
                resumption.digest == request.digest
            else { throw .invalidCursor }
            request.resumption = resumption
        }
        return request
    }

    private static func passageID(_ value: JSONValue) throws(ApplianceError) -> PassageID {
        guard let number = value.integerValue.flatMap(UInt32.init(exactly:)) else {
            throw .invalidArgument(name: "ids", reason: "must hold ids of passages, as answers give them")
        }
        return PassageID(number)
    }
}

extension PassagePage {
    fileprivate func write(to writer: inout JSONWriter, cursor: String?) {
        writer.beginObject()
        writer.member("doc_id", documentID)
        writer.member("collection", collection)
        writer.member("uri", DocumentURI.make(collection: collection, id: documentID))
        writer.member("title", AnswerBudget.short(title))
        writer.member("passage_count", passageCount)
        writer.key("passages")
        writer.beginArray()
        for entry in entries {
            writer.beginObject()
            writer.member("id", Int(entry.id.rawValue))
            writer.member("number", entry.number)
            writer.member("start", entry.range.lowerBound)
            writer.member("end", entry.range.upperBound)
            if let page = entry.page { writer.member("page", page) }
            if let heading = entry.heading { writer.member("heading", heading) }
            writer.member("text", entry.text)
            writer.endObject()
        }
        writer.endArray()
        if let cursor { writer.member("next_cursor", cursor) }
        writer.member("warnings", warnings)
        writer.endObject()
    }
}

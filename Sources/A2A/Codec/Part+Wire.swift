public import JSON

/// A part on the wire: in 1.0 the content's member names its kind; in 0.3 files lie one level deeper, and `kind` names it in JSON-RPC.
extension Part {
    /// Marks, in 0.3, a data part whose value is no object and was put into one.
    private static let wrappedMark = "data_part_compat"

    init(_ fields: WireFields) throws(A2AError) {
        switch fields.spelling {
        case .v1_0: try self.init(current: fields)
        case .v0_3: try self.init(kinded: fields)
        case .v0_3REST: try self.init(nested: fields)
        }
    }

    /// Writes the part.
    public func write(to writer: inout JSONWriter, as spelling: WireSpelling = .v1_0) {
        writer.beginObject()
        switch spelling {
        case .v1_0: writeCurrent(to: &writer)
        case .v0_3: writeKinded(to: &writer)
        case .v0_3REST: writeNested(to: &writer)
        }
        writer.endObject()
    }

    // MARK: 1.0

    private init(current fields: WireFields) throws(A2AError) {
        var contents: [Content] = []
        if let text = try fields.anyText("text") { contents.append(.text(text)) }
        if let text = try fields.anyText("raw") {
            guard let bytes = Base64.bytes(of: text) else { throw fields.failure("raw", "must be base64") }
            contents.append(.raw(bytes))
        }
        if let url = try fields.anyText("url") { contents.append(.url(url)) }
        // Any JSON value is data, `null` too.
        if let data = fields.raw("data") { contents.append(.data(data)) }
        guard contents.count == 1 else {
            throw .invalidParams(field: fields.path, reason: "must have exactly one of text, raw, url and data")
        }
        self.init(
            contents[0], mediaType: try fields.text("mediaType"), filename: try fields.text("filename"),
            metadata: try fields.opaque("metadata"))
    }

    private func writeCurrent(to writer: inout JSONWriter) {
        switch content {
        case .text(let text): writer.member("text", text)
        case .raw(let bytes): writer.member("raw", Base64.text(of: bytes))
        case .url(let url): writer.member("url", url)
        case .data(let value):
            writer.key("data")
            writer.opaque(value)
        }
        writer.optional("mediaType", mediaType)
        writer.optional("filename", filename)
        writer.opaque("metadata", metadata)
    }

    // MARK: 0.3

    private init(kinded fields: WireFields) throws(A2AError) {
        let metadata = try fields.opaque("metadata")
        switch try fields.requiredText("kind") {
        case "text":
            guard let text = try fields.anyText("text") else { throw fields.failure("text", "is required") }
            self.init(.text(text), metadata: metadata)
        case "data":
            guard let data = try fields.opaque("data") else { throw fields.failure("data", "must be an object") }
            self.init(oldData: data, metadata: metadata)
        case "file":
            let file = try fields.requiredFields("file")
            self.init(
                try Self.content(ofFile: file, bytes: "bytes", uri: "uri"), mediaType: try file.text("mimeType"),
                filename: try file.text("name"), metadata: metadata)
        default: throw fields.failure("kind", "must be text, file or data")
        }
    }

    /// Data of 0.3, which is an object always: any other value stands in one, under a mark.
    private init(oldData data: JSONObject, metadata: JSONObject?) {
        guard metadata?[Self.wrappedMark] == true, let value = data["value"] else {
            self.init(.data(.object(data)), metadata: metadata)
            return
        }
        var rest = metadata
        rest?[Self.wrappedMark] = nil
        self.init(.data(value), metadata: rest?.isEmpty == true ? nil : rest)
    }

    private static func content(ofFile file: WireFields, bytes: String, uri: String) throws(A2AError) -> Content {
        switch (try file.anyText(bytes), try file.anyText(uri)) {
        case (let text?, nil):
            guard let raw = Base64.bytes(of: text) else { throw file.failure(bytes, "must be base64") }
            return .raw(raw)
        case (nil, let uri?): return .url(uri)
        default: throw .invalidParams(field: file.path, reason: "must have exactly one of \(bytes) and \(uri)")
        }
    }

    private func writeKinded(to writer: inout JSONWriter) {
        switch content {
        case .text(let text):
            writer.member("kind", "text")
            writer.member("text", text)
            writer.opaque("metadata", metadata)
        case .raw(let bytes):
            writer.member("kind", "file")
            writeFile("bytes", Base64.text(of: bytes), to: &writer)
        case .url(let url):
            writer.member("kind", "file")
            writeFile("uri", url, to: &writer)
        case .data(let value):
            let (object, metadata) = oldData(value)
            writer.member("kind", "data")
            writer.opaque("data", object)
            writer.opaque("metadata", metadata)
        }
    }

    private func oldData(_ value: JSONValue) -> (object: JSONObject, metadata: JSONObject?) {
        if let object = value.objectValue { return (object, metadata) }
        var marked = metadata ?? JSONObject()
        marked[Self.wrappedMark] = true
        return (["value": value], marked)
    }

    private func writeFile(_ name: String, _ content: String, to writer: inout JSONWriter) {
        writer.key("file")
        writer.beginObject()
        writer.member(name, content)
        writer.optional("mimeType", mediaType)
        writer.optional("name", filename)
        writer.endObject()
        writer.opaque("metadata", metadata)
    }

    // MARK: 0.3 over HTTP+JSON

    private init(nested fields: WireFields) throws(A2AError) {
        let metadata = try fields.opaque("metadata")
        let (text, data, file) = (try fields.anyText("text"), try fields.fields("data"), try fields.fields("file"))
        switch (text, data, file) {
        case (let text?, nil, nil): self.init(.text(text), metadata: metadata)
        case (nil, let data?, nil):
            guard let object = try data.opaque("data") else { throw data.failure("data", "must be an object") }
            self.init(oldData: object, metadata: metadata)
        case (nil, nil, let file?):
            self.init(
                try Self.content(ofFile: file, bytes: "fileWithBytes", uri: "fileWithUri"),
                mediaType: try file.text("mimeType"), filename: try file.text("name"), metadata: metadata)
        default: throw .invalidParams(field: fields.path, reason: "must have exactly one of text, data and file")
        }
    }

    private func writeNested(to writer: inout JSONWriter) {
        switch content {
        case .text(let text):
            writer.member("text", text)
            writer.opaque("metadata", metadata)
        case .raw(let bytes): writeFile("fileWithBytes", Base64.text(of: bytes), to: &writer)
        case .url(let url): writeFile("fileWithUri", url, to: &writer)
        case .data(let value):
            let (object, metadata) = oldData(value)
            writer.key("data")
            writer.beginObject()
            writer.opaque("data", object)
            writer.endObject()
            writer.opaque("metadata", metadata)
        }
    }
}

public import JSON

/// A part on the wire: in 1.0 the content's member names its kind, in 0.3 `kind` does and files lie one level deeper.
extension Part {
    /// Marks, in 0.3, a data part whose value is no object and was put into one.
    private static let wrappedMark = "data_part_compat"

    init(_ fields: WireFields) throws(A2AError) {
        switch fields.version {
        case .v1_0: try self.init(current: fields)
        case .v0_3: try self.init(kinded: fields)
        }
    }

    /// Writes the part.
    public func write(to writer: inout JSONWriter, as version: A2AVersion = .v1_0) {
        writer.beginObject()
        switch version {
        case .v1_0: writeCurrent(to: &writer)
        case .v0_3: writeKinded(to: &writer)
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
            if metadata?[Self.wrappedMark] == true, let value = data["value"] {
                var rest = metadata
                rest?[Self.wrappedMark] = nil
                self.init(.data(value), metadata: rest?.isEmpty == true ? nil : rest)
            } else {
                self.init(.data(.object(data)), metadata: metadata)
            }
        case "file":
            let file = try fields.requiredFields("file")
            self.init(
                try Self.content(ofFile: file), mediaType: try file.text("mimeType"), filename: try file.text("name"),
                metadata: metadata)
        default: throw fields.failure("kind", "must be text, file or data")
        }
    }

    private static func content(ofFile file: WireFields) throws(A2AError) -> Content {
        switch (try file.anyText("bytes"), try file.anyText("uri")) {
        case (let text?, nil):
            guard let bytes = Base64.bytes(of: text) else { throw file.failure("bytes", "must be base64") }
            return .raw(bytes)
        case (nil, let uri?): return .url(uri)
        default: throw .invalidParams(field: file.path, reason: "must have exactly one of bytes and uri")
        }
    }

    private func writeKinded(to writer: inout JSONWriter) {
        switch content {
        case .text(let text):
            writer.member("kind", "text")
            writer.member("text", text)
            writer.opaque("metadata", metadata)
        case .raw(let bytes): writeFile(to: &writer) { $0.member("bytes", Base64.text(of: bytes)) }
        case .url(let url): writeFile(to: &writer) { $0.member("uri", url) }
        case .data(.object(let object)):
            writer.member("kind", "data")
            writer.opaque("data", object)
            writer.opaque("metadata", metadata)
        case .data(let value):
            writer.member("kind", "data")
            writer.opaque("data", ["value": value])
            var marked = metadata ?? JSONObject()
            marked[Self.wrappedMark] = true
            writer.opaque("metadata", marked)
        }
    }

    private func writeFile(to writer: inout JSONWriter, _ content: (inout JSONWriter) -> Void) {
        writer.member("kind", "file")
        writer.key("file")
        writer.beginObject()
        content(&writer)
        writer.optional("mimeType", mediaType)
        writer.optional("name", filename)
        writer.endObject()
        writer.opaque("metadata", metadata)
    }
}

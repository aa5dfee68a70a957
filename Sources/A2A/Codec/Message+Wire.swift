public import JSON

/// Messages on the wire.
extension Message {
    /// Reads a message in the spelling of 1.0.
    /// - Throws: ``A2AError/invalidParams(field:reason:)``.
    public init(json: JSONValue) throws(A2AError) { try self.init(WireFields(top: json)) }

    init(_ fields: WireFields) throws(A2AError) {
        let role = try fields.requiredText("role")
        guard let role = MessageRole(role, in: fields.spelling) else {
            let names =
                "\(MessageRole.user.name(in: fields.spelling)) or \(MessageRole.agent.name(in: fields.spelling))"
            throw fields.failure("role", "must be \(names)")
        }
        self.init(
            messageID: try fields.requiredText("messageId"), contextID: try fields.text("contextId"),
            taskID: try fields.text("taskId"), role: role, parts: try fields.parts(Self.partsName(fields.spelling)),
            metadata: try fields.opaque("metadata"), extensions: try fields.texts("extensions"),
            referenceTaskIDs: try fields.texts("referenceTaskIds"))
    }

    /// Writes the message.
    public func write(to writer: inout JSONWriter, as spelling: WireSpelling = .v1_0) {
        writer.beginObject()
        if spelling == .v0_3 { writer.member("kind", "message") }
        writer.member("messageId", messageID)
        writer.optional("contextId", contextID)
        writer.optional("taskId", taskID)
        writer.member("role", role.name(in: spelling))
        writer.parts(Self.partsName(spelling), parts, as: spelling)
        writer.opaque("metadata", metadata)
        writer.optional("extensions", extensions)
        // Readers of 0.3's definition refuse members that it has not.
        if spelling != .v0_3REST { writer.optional("referenceTaskIds", referenceTaskIDs) }
        writer.endObject()
    }

    private static func partsName(_ spelling: WireSpelling) -> String { spelling == .v0_3REST ? "content" : "parts" }

    /// The message in the spelling of 1.0, from which ``init(json:)`` makes an equal one.
    public func encoded() -> [UInt8] { JSONWriter.bytes { write(to: &$0) } }
}

/// Artifacts on the wire.
extension Artifact {
    /// Reads an artifact in the spelling of 1.0.
    /// - Throws: ``A2AError/invalidParams(field:reason:)``.
    public init(json: JSONValue) throws(A2AError) { try self.init(WireFields(top: json)) }

    init(_ fields: WireFields) throws(A2AError) {
        self.init(
            artifactID: try fields.requiredText("artifactId"), name: try fields.text("name"),
            description: try fields.text("description"), parts: try fields.parts("parts"),
            metadata: try fields.opaque("metadata"), extensions: try fields.texts("extensions"))
    }

    /// Writes the artifact.
    public func write(to writer: inout JSONWriter, as spelling: WireSpelling = .v1_0) {
        writer.beginObject()
        writer.member("artifactId", artifactID)
        writer.optional("name", name)
        writer.optional("description", description)
        writer.parts("parts", parts, as: spelling)
        writer.opaque("metadata", metadata)
        writer.optional("extensions", extensions)
        writer.endObject()
    }

    /// The artifact in the spelling of 1.0, from which ``init(json:)`` makes an equal one.
    public func encoded() -> [UInt8] { JSONWriter.bytes { write(to: &$0) } }
}

extension WireFields {
    /// The top of a value that must be an object.
    init(top json: JSONValue, _ spelling: WireSpelling = .v1_0) throws(A2AError) {
        guard let object = json.objectValue else { throw .invalidParams(field: "", reason: "must be an object") }
        self.init(object, spelling)
    }

    fileprivate func parts(_ name: String) throws(A2AError) -> [Part] {
        var parts: [Part] = []
        for part in try list(name) { parts.append(try Part(part)) }
        guard !parts.isEmpty else { throw failure(name, "at least one part is required") }
        return parts
    }
}

extension JSONWriter {
    fileprivate mutating func parts(_ name: String, _ parts: [Part], as spelling: WireSpelling) {
        key(name)
        beginArray()
        for part in parts { part.write(to: &self, as: spelling) }
        endArray()
    }

    static func bytes(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        write(&writer)
        return writer.bytes
    }
}

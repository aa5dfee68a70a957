public import JSON

/// Messages on the wire.
extension Message {
    /// Reads a message in the spelling of 1.0.
    /// - Throws: ``A2AError/invalidParams(field:reason:)``.
    public init(json: JSONValue) throws(A2AError) { try self.init(WireFields(top: json)) }

    init(_ fields: WireFields) throws(A2AError) {
        let role = try fields.requiredText("role")
        guard let role = MessageRole(role, in: fields.version) else {
            let names = "\(MessageRole.user.name(in: fields.version)) or \(MessageRole.agent.name(in: fields.version))"
            throw fields.failure("role", "must be \(names)")
        }
        self.init(
            messageID: try fields.requiredText("messageId"), contextID: try fields.text("contextId"),
            taskID: try fields.text("taskId"), role: role, parts: try fields.parts(),
            metadata: try fields.opaque("metadata"), extensions: try fields.texts("extensions"),
            referenceTaskIDs: try fields.texts("referenceTaskIds"))
    }

    /// Writes the message.
    public func write(to writer: inout JSONWriter, as version: A2AVersion = .v1_0) {
        writer.beginObject()
        if version == .v0_3 { writer.member("kind", "message") }
        writer.member("messageId", messageID)
        writer.optional("contextId", contextID)
        writer.optional("taskId", taskID)
        writer.member("role", role.name(in: version))
        writer.parts(parts, as: version)
        writer.opaque("metadata", metadata)
        writer.optional("extensions", extensions)
        writer.optional("referenceTaskIds", referenceTaskIDs)
        writer.endObject()
    }

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
            description: try fields.text("description"), parts: try fields.parts(),
            metadata: try fields.opaque("metadata"), extensions: try fields.texts("extensions"))
    }

    /// Writes the artifact.
    public func write(to writer: inout JSONWriter, as version: A2AVersion = .v1_0) {
        writer.beginObject()
        writer.member("artifactId", artifactID)
        writer.optional("name", name)
        writer.optional("description", description)
        writer.parts(parts, as: version)
        writer.opaque("metadata", metadata)
        writer.optional("extensions", extensions)
        writer.endObject()
    }

    /// The artifact in the spelling of 1.0, from which ``init(json:)`` makes an equal one.
    public func encoded() -> [UInt8] { JSONWriter.bytes { write(to: &$0) } }
}

extension WireFields {
    /// The top of a value that must be an object.
    init(top json: JSONValue, _ version: A2AVersion = .v1_0) throws(A2AError) {
        guard let object = json.objectValue else { throw .invalidParams(field: "", reason: "must be an object") }
        self.init(object, version)
    }

    fileprivate func parts() throws(A2AError) -> [Part] {
        var parts: [Part] = []
        for part in try list("parts") { parts.append(try Part(part)) }
        guard !parts.isEmpty else { throw failure("parts", "at least one part is required") }
        return parts
    }
}

extension JSONWriter {
    fileprivate mutating func parts(_ parts: [Part], as version: A2AVersion) {
        key("parts")
        beginArray()
        for part in parts { part.write(to: &self, as: version) }
        endArray()
    }

    static func bytes(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        write(&writer)
        return writer.bytes
    }
}

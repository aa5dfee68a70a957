public import JSON

/// Events on the wire: 1.0 names the kind by the member around the value, 0.3 by `kind` inside it.
extension StreamItem {
    /// Reads an event in the spelling of 1.0.
    /// - Throws: ``A2AError/invalidParams(field:reason:)``.
    public init(json: JSONValue) throws(A2AError) {
        let fields = try WireFields(top: json)
        if let task = try fields.fields("task") {
            self = .task(try AgentTask(task))
        } else if let message = try fields.fields("message") {
            self = .message(try Message(message))
        } else if let update = try fields.fields("statusUpdate") {
            self = .statusUpdate(try TaskStatusUpdate(update))
        } else if let update = try fields.fields("artifactUpdate") {
            self = .artifactUpdate(try TaskArtifactUpdate(update))
        } else {
            throw .invalidParams(field: "", reason: "must have one of task, message, statusUpdate and artifactUpdate")
        }
    }

    /// Writes the event.
    ///
    /// A status that ends a stream of 0.3 says `final`: a terminal one, and one that waits for input.
    public func write(to writer: inout JSONWriter, as spelling: WireSpelling = .v1_0) {
        if spelling == .v0_3 {
            writeValue(to: &writer, as: spelling)
            return
        }
        writer.beginObject()
        switch self {
        case .task: writer.key("task")
        case .message: writer.key("message")
        case .statusUpdate: writer.key("statusUpdate")
        case .artifactUpdate: writer.key("artifactUpdate")
        }
        writeValue(to: &writer, as: spelling)
        writer.endObject()
    }

    private func writeValue(to writer: inout JSONWriter, as spelling: WireSpelling) {
        switch self {
        case .task(let task): task.write(to: &writer, as: spelling)
        case .message(let message): message.write(to: &writer, as: spelling)
        case .statusUpdate(let update): update.write(to: &writer, as: spelling)
        case .artifactUpdate(let update): update.write(to: &writer, as: spelling)
        }
    }

    /// The event in the spelling of 1.0, from which ``init(json:)`` makes an equal one.
    public func encoded() -> [UInt8] { JSONWriter.bytes { write(to: &$0) } }
}

extension TaskStatusUpdate {
    init(_ fields: WireFields) throws(A2AError) {
        self.init(
            taskID: try fields.requiredText("taskId"), contextID: try fields.requiredText("contextId"),
            status: try TaskStatus(fields.requiredFields("status")), metadata: try fields.opaque("metadata"))
    }

    func write(to writer: inout JSONWriter, as spelling: WireSpelling) {
        writer.beginObject()
        if spelling == .v0_3 { writer.member("kind", "status-update") }
        writer.member("taskId", taskID)
        writer.member("contextId", contextID)
        writer.key("status")
        status.write(to: &writer, as: spelling)
        if spelling.version == .v0_3 { writer.member("final", status.state.endsStream) }
        writer.opaque("metadata", metadata)
        writer.endObject()
    }
}

extension TaskArtifactUpdate {
    init(_ fields: WireFields) throws(A2AError) {
        self.init(
            taskID: try fields.requiredText("taskId"), contextID: try fields.requiredText("contextId"),
            artifact: try Artifact(fields.requiredFields("artifact")), append: try fields.flag("append") ?? false,
            lastChunk: try fields.flag("lastChunk") ?? false, metadata: try fields.opaque("metadata"))
    }

    func write(to writer: inout JSONWriter, as spelling: WireSpelling) {
        writer.beginObject()
        if spelling == .v0_3 { writer.member("kind", "artifact-update") }
        writer.member("taskId", taskID)
        writer.member("contextId", contextID)
        writer.key("artifact")
        artifact.write(to: &writer, as: spelling)
        if append { writer.member("append", true) }
        if lastChunk { writer.member("lastChunk", true) }
        writer.opaque("metadata", metadata)
        writer.endObject()
    }
}

extension TaskState {
    /// Whether a stream that began with a message closes here; one that waits for a credential stays open, since the
    /// credential may come another way.
    public var endsStream: Bool { isTerminal || self == .inputRequired }
}

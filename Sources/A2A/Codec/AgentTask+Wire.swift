public import JSON

/// Statuses on the wire.
extension TaskStatus {
    /// Reads a status in the spelling of 1.0.
    /// - Throws: ``A2AError/invalidParams(field:reason:)``.
    public init(json: JSONValue) throws(A2AError) { try self.init(WireFields(top: json)) }

    init(_ fields: WireFields) throws(A2AError) {
        let name = try fields.requiredText("state")
        guard let state = TaskState(name, in: fields.spelling) else {
            throw fields.failure("state", "must be one of \(TaskState.names(in: fields.spelling))")
        }
        let message = try fields.fields("message")
        self.init(
            state, message: try message.map { fields throws(A2AError) in try Message(fields) },
            timestamp: try fields.time("timestamp") ?? 0)
    }

    /// Writes the status.
    public func write(to writer: inout JSONWriter, as spelling: WireSpelling = .v1_0) {
        writer.beginObject()
        writer.member("state", state.name(in: spelling))
        if let message {
            writer.key("message")
            message.write(to: &writer, as: spelling)
        }
        writer.member("timestamp", WireTime.text(of: timestamp))
        writer.endObject()
    }

    /// The status in the spelling of 1.0, from which ``init(json:)`` makes an equal one.
    public func encoded() -> [UInt8] { JSONWriter.bytes { write(to: &$0) } }
}

extension TaskState {
    static func names(in spelling: WireSpelling) -> String {
        allCases.map { $0.name(in: spelling) }.joined(separator: ", ")
    }
}

/// Tasks on the wire.
extension AgentTask {
    /// Reads a task in the spelling of 1.0.
    /// - Throws: ``A2AError/invalidParams(field:reason:)``.
    public init(json: JSONValue) throws(A2AError) { try self.init(WireFields(top: json)) }

    init(_ fields: WireFields) throws(A2AError) {
        var artifacts: [Artifact] = []
        for artifact in try fields.list("artifacts") { artifacts.append(try Artifact(artifact)) }
        var history: [Message] = []
        for message in try fields.list("history") { history.append(try Message(message)) }
        self.init(
            id: try fields.requiredText("id"), contextID: try fields.text("contextId") ?? "",
            status: try TaskStatus(fields.requiredFields("status")), artifacts: artifacts.isEmpty ? nil : artifacts,
            history: history.isEmpty ? nil : history, metadata: try fields.opaque("metadata"))
    }

    /// Writes the task; lists that are empty are left out as absent ones are.
    public func write(to writer: inout JSONWriter, as spelling: WireSpelling = .v1_0) {
        writer.beginObject()
        if spelling == .v0_3 { writer.member("kind", "task") }
        writer.member("id", id)
        writer.optional("contextId", contextID)
        writer.key("status")
        status.write(to: &writer, as: spelling)
        if let artifacts, !artifacts.isEmpty {
            writer.key("artifacts")
            writer.beginArray()
            for artifact in artifacts { artifact.write(to: &writer, as: spelling) }
            writer.endArray()
        }
        if let history, !history.isEmpty {
            writer.key("history")
            writer.beginArray()
            for message in history { message.write(to: &writer, as: spelling) }
            writer.endArray()
        }
        writer.opaque("metadata", metadata)
        writer.endObject()
    }

    /// The task in the spelling of 1.0, from which ``init(json:)`` makes an equal one.
    public func encoded() -> [UInt8] { JSONWriter.bytes { write(to: &$0) } }

    /// The task with the last messages of its history.
    /// - Parameter historyLength: nil = all, 0 = the member is left out.
    public func trimmed(historyLength: Int?) -> AgentTask {
        guard let historyLength, let history else { return self }
        var task = self
        task.history = historyLength <= 0 ? nil : Array(history.suffix(historyLength))
        return task
    }
}

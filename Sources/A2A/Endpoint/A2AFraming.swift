public import JSON

/// An answer as HTTP carries it.
public struct A2AReply: Sendable, Hashable {
    /// HTTP status.
    public var status: Int
    /// Header fields of the protocol.
    public var headers: [String: String]
    /// The body.
    public var body: [UInt8]
}

/// What a method answers with.
public enum A2AResult: Sendable, Hashable {
    /// Of the sends: a task or a message.
    case sent(StreamItem)
    /// A task by itself.
    case task(AgentTask)
    /// Of `ListTasks`.
    case tasks(TaskPage)
    /// One push configuration.
    case push(PushConfiguration)
    /// All push configurations of a task.
    case pushes([PushConfiguration])
    /// It is gone.
    case deleted
    /// The extended card, in the form of the framing's version.
    case card(JSONObject)
}

/// The form of one call's answers: binding, version, id and media type.
///
/// A value, made by the endpoint together with the call.
public struct A2AFraming: Sendable, Hashable {
    /// How a call is wrapped.
    public enum Binding: Sendable, Hashable {
        /// In an envelope; the id is echoed as it came, `null` if there was none.
        case jsonRPC(id: JSONValue)
        /// Bare, with these media types.
        case rest(success: String, error: String)
    }

    /// How the call is wrapped.
    public var binding: Binding
    /// The version spoken.
    public var version: A2AVersion
    /// How values are written.
    var spelling: WireSpelling {
        switch (version, binding) {
        case (.v1_0, _): .v1_0
        case (.v0_3, .jsonRPC): .v0_3
        case (.v0_3, .rest): .v0_3REST
        }
    }
    /// Extensions that were asked for and are known; echoed.
    public var extensions: [String]

    /// Makes a framing.
    public init(binding: Binding, version: A2AVersion, extensions: [String] = []) {
        self.binding = binding
        self.version = version
        self.extensions = extensions
    }

    /// The header fields of every answer to this call, streams too.
    public var headers: [String: String] {
        extensions.isEmpty ? [:] : ["A2A-Extensions": extensions.joined(separator: ", ")]
    }

    // MARK: Whole answers

    /// A call that went well.
    public func reply(_ result: A2AResult) -> A2AReply {
        var headers = headers
        var writer = JSONWriter(reservingCapacity: 1024)
        switch binding {
        case .jsonRPC(let id):
            headers["Content-Type"] = MediaType.json
            envelope(id, "result", to: &writer) { write(result, to: &$0) }
        case .rest(let success, _):
            headers["Content-Type"] = success
            write(result, to: &writer)
        }
        return A2AReply(status: 200, headers: headers, body: writer.bytes)
    }

    /// A call that failed.
    ///
    /// JSON-RPC tells the protocol's errors with status 200, since clients read no envelope behind any other; only what keeps a
    /// caller out altogether has its own status there.
    public func reply(_ failure: A2AFailure) -> A2AReply {
        var headers = headers
        if !failure.allowedMethods.isEmpty { headers["Allow"] = failure.allowedMethods.joined(separator: ", ") }
        switch binding {
        case .jsonRPC:
            headers["Content-Type"] = MediaType.json
            let status = [401, 403, 413, 429].contains(failure.httpStatus) ? failure.httpStatus : 200
            return A2AReply(status: status, headers: headers, body: errorData(failure))
        case .rest(_, let error):
            headers["Content-Type"] = error
            return A2AReply(status: failure.httpStatus, headers: headers, body: errorData(failure))
        }
    }

    // MARK: Events

    /// The data of one event of a stream.
    public func eventData(_ item: StreamItem) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 512)
        switch binding {
        case .jsonRPC(let id): envelope(id, "result", to: &writer) { item.write(to: &$0, as: spelling) }
        case .rest: item.write(to: &writer, as: spelling)
        }
        return writer.bytes
    }

    /// The same for an event that was encoded in 1.0 before, as the log of a task keeps it: made once for all who follow.
    public func eventData(_ item: StreamItem, encoded: [UInt8]) -> [UInt8] {
        guard version == .v1_0 else { return eventData(item) }
        guard case .jsonRPC(let id) = binding else { return encoded }
        var writer = JSONWriter(reservingCapacity: encoded.count + 64)
        envelope(id, "result", to: &writer) { $0.raw(encoded) }
        return writer.bytes
    }

    /// The data of a stream's `error` event, and the body of a failed call.
    public func errorData(_ failure: A2AFailure) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 512)
        switch binding {
        case .jsonRPC(let id):
            envelope(id, "error", to: &writer) { writer in
                writer.beginObject()
                writer.member("code", version == .v0_3 ? failure.oldCode : failure.code)
                writer.member("message", version == .v0_3 ? failure.oldMessage : failure.message)
                if version == .v1_0 {
                    writer.key("data")
                    failure.writeDetails(to: &writer)
                }
                writer.endObject()
            }
        case .rest:
            writer.beginObject()
            if version == .v0_3 {
                writer.member("type", failure.oldType)
                writer.member("message", failure.oldMessage)
            }
            writer.key("error")
            writer.beginObject()
            writer.member("code", failure.httpStatus)
            writer.member("status", failure.status)
            writer.member("message", failure.message)
            writer.key("details")
            failure.writeDetails(to: &writer)
            writer.endObject()
            writer.endObject()
        }
        return writer.bytes
    }

    // MARK: Parts

    private func envelope(
        _ id: JSONValue, _ name: String, to writer: inout JSONWriter, _ content: (inout JSONWriter) -> Void
    ) {
        writer.beginObject()
        writer.member("jsonrpc", "2.0")
        writer.member("id", id)
        writer.key(name)
        content(&writer)
        writer.endObject()
    }

    private func write(_ result: A2AResult, to writer: inout JSONWriter) {
        switch result {
        case .sent(let item): item.write(to: &writer, as: spelling)
        case .task(let task): task.write(to: &writer, as: spelling)
        case .tasks(let page): page.write(to: &writer)
        case .push(let configuration): configuration.write(to: &writer, as: spelling)
        case .pushes(let configurations): write(configurations, to: &writer)
        case .deleted:
            if spelling == .v0_3 {
                writer.null()
            } else {
                writer.beginObject()
                writer.endObject()
            }
        case .card(let card): writer.value(.object(card))
        }
    }

    private func write(_ configurations: [PushConfiguration], to writer: inout JSONWriter) {
        if spelling != .v0_3 {
            writer.beginObject()
            writer.key("configs")
        }
        writer.beginArray()
        for configuration in configurations { configuration.write(to: &writer, as: spelling) }
        writer.endArray()
        if spelling != .v0_3 { writer.endObject() }
    }
}

public import JSON
public import JSONRPC

extension MCPEndpoint {
    /// The reply to `tools/call`: the text block, the structured result beside it, and whether the tool failed.
    public func toolReply(to call: MCPCall, _ result: ToolResult) -> MCPReply {
        reply(to: call, reservingCapacity: result.encodedSize) { result.writeMembers(to: &$0) }
    }

    /// What `tools/call` would have answered, for a task that gives it later.
    public func encoded(_ result: ToolResult) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: result.encodedSize)
        writer.beginObject()
        result.writeMembers(to: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// Checks the header fields that repeat arguments; handshake clients send none.
    /// - Throws: -32020.
    public func checkParameterHeaders(of call: MCPCall, _ tool: ToolDefinition) throws(RPCError) {
        guard call.isModern, case .toolsCall(_, let arguments, _) = call.method else { return }
        try call.parameterHeaders.check(arguments, against: tool.markedParameters)
    }

    /// The reply to a call that cannot go on without its user: no caching hints, since it is no result yet.
    /// - Parameter state: Sealed.
    public func inputRequiredReply(to call: MCPCall, requests: JSONObject, state: String?) -> MCPReply {
        reply(to: call, type: "input_required") { writer in
            if !requests.isEmpty { writer.member("inputRequests", .object(requests)) }
            if let state { writer.member("requestState", state) }
        }
    }

    /// The reply to `tools/call` that goes on as a task.
    public func taskCreatedReply(to call: MCPCall, _ task: TaskView) -> MCPReply {
        reply(to: call, type: "task") { task.writeMembers(to: &$0, withOutcome: false) }
    }

    /// The reply to `tasks/get`.
    public func taskReply(to call: MCPCall, _ task: TaskView) -> MCPReply {
        reply(to: call) { task.writeMembers(to: &$0, withOutcome: true) }
    }

    /// A result without members.
    public func emptyReply(to call: MCPCall) -> MCPReply { reply(to: call) { _ in } }

    /// The reply to `resources/read`.
    public func resourceReply(to call: MCPCall, _ contents: [ResourceContents]) -> MCPReply {
        reply(to: call, cache: .privateNow) { writer in
            writer.key("contents")
            writer.beginArray()
            for part in contents { part.write(to: &writer) }
            writer.endArray()
        }
    }

    /// The reply to `prompts/get`.
    public func promptReply(to call: MCPCall, _ prompt: PromptResult) -> MCPReply {
        reply(to: call) { prompt.write(to: &$0) }
    }

    /// The reply to `completion/complete`.
    public func completionReply(to call: MCPCall, _ completion: Completion) -> MCPReply {
        reply(to: call) { writer in
            writer.key("completion")
            writer.beginObject()
            writer.member("values", completion.values)
            if let total = completion.total { writer.member("total", total) }
            writer.member("hasMore", completion.hasMore)
            writer.endObject()
        }
    }

    /// The messages of the stream that answers `subscriptions/listen`.
    public func subscriptionMessages(of call: MCPCall) -> SubscriptionMessages {
        SubscriptionMessages(id: call.id, serverMeta: JSONObject([(MetaKey.serverInfo, serverInfo.json)]))
    }
}

extension ToolResult {
    /// The JSON stands twice, once escaped.
    fileprivate var encodedSize: Int { (structured?.count ?? 0) * 9 / 4 + (text?.utf8.count ?? 0) + 512 }

    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.key("content")
        writer.beginArray()
        if let blocks {
            for block in blocks { block.write(to: &writer) }
        } else if let text {
            ContentBlock.text(text).write(to: &writer)
        } else {
            writer.beginObject()
            writer.member("type", "text")
            writer.key("text")
            writer.stringHolding(json: structured ?? [])
            writer.endObject()
        }
        writer.endArray()
        if let structured { writer.member("structuredContent", raw: structured) }
        writer.member("isError", isError)
    }
}

import JSON
public import JSONRPC

extension MCPEndpoint {
    /// The reply to `server/discover`, `initialize` or `ping`; nil for methods that need the caller.
    public func handshakeReply(to call: MCPCall) -> MCPReply? {
        switch call.method {
        case .discover: discoverReply(to: call)
        case .initialize(let requested): initializeReply(to: call, requested: requested)
        case .ping: reply(to: call) { _ in }
        case .toolsList, .toolsCall: nil
        }
    }

    /// What this server is and speaks; the same for everyone, so any cache may keep it for an hour.
    private func discoverReply(to call: MCPCall) -> MCPReply {
        reply(to: call, cache: .publicHour) { writer in
            writer.member("supportedVersions", ProtocolRevision.all.map(\.rawValue))
            writer.member("capabilities", .object(capabilities))
            if let instructions { writer.member("instructions", instructions) }
        }
    }

    private func initializeReply(to call: MCPCall, requested: String) -> MCPReply {
        reply(to: call) { writer in
            writer.member("protocolVersion", ProtocolRevision.negotiated(requested).rawValue)
            writer.member("capabilities", .object(capabilities))
            writer.member("serverInfo", serverInfo.json)
            if let instructions { writer.member("instructions", instructions) }
        }
    }

    /// Tools per page: more than there will be, since several clients read only the first page.
    public static let pageSize = 500

    /// The reply to `tools/list`.
    ///
    /// - Parameter tools: Those this credential may use, in a fixed order.
    public func toolsListReply(to call: MCPCall, tools: [ToolDefinition]) -> MCPReply {
        toolsListReply(to: call, tools: tools, pageSize: Self.pageSize)
    }

    /// The same with pages of another size, which tests use to see several.
    package func toolsListReply(to call: MCPCall, tools: [ToolDefinition], pageSize: Int) -> MCPReply {
        var start = 0
        if case .toolsList(let cursor?) = call.method {
            guard let cursor = ListCursor(cursor, list: "tools"), cursor.offset < tools.count else {
                return errorReply(to: call, .invalidCursor)
            }
            start = cursor.offset
        }
        let page = tools[start...].prefix(pageSize)
        return reply(to: call, cache: .privateFiveMinutes) { writer in
            writer.key("tools")
            writer.beginArray()
            for tool in page { writer.raw(tool.encoded) }
            writer.endArray()
            if page.endIndex < tools.count {
                writer.member("nextCursor", ListCursor(list: "tools", offset: page.endIndex).text)
            }
        }
    }

    /// The reply to `tools/call`: the text block, the structured result beside it, and whether the tool failed.
    public func toolReply(to call: MCPCall, _ result: ToolResult) -> MCPReply {
        // The JSON stands twice, once escaped.
        let capacity = (result.structured?.count ?? 0) * 9 / 4 + (result.text?.utf8.count ?? 0) + 512
        return reply(to: call, reservingCapacity: capacity) { writer in
            writer.key("content")
            writer.beginArray()
            writer.beginObject()
            writer.member("type", "text")
            writer.key("text")
            if let text = result.text {
                writer.string(text)
            } else {
                writer.stringHolding(json: result.structured ?? [])
            }
            writer.endObject()
            writer.endArray()
            if let structured = result.structured { writer.member("structuredContent", raw: structured) }
            writer.member("isError", result.isError)
        }
    }

    /// A JSON-RPC error with the status its era gives it.
    public func errorReply(to call: MCPCall, _ error: RPCError) -> MCPReply {
        errorReply(id: call.id, era: call.era, error)
    }

    /// The gate's refusal of one call.
    ///
    /// On the legacy wire scope and rate refusals ride HTTP 200.
    public func refusalReply(to call: MCPCall, _ refusal: MCPRefusal, requestID: String) -> MCPReply {
        var reply = errorReply(to: call, refusal.error(requestID: requestID))
        if reply.status == 429 { reply.retryAfterSeconds = refusal.retryAfterSeconds }
        return reply
    }

    func errorReply(id: RequestID?, era: MCPEra, _ error: RPCError) -> MCPReply {
        MCPReply(status: error.status(in: era), body: RPCEnvelope.error(id: id, error))
    }
}

// MARK: Envelope

extension MCPEndpoint {
    /// How long and for whom clients may keep a modern result.
    private enum CacheHint {
        case publicHour
        case privateFiveMinutes

        func write(to writer: inout JSONWriter) {
            switch self {
            case .publicHour:
                writer.member("ttlMs", 3_600_000)
                writer.member("cacheScope", "public")
            case .privateFiveMinutes:
                writer.member("ttlMs", 300_000)
                writer.member("cacheScope", "private")
            }
        }
    }

    /// A result whose own members `members` writes; what the modern wire adds stands around them.
    private func reply(
        to call: MCPCall, cache: CacheHint? = nil, reservingCapacity: Int = 1024, members: (inout JSONWriter) -> Void
    ) -> MCPReply {
        let isModern = call.era == .modern
        let body = RPCEnvelope.result(id: call.id, reservingCapacity: reservingCapacity) { writer in
            writer.beginObject()
            if isModern { writer.member("resultType", "complete") }
            members(&writer)
            if isModern {
                cache?.write(to: &writer)
                writer.member("_meta", raw: serverMeta)
            }
            writer.endObject()
        }
        return MCPReply(status: 200, body: body)
    }
}

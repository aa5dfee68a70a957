import JSON
public import JSONRPC

extension MCPEndpoint {
    /// The reply to `server/discover`, `initialize` or `ping`; nil for methods that need the caller.
    public func handshakeReply(to call: MCPCall) -> MCPReply? {
        switch call.method {
        case .discover: discoverReply(to: call)
        case .initialize(let requested): initializeReply(to: call, requested: requested)
        case .ping: reply(to: call) { _ in }
        default: nil
        }
    }

    /// What this server is and speaks; the same for everyone, so any cache may keep it for an hour.
    private func discoverReply(to call: MCPCall) -> MCPReply {
        reply(to: call, cache: .publicHour) { writer in
            writer.member("supportedVersions", ProtocolRevision.all.map(\.rawValue))
            writer.member("capabilities", .object(capabilities.json(isModern: call.isModern)))
            if let instructions { writer.member("instructions", instructions) }
        }
    }

    private func initializeReply(to call: MCPCall, requested: String) -> MCPReply {
        reply(to: call) { writer in
            writer.member("protocolVersion", ProtocolRevision.negotiated(requested).rawValue)
            writer.member("capabilities", .object(capabilities.json(isModern: call.isModern)))
            writer.member("serverInfo", serverInfo.json)
            if let instructions { writer.member("instructions", instructions) }
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
    enum CacheHint {
        case publicHour
        case privateFiveMinutes
        /// What changes with every write.
        case privateNow

        func write(to writer: inout JSONWriter) {
            switch self {
            case .publicHour:
                writer.member("ttlMs", 3_600_000)
                writer.member("cacheScope", "public")
            case .privateFiveMinutes:
                writer.member("ttlMs", 300_000)
                writer.member("cacheScope", "private")
            case .privateNow:
                writer.member("ttlMs", 0)
                writer.member("cacheScope", "private")
            }
        }
    }

    /// A result whose own members `members` writes; what the modern wire adds stands around them.
    func reply(
        to call: MCPCall, type: String = "complete", cache: CacheHint? = nil, reservingCapacity: Int = 1024,
        members: (inout JSONWriter) -> Void
    ) -> MCPReply {
        let body = RPCEnvelope.result(id: call.id, reservingCapacity: reservingCapacity) { writer in
            writer.beginObject()
            if call.isModern { writer.member("resultType", type) }
            members(&writer)
            if call.isModern {
                cache?.write(to: &writer)
                writer.member("_meta", raw: serverMeta)
            }
            writer.endObject()
        }
        return MCPReply(status: 200, body: body)
    }
}

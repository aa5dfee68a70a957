import JSON
import JSONRPC

extension MCPEndpoint {
    /// Checks one POST from its header fields to its parameters; the first failure is the answer.
    ///
    /// The order is part of the contract: media types (415, 406), JSON (-32700), envelope (-32600), era, then the
    /// ladder of that era. Size, `Host`, `Origin`, method and credential were checked before, scope and rate come after.
    public func accept(fields: MCPHTTPFields, body: [UInt8]) -> MCPAdmission {
        guard fields.carriesJSON else {
            return .reply(refused(415, body, "Content-Type must be application/json"))
        }
        guard fields.acceptsJSON else {
            return .reply(refused(406, body, "Accept must allow application/json"))
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: body)
        } catch {
            return .reply(envelopeError(id: nil, .parseError("Not JSON: \(error)")))
        }
        if case .array(let entries) = value { return admitBatch(entries, fields) }
        return admit(RPCMessage.parse(value), fields)
    }

    private func admit(_ message: RPCMessage, _ fields: MCPHTTPFields) -> MCPAdmission {
        if case .invalid(let id, let problem) = message {
            return .reply(envelopeError(id: id, .invalidRequest(problem)))
        }
        switch Wire(fields.protocolVersion) {
        case .legacy(let revision): return admitLegacy(message, revision, fields)
        case .modern: return admitModern(message, fields)
        }
    }

    private func refused(_ status: Int, _ body: [UInt8], _ message: String) -> MCPReply {
        MCPReply(
            status: status,
            body: RPCEnvelope.error(id: RequestID(requestID(in: body)), .invalidRequest(message)))
    }

    private func envelopeError(id: RequestID?, _ error: RPCError) -> MCPReply {
        MCPReply(status: 400, body: RPCEnvelope.error(id: id, error))
    }

    /// Era by header alone; an unknown or repeated version goes to the modern ladder, which says what is wrong.
    enum Wire {
        case modern
        case legacy(ProtocolRevision)

        init(_ header: [String]) {
            if header.isEmpty {
                self = .legacy(.v2025_03_26)
            } else if header.count == 1, let revision = ProtocolRevision(rawValue: header[0]), revision.isLegacy {
                self = .legacy(revision)
            } else {
                self = .modern
            }
        }
    }
}

// MARK: Legacy

extension MCPEndpoint {
    private static let lostHeader = RPCError.headerMismatch(
        "The body is of revision 2026-07-28 but the MCP-Protocol-Version header is missing or names another")

    private func admitLegacy(
        _ message: RPCMessage, _ revision: ProtocolRevision, _ fields: MCPHTTPFields
    ) -> MCPAdmission {
        switch message {
        case .response: return .accepted
        case .notification(let method, let params):
            if Self.isModern(params) { return .reply(envelopeError(id: nil, Self.lostHeader)) }
            guard method == "notifications/cancelled", let id = RequestID(params?["requestId"]) else {
                return .accepted
            }
            return .cancel(id)
        case .request(let id, let method, let params):
            if Self.isModern(params) { return .reply(envelopeError(id: id, Self.lostHeader)) }
            let era = MCPEra.legacy(revision)
            do {
                return .call(
                    MCPCall(
                        era: era, id: id, method: try MCPMethod(legacy: method, params ?? [:], capabilities),
                        meta: params?["_meta"]?.objectValue, takesEventStream: fields.acceptsEventStream))
            } catch {
                return .reply(errorReply(id: id, era: era, error))
            }
        case .invalid(let id, let problem): return .reply(envelopeError(id: id, .invalidRequest(problem)))
        }
    }

    private static func isModern(_ params: JSONObject?) -> Bool {
        params?["_meta"]?[MetaKey.protocolVersion] != nil
    }

    /// Batches existed in 2025-03-26 alone, which is also what a missing header means.
    private func admitBatch(_ entries: [JSONValue], _ fields: MCPHTTPFields) -> MCPAdmission {
        guard case .legacy(.v2025_03_26) = Wire(fields.protocolVersion) else {
            return .reply(
                envelopeError(id: nil, .invalidRequest("Batches are not part of this revision; send one object")))
        }
        guard !entries.isEmpty, entries.count <= Self.batchLimit else {
            return .reply(
                envelopeError(id: nil, .invalidRequest("A batch holds 1 to \(Self.batchLimit) messages")))
        }
        return .batch(entries.map(batchEntry))
    }

    private func batchEntry(_ value: JSONValue) -> MCPBatchEntry {
        // An answer inside a batch is no stream.
        switch admitLegacy(RPCMessage.parse(value), .v2025_03_26, MCPHTTPFields(contentType: [], accept: [])) {
        case .call(let call):
            if case .initialize = call.method {
                return .reply(
                    envelopeError(id: call.id, .invalidRequest("initialize must not be part of a batch")))
            }
            return .call(call)
        case .reply(let reply): return .reply(reply)
        case .cancel(let id): return .cancel(id)
        case .accepted, .batch: return .accepted
        }
    }
}

// MARK: Modern

extension MCPEndpoint {
    private func admitModern(_ message: RPCMessage, _ fields: MCPHTTPFields) -> MCPAdmission {
        switch message {
        case .response, .invalid:
            return .reply(
                envelopeError(id: nil, .invalidRequest("This revision has no requests to clients, so no responses")))
        case .notification:
            // No notification means anything on this wire: the version is checked, then it is dropped.
            do {
                let version = try Self.single(fields.protocolVersion, "MCP-Protocol-Version")
                try Self.checkServed(version)
                return .accepted
            } catch {
                return .reply(errorReply(id: nil, era: .modern, error))
            }
        case .request(let id, let method, let params):
            do {
                let call = try modernCall(id, method, params ?? [:], fields)
                if case .listen = call.method, !call.takesEventStream {
                    return .reply(
                        MCPReply(
                            status: 406,
                            body: RPCEnvelope.error(
                                id: id, .invalidRequest("Accept must allow text/event-stream: the answer is a stream")))
                    )
                }
                return .call(call)
            } catch {
                return .reply(errorReply(id: id, era: .modern, error))
            }
        }
    }

    /// The ladder of revision 2026-07-28, in its order.
    private func modernCall(
        _ id: RequestID, _ method: String, _ params: JSONObject, _ fields: MCPHTTPFields
    ) throws(RPCError) -> MCPCall {
        guard let meta = params["_meta"]?.objectValue else {
            throw .invalidParams("params._meta must be an object")
        }
        guard let bodyVersion = meta[MetaKey.protocolVersion]?.stringValue else {
            throw .invalidParams("params._meta must hold \(MetaKey.protocolVersion), a string")
        }
        guard let clientCapabilities = meta[MetaKey.clientCapabilities]?.objectValue else {
            throw .invalidParams("params._meta must hold \(MetaKey.clientCapabilities), an object")
        }
        let headerVersion = try Self.single(fields.protocolVersion, "MCP-Protocol-Version")
        let headerMethod = try Self.single(fields.method, "Mcp-Method")
        let headerName = try Self.single(fields.name, "Mcp-Name")
        guard headerVersion == bodyVersion else {
            throw .headerMismatch("MCP-Protocol-Version differs from params._meta.\(MetaKey.protocolVersion)")
        }
        guard headerMethod == method else { throw .headerMismatch("Mcp-Method is missing or differs from method") }
        try Self.checkName(headerName, method, params)
        try Self.checkServed(headerVersion)
        var call = MCPCall(
            era: .modern, id: id, method: try MCPMethod(modern: method, params, capabilities), meta: meta,
            clientCapabilities: ClientCapabilities(clientCapabilities), takesEventStream: fields.acceptsEventStream)
        call.parameterHeaders = ParameterHeaders(fields.parameters)
        switch call.method {
        case .tasksGet, .tasksUpdate, .tasksCancel:
            guard call.clientCapabilities.takesTasks else { throw .missingClientCapability(TaskExtension.required) }
        default: break
        }
        return call
    }

    /// The value of a header that may stand once; nil when absent.
    private static func single(_ values: [String], _ name: String) throws(RPCError) -> String? {
        guard values.count <= 1 else { throw .headerMismatch("\(name) is sent more than once") }
        return values.first
    }

    /// `Mcp-Name` repeats the one parameter that names the target, where the method has such a parameter.
    private static func checkName(_ header: String?, _ method: String, _ params: JSONObject) throws(RPCError) {
        let key =
            switch method {
            case "tools/call", "prompts/get": "name"
            case "resources/read": "uri"
            case _ where method.hasPrefix("tasks/"): "taskId"
            default: ""
            }
        if key.isEmpty { return }
        // Neither sent: not a mismatch, but a missing parameter, which the method will name.
        if header == nil, params[key] == nil { return }
        guard let header, let name = HeaderText.decoded(header), let value = params[key]?.stringValue,
            name.utf8.elementsEqual(value.utf8)
        else { throw .headerMismatch("Mcp-Name is missing, malformed or differs from params.\(key)") }
    }

    private static func checkServed(_ version: String?) throws(RPCError) {
        guard version == ProtocolRevision.modern.rawValue else { throw .unsupportedVersion(version ?? "") }
    }
}

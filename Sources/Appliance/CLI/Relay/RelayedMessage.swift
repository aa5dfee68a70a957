import JSON
import JSONRPC
import MCP

/// One line of the client as it goes to the server: its bytes untouched, and what the bridge must know of it.
struct RelayedMessage {
    enum Kind {
        case request(method: String)
        case notification(method: String)
        case response
        case batch
    }

    let kind: Kind
    let bytes: [UInt8]
    /// Requests that wait for an answer.
    let ids: [RequestID]
    /// The revision that the message itself names (2026-07-28 and later).
    let version: String?
    /// What `Mcp-Name` repeats.
    let name: String?
    /// The request that a `notifications/cancelled` means.
    let cancels: RequestID?

    /// Why a line is no message, with the id to answer to if there is one.
    struct Malformed: Error {
        var id: RequestID?
        var error: RPCError
    }

    init(_ line: [UInt8]) throws(Malformed) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: line)
        } catch {
            throw Malformed(
                id: nil, error: .parseError("this line is not JSON from byte \(error.offset) on; one message a line"))
        }
        bytes = line
        if let entries = value.arrayValue {
            kind = .batch
            ids = entries.compactMap { entry in
                guard case .request(let id, _, _) = RPCMessage.parse(entry) else { return nil }
                return id
            }
            (version, name, cancels) = (nil, nil, nil)
            return
        }
        switch RPCMessage.parse(value) {
        case .invalid(let id, let problem): throw Malformed(id: id, error: .invalidRequest(problem))
        case .response:
            kind = .response
            ids = []
            (version, name, cancels) = (nil, nil, nil)
        case .request(let id, let method, let params):
            kind = .request(method: method)
            ids = [id]
            version = Self.version(params)
            name = Self.name(method, params)
            cancels = nil
            try check(id)
        case .notification(let method, let params):
            kind = .notification(method: method)
            ids = []
            version = Self.version(params)
            name = nil
            cancels = method == "notifications/cancelled" ? RequestID(params?["requestId"]) : nil
            try check(nil)
        }
    }

    var method: String? {
        switch kind {
        case .request(let method), .notification(let method): method
        case .response, .batch: nil
        }
    }

    /// Whether sending it twice does no more than sending it once, whatever the server.
    var isRepeatable: Bool {
        guard case .request(let method) = kind else { return false }
        return method != "tools/call" && !method.hasPrefix("tasks/")
    }

    private static func version(_ params: JSONObject?) -> String? {
        params?["_meta"]?["io.modelcontextprotocol/protocolVersion"]?.stringValue
    }

    private static func name(_ method: String, _ params: JSONObject?) -> String? {
        switch method {
        case "tools/call", "prompts/get": params?["name"]?.stringValue
        case "resources/read": params?["uri"]?.stringValue
        case _ where method.hasPrefix("tasks/"): params?["taskId"]?.stringValue
        default: nil
        }
    }

    /// Method and version go into header fields as they are, so nothing in them may end a field.
    private func check(_ id: RequestID?) throws(Malformed) {
        func fits(_ text: String) -> Bool {
            (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        }
        if let method, !fits(method) { throw Malformed(id: id, error: .methodNotFound(method)) }
        if let version, !fits(version) {
            throw Malformed(id: id, error: .invalidParams("the protocol version in _meta is not a version"))
        }
    }
}

/// What the handshake settled, and the header fields that follow from it.
struct RelaySession {
    /// Of the `initialize` result.
    var version: String?
    /// `Mcp-Session-Id`, from servers that give one.
    var id: String?

    /// The fields of one POST beside its credential.
    func headers(for message: RelayedMessage) -> [(String, String)] {
        var fields = [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")]
        guard message.method != "initialize" else { return fields }
        if let version = message.version ?? version { fields.append(("MCP-Protocol-Version", version)) }
        if let id { fields.append(("Mcp-Session-Id", id)) }
        if isModern(message), let method = message.method {
            fields.append(("Mcp-Method", method))
            if let name = message.name { fields.append(("Mcp-Name", HeaderText.encoded(name))) }
        }
        return fields
    }

    /// Whether the message goes on the stateless wire, where closing a request cancels it.
    func isModern(_ message: RelayedMessage) -> Bool {
        guard let version = message.version ?? version else { return false }
        return !ProtocolRevision.legacy.contains { $0.rawValue == version }
    }
}

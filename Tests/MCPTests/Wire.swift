import Access
import JSON
import JSONRPC
import MCP

/// An endpoint with nothing behind it, and requests to vary.
enum Wire {
    static let endpoint = endpoint(ServerCapabilities())

    /// One that declares everything.
    static let full = endpoint(
        ServerCapabilities(
            families: Set(ServerCapabilities.Family.allCases), listChanged: [.tools, .resources],
            watchesResources: true,
            extensions: JSONObject([("io.modelcontextprotocol/tasks", .object([:]))])))

    static func endpoint(_ capabilities: ServerCapabilities) -> MCPEndpoint {
        let seal = TokenSeal(key: [UInt8](repeating: 7, count: 32))
        return MCPEndpoint(
            serverInfo: ServerInfo(name: "carrel", title: "Carrel", version: "1.0"), instructions: "Search first.",
            capabilities: capabilities,
            seal: TextSeal(seal: { seal.seal($0, for: $1) }, open: { seal.open($0, for: $1) }))
    }

    /// What every modern result of these endpoints ends with.
    static let info =
        #""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"carrel","title":"Carrel","version":"1.0"}}"#

    static let meta =
        #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#

    static let modernVersion = "2026-07-28"

    /// Header fields of a modern request.
    static func modern(
        _ method: String, name: String? = nil, version: [String] = [modernVersion]
    ) -> MCPHTTPFields {
        MCPHTTPFields(
            contentType: ["application/json"], accept: ["application/json, text/event-stream"],
            protocolVersion: version, method: [method], name: name.map { [$0] } ?? [])
    }

    /// Header fields of a handshake request.
    static func legacy(_ version: String? = "2025-11-25") -> MCPHTTPFields {
        MCPHTTPFields(
            contentType: ["application/json; charset=utf-8"], accept: ["application/json, text/event-stream"],
            protocolVersion: version.map { [$0] } ?? [])
    }

    static func request(_ method: String, _ params: String? = nil, id: String = "7") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"\#(params.map { #","params":{\#($0)}"# } ?? "")}"#
    }

    static func accept(_ fields: MCPHTTPFields, _ body: String) -> MCPAdmission {
        endpoint.accept(fields: fields, body: Array(body.utf8))
    }

    static func call(_ era: MCPEra, _ method: MCPMethod) -> MCPCall {
        MCPCall(era: era, id: .integer(7), method: method)
    }
}

extension MCPReply {
    /// `status body`.
    var text: String { "\(status) \(String(decoding: body, as: UTF8.self))" }

    /// `status code id` of an error reply.
    var verdict: String {
        guard let value = try? JSONValue(parsing: body) else { return "\(status)" }
        let code = value["error"]?["code"]?.integerValue.map(String.init) ?? "result"
        let id = value["id"].map { String(decoding: $0.encoded(), as: UTF8.self) } ?? "none"
        return "\(status) \(code) \(id)"
    }
}

extension MCPAdmission {
    var reply: MCPReply? { if case .reply(let reply) = self { reply } else { nil } }
    var call: MCPCall? { if case .call(let call) = self { call } else { nil } }
    var batch: [MCPBatchEntry]? { if case .batch(let entries) = self { entries } else { nil } }

    /// The verdict of a reply, or the kind of what else it is.
    var verdict: String {
        switch self {
        case .reply(let reply): reply.verdict
        case .accepted: "202"
        case .cancel(let id): "cancel \(String(decoding: id.json.encoded(), as: UTF8.self))"
        case .call(let call): "call \(call.method.name)"
        case .batch(let entries): "batch \(entries.count)"
        }
    }
}

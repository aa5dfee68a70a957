import JSON
import JSONRPC
import MCP

extension FuzzTarget {
    private static let revisions = ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05", "2099-01-01"]

    /// Anybody's text is opened: the payload behind it is under fire, not the seal.
    private static let openSeal = TextSeal(
        seal: { payload, _ in payload.text }, open: { text, _ in Array(text.utf8) })

    private static let endpoint = MCPEndpoint(
        serverInfo: ServerInfo(name: "fuzz", title: "Fuzz", version: "1"), instructions: "Test.",
        capabilities: ServerCapabilities(families: Set(ServerCapabilities.Family.allCases)), seal: openSeal)

    private static let entries = (0..<40).map { ListEntry(id: "entry\($0)", encoded: Array("{\"n\":\($0)}".utf8)) }

    /// A POST to `/mcp`, whose reply is JSON of a status the protocol knows.
    ///
    /// The first byte chooses the revision and which header fields come; before a NUL stands the value of `Mcp-Name`, behind
    /// it the body.
    static let mcp = FuzzTarget("mcp") { bytes in
        let choice = Int(bytes.first ?? 0)
        let (name, body) = Array(bytes.dropFirst()).halves
        let value = try? JSONValue(parsing: body)
        let method = value?["method"]?.stringValue
        var fields = MCPHTTPFields(
            contentType: ["application/json"], accept: ["application/json, text/event-stream"],
            protocolVersion: choice & 8 == 0 ? [revisions[choice % revisions.count]] : [],
            method: method.map { [$0] } ?? [], name: [name.text])
        if choice & 16 != 0 {
            fields.name = value?["params"]?["name"]?.stringValue.map { [HeaderText.encoded($0)] } ?? []
        }
        if choice & 32 != 0 { fields.accept = [name.text] }
        switch endpoint.accept(fields: fields, body: body) {
        case .reply(let reply): check(reply)
        case .accepted, .cancel: break
        case .call(let call): answer(call)
        case .batch(let batch):
            promise(batch.count <= MCPEndpoint.batchLimit, "a batch is bounded")
            for case .call(let call) in batch { answer(call) }
        }
        if let text = HeaderText.decoded(name.text) {
            promise(HeaderText.decoded(HeaderText.encoded(text)) == text, "a header's text comes back")
        }
    }

    private static func answer(_ call: MCPCall) {
        if let reply = endpoint.handshakeReply(to: call) { check(reply) }
        for list in [MCPEndpoint.List.tools, .resources, .resourceTemplates, .prompts] {
            check(endpoint.listReply(to: call, list, entries: entries, owner: "o", pageSize: 7))
        }
        if case .toolsCall(_, let arguments, _) = call.method {
            _ = ArgumentValidator().validate(arguments, against: schema)
        }
    }

    private static let schema: JSONValue = [
        "type": "object", "required": ["q"], "additionalProperties": false,
        "properties": [
            "q": ["type": "string", "minLength": 1, "maxLength": 9],
            "n": ["type": "integer", "minimum": 1, "maximum": 5],
            "list": ["type": "array", "minItems": 1, "maxItems": 3, "items": ["type": ["string", "null"]]],
            "mode": ["type": "string", "enum": ["a", "b"]],
            "o": ["type": "object", "additionalProperties": ["type": "number"]],
        ],
    ]

    private static func check(_ reply: MCPReply) {
        promise([200, 202, 400, 403, 404, 406, 415, 429].contains(reply.status), "a status the protocol knows")
        promise(reply.body.isEmpty || (try? JSONValue(parsing: reply.body)) != nil, "a reply is JSON")
    }
}

import JSON
import JSONRPC
import MCP
import Testing

/// The handshake revisions and their batches.
@Suite struct LegacyTests {
    @Test(arguments: ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", nil] as [String?])
    func everyRevisionAndNoHeaderIsLegacy(_ version: String?) throws {
        let call = try #require(Wire.accept(Wire.legacy(version), Wire.request("tools/list")).call)
        let revision = try #require(ProtocolRevision(rawValue: version ?? "2025-03-26"))
        #expect(call.era == .legacy(revision))
        #expect(call.clientCapabilities.json.isEmpty)
    }

    @Test(
        arguments: [
            ("initialize", #""protocolVersion":"1999-01-01""#, "call initialize"), ("initialize", nil, "200 -32602 7"),
            ("ping", nil, "call ping"), ("tools/list", #""_meta":{"progressToken":1}"#, "call tools/list"),
            ("tools/list", #""cursor":5"#, "200 -32602 7"), ("tools/call", #""name":"a""#, "call tools/call"),
            ("tools/call", #""arguments":{}"#, "200 -32602 7"),
            ("tools/call", #""name":"a","arguments":[]"#, "200 -32602 7"),
            ("no/such/method", nil, "200 -32601 7"), ("server/discover", nil, "200 -32601 7"),
            ("resources/list", nil, "200 -32601 7"), ("logging/setLevel", nil, "200 -32601 7"),
            ("tools/list", Wire.meta, "400 -32020 7"),
        ] as [(String, String?, String)])
    func errorsRideHTTP200(_ method: String, _ params: String?, _ expected: String) {
        #expect(Wire.accept(Wire.legacy(), Wire.request(method, params)).verdict == expected)
        #expect(Wire.accept(Wire.legacy(nil), Wire.request(method, params)).verdict == expected)
    }

    @Test func `notifications and responses are accepted`() {
        for body in [
            #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":true}}"#,
            #"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#,
            #"{"jsonrpc":"2.0","id":1,"result":{}}"#, #"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}"#,
        ] {
            #expect(Wire.accept(Wire.legacy(), body).verdict == "202")
        }
    }

    @Test func `a call is taken back by its id, alone or in a batch`() {
        let note = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"a","reason":"x"}}"#
        #expect(Wire.accept(Wire.legacy(), note).verdict == "cancel \"a\"")
        #expect(Wire.accept(Wire.legacy(nil), "[\(note)]").batch == [.cancel(.string("a"))])
        // The modern wire knows no notifications of clients.
        #expect(Wire.accept(Wire.modern("notifications/cancelled"), note).verdict == "202")
    }

    @Test(
        arguments: [
            (nil, "batch 1"), ("2025-03-26", "batch 1"), ("2024-11-05", "400 -32600 null"),
            ("2025-06-18", "400 -32600 null"),
            ("2025-11-25", "400 -32600 null"),
        ] as [(String?, String)])
    func batchesBelongToOneRevision(_ version: String?, _ expected: String) {
        #expect(Wire.accept(Wire.legacy(version), "[\(Wire.request("ping"))]").verdict == expected)
    }

    @Test func `a batch holds 1 to 32 entries`() {
        let batch = { (count: Int) in
            "[" + [String](repeating: Wire.request("ping"), count: count).joined(separator: ",") + "]"
        }
        #expect(Wire.accept(Wire.legacy(nil), batch(0)).verdict == "400 -32600 null")
        #expect(Wire.accept(Wire.legacy(nil), batch(32)).verdict == "batch 32")
        #expect(Wire.accept(Wire.legacy(nil), batch(33)).verdict == "400 -32600 null")
    }

    @Test func `each entry is judged by itself and the replies are joined`() throws {
        let bodies = [
            Wire.request("ping", id: "1"), #"{"jsonrpc":"2.0","method":"notifications/x"}"#, "5",
            Wire.request("no", id: "2"), Wire.request("initialize", #""protocolVersion":"2025-03-26""#, id: "3"),
            Wire.request("tools/list", Wire.meta, id: "4"),
        ]
        let entries = try #require(Wire.accept(Wire.legacy(nil), "[\(bodies.joined(separator: ","))]").batch)
        let replies = entries.compactMap { entry -> MCPReply? in
            switch entry {
            case .reply(let reply): reply
            case .accepted, .cancel: nil
            case .call(let call): Wire.endpoint.handshakeReply(to: call)
            }
        }
        let joined = MCPReply.joining(replies)
        #expect(joined.status == 200)
        let list = try #require(try JSONValue(parsing: joined.body).arrayValue)
        #expect(list.map { $0["id"] ?? "absent" } == [1, nil, 2, 3, 4] as [JSONValue])
        #expect(list.map { $0["error"]?["code"]?.integerValue } == [nil, -32600, -32601, -32600, -32020])
        #expect(MCPReply.joining([]) == .accepted)
        #expect(MCPReply.accepted.body.isEmpty)
    }
}

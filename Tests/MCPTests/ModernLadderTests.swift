import JSON
import JSONRPC
import MCP
import Testing

/// The ladder of 2026-07-28, one test per row, in its order.
@Suite struct ModernLadderTests {
    private let list = Wire.request("tools/list", Wire.meta)

    private func call(_ params: String) -> String { Wire.request("tools/call", params + "," + Wire.meta) }

    @Test func `a request of each method passes`() throws {
        #expect(Wire.accept(Wire.modern("tools/list"), list).verdict == "call tools/list")
        #expect(
            Wire.accept(Wire.modern("server/discover"), Wire.request("server/discover", Wire.meta)).call?.method
                == .discover)
        let admitted = Wire.accept(
            Wire.modern("tools/call", name: "search"), call(#""name":"search","arguments":{"query":"x"}"#))
        let found = try #require(admitted.call)
        #expect(found.era == .modern)
        #expect(found.id == .integer(7))
        #expect(found.method == .toolsCall(name: "search", arguments: ["query": "x"]))
        #expect(found.meta?.count == 2)
    }

    @Test(
        arguments: [
            nil, #""_meta":5"#, #""_meta":{}"#, #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#,
            #""_meta":{"io.modelcontextprotocol/clientCapabilities":{}}"#,
            #""_meta":{"io.modelcontextprotocol/protocolVersion":1,"io.modelcontextprotocol/clientCapabilities":{}}"#,
            #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":[]}"#,
        ] as [String?])
    func metaComesFirst(_ params: String?) {
        // Everything after it is wrong too: an unknown method and no Mcp-Method.
        #expect(Wire.accept(Wire.modern("other"), Wire.request("x", params)).verdict == "400 -32602 7")
    }

    @Test func `each routing header stands once`() {
        var fields = Wire.modern("tools/list", version: ["2026-07-28", "2026-07-28"])
        #expect(Wire.accept(fields, list).verdict == "400 -32020 7")
        fields = Wire.modern("tools/list")
        fields.method = ["tools/list", "tools/list"]
        #expect(Wire.accept(fields, list).verdict == "400 -32020 7")
        fields = Wire.modern("tools/list")
        fields.name = ["a", "a"]
        #expect(Wire.accept(fields, list).verdict == "400 -32020 7")
    }

    @Test func `the version header agrees with the body before it is judged`() {
        #expect(Wire.accept(Wire.modern("tools/list", version: ["1900-01-01"]), list).verdict == "400 -32020 7")
    }

    @Test func `Mcp-Method is the method in exact case`() {
        #expect(Wire.accept(Wire.modern("prompts/list"), list).verdict == "400 -32020 7")
        #expect(Wire.accept(Wire.modern("Tools/List"), list).verdict == "400 -32020 7")
        var fields = Wire.modern("tools/list")
        fields.method = []
        #expect(Wire.accept(fields, list).verdict == "400 -32020 7")
    }

    @Test(
        arguments: [
            ("caf\u{E9}", "=?base64?Y2Fmw6k=?=", true), ("ab", "=?base64?YWI=?=", true), ("ab", "ab", true),
            ("ab", " ab ", true),
            ("ab", nil, false), ("ab", "AB", false), ("ab", "=?base64?YWJ=?=", false), ("ab", "=?base64?YWI?=", false),
            ("ab", "=?base64?YW I=?=", false), ("\u{FFFD}", "=?base64?/w==?=", false), ("", "=?base64??=", true),
            ("ab", "=?base64?====?=", false), ("=?base64?=", "=?base64?=", true),
        ] as [(String, String?, Bool)])
    func nameHeaderRepeatsTheName(_ name: String, _ header: String?, _ passes: Bool) {
        let body = call(#""name":\#(String(decoding: JSONValue.string(name).encoded(), as: UTF8.self))"#)
        #expect(
            Wire.accept(Wire.modern("tools/call", name: header), body).verdict
                == (passes ? "call tools/call" : "400 -32020 7"))
    }

    @Test func `Mcp-Name belongs to the methods that name a target`() {
        let resource = Wire.request("resources/read", #""uri":"a:b","# + Wire.meta)
        #expect(Wire.accept(Wire.modern("resources/read", name: "a:c"), resource).verdict == "400 -32020 7")
        #expect(Wire.accept(Wire.modern("resources/read", name: "a:b"), resource).verdict == "404 -32601 7")
        let prompt = Wire.request("prompts/get", #""name":"p","# + Wire.meta)
        #expect(Wire.accept(Wire.modern("prompts/get", name: "q"), prompt).verdict == "400 -32020 7")
        let task = Wire.request("tasks/get", #""taskId":"t","# + Wire.meta)
        #expect(Wire.accept(Wire.modern("tasks/get", name: "u"), task).verdict == "400 -32020 7")
        #expect(Wire.accept(Wire.modern("tools/list", name: "ignored"), list).verdict == "call tools/list")
    }

    @Test func `a version not served is answered with those that are`() {
        let old = Wire.meta.replacing("2026-07-28", with: "1900-01-01")
        #expect(
            Wire.accept(Wire.modern("no/such", version: ["1900-01-01"]), Wire.request("no/such", old)).reply?.text
                == #"400 {"jsonrpc":"2.0","id":7,"error":{"code":-32022,"message":"Unsupported protocol version","data":{"supported":["2026-07-28","2025-11-25","2025-06-18","2025-03-26","2024-11-05"],"requested":"1900-01-01"}}}"#
        )
    }

    @Test(arguments: [
        "no/such/method", "initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/list",
        "prompts/list", "completion/complete", "subscriptions/listen", "notifications/initialized",
    ])
    func unknownAndUndeclaredMethodsAre404(_ method: String) {
        #expect(Wire.accept(Wire.modern(method), Wire.request(method, Wire.meta)).verdict == "404 -32601 7")
    }

    @Test func `parameters come last`() {
        let fields = Wire.modern("tools/call", name: "a")
        #expect(Wire.accept(Wire.modern("tools/call"), call(#""arguments":{}"#)).verdict == "400 -32602 7")
        for arguments in ["5", "null", "[]", "\"{}\""] {
            #expect(Wire.accept(fields, call(#""name":"a","arguments":\#(arguments)"#)).verdict == "400 -32602 7")
        }
        #expect(Wire.accept(fields, call(#""name":"a""#)).call?.method == .toolsCall(name: "a", arguments: [:]))
        for cursor in ["5", "null", "[]", "true"] {
            let body = Wire.request("tools/list", #""cursor":\#(cursor),"# + Wire.meta)
            #expect(Wire.accept(Wire.modern("tools/list"), body).verdict == "400 -32602 7")
        }
    }

    @Test func `notifications are dropped once their version is checked`() {
        let note = #"{"jsonrpc":"2.0","method":"notifications/probe"}"#
        #expect(Wire.accept(Wire.modern("notifications/probe"), note).verdict == "202")
        #expect(Wire.accept(Wire.modern("x", version: ["1900-01-01"]), note).verdict == "400 -32022 null")
        #expect(
            Wire.accept(Wire.modern("x", version: ["2026-07-28", "2025-11-25"]), note).verdict == "400 -32020 null")
    }

    @Test func `responses and batches do not exist`() {
        #expect(Wire.accept(Wire.modern("x"), #"{"jsonrpc":"2.0","id":1,"result":{}}"#).verdict == "400 -32600 null")
        #expect(Wire.accept(Wire.modern("tools/list"), "[\(list)]").verdict == "400 -32600 null")
    }

    @Test func `a missing client capability is named`() {
        let reply = Wire.endpoint.errorReply(
            to: Wire.call(.modern, .discover), .missingClientCapability(["elicitation": [:]]))
        #expect(
            reply.text
                == #"400 {"jsonrpc":"2.0","id":7,"error":{"code":-32021,"message":"The client does not declare a required capability: elicitation","data":{"requiredCapabilities":{"elicitation":{}}}}}"#
        )
    }
}

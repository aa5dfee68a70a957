import JSON
import JSONRPC
import MCP
import Testing

/// Golden bytes of every reply, in both eras.
@Suite struct ReplyTests {
    private let endpoint = Wire.endpoint
    private let legacy = MCPEra.legacy(.v2025_11_25)
    private let info = Wire.info

    private func tool(_ name: String) -> ToolDefinition {
        ToolDefinition(
            name: name, title: "T", description: "D", inputSchema: ["type": "object"], outputSchema: ["type": "object"],
            annotations: ToolAnnotations(isReadOnly: name != "w", isDestructive: true))
    }

    private func entry(_ name: String) -> String {
        let hints =
            name == "w"
            ? #""readOnlyHint":false,"destructiveHint":true,"idempotentHint":true,"openWorldHint":false"#
            : #""readOnlyHint":true,"openWorldHint":false"#
        return
            #"{"name":"\#(name)","title":"T","description":"D","inputSchema":{"type":"object"},"outputSchema":{"type":"object"},"annotations":{\#(hints)}}"#
    }

    @Test func discover() {
        #expect(
            endpoint.handshakeReply(to: Wire.call(.modern, .discover))?.text
                == #"200 {"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","supportedVersions":["2026-07-28","2025-11-25","2025-06-18","2025-03-26","2024-11-05"],"capabilities":{"tools":{}},"instructions":"Search first.","ttlMs":3600000,"cacheScope":"public",\#(info)}}"#
        )
    }

    @Test(arguments: [
        ("2024-11-05", "2024-11-05"), ("2025-03-26", "2025-03-26"), ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"), ("2026-07-28", "2025-11-25"), ("1999-01-01", "2025-11-25"), ("", "2025-11-25"),
    ])
    func initializeNeverRejectsAVersion(_ requested: String, _ answered: String) {
        #expect(
            endpoint.handshakeReply(to: Wire.call(legacy, .initialize(requested: requested)))?.text
                == #"200 {"jsonrpc":"2.0","id":7,"result":{"protocolVersion":"\#(answered)","capabilities":{"tools":{}},"serverInfo":{"name":"carrel","title":"Carrel","version":"1.0"},"instructions":"Search first."}}"#
        )
    }

    @Test func ping() {
        #expect(
            endpoint.handshakeReply(to: Wire.call(legacy, .ping))?.text == #"200 {"jsonrpc":"2.0","id":7,"result":{}}"#)
        #expect(endpoint.handshakeReply(to: Wire.call(legacy, .toolsList(cursor: nil))) == nil)
    }

    @Test func `tools are on one page`() {
        let entries = [tool("r"), tool("w")].map(\.entry)
        #expect(
            endpoint.listReply(
                to: Wire.call(legacy, .toolsList(cursor: nil)), .tools, entries: entries, owner: "t"
            ).text == #"200 {"jsonrpc":"2.0","id":7,"result":{"tools":[\#(entry("r")),\#(entry("w"))]}}"#)
        #expect(
            endpoint.listReply(
                to: Wire.call(.modern, .toolsList(cursor: nil)), .tools, entries: entries, owner: "t"
            ).text
                == #"200 {"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","tools":[\#(entry("r")),\#(entry("w"))],"ttlMs":300000,"cacheScope":"private",\#(info)}}"#
        )
    }

    @Test func `a tool's result stands as structure and as text`() {
        let result = ToolResult(structured: Array(#"{"hits":["a\"b"],"total":1}"#.utf8))
        let members =
            #""content":[{"type":"text","text":"{\"hits\":[\"a\\\"b\"],\"total\":1}"}],"structuredContent":{"hits":["a\"b"],"total":1},"isError":false"#
        let call = MCPMethod.toolsCall(name: "x", arguments: [:])
        #expect(
            endpoint.toolReply(to: Wire.call(legacy, call), result).text
                == #"200 {"jsonrpc":"2.0","id":7,"result":{\#(members)}}"#)
        #expect(
            endpoint.toolReply(to: Wire.call(.modern, call), result).text
                == #"200 {"jsonrpc":"2.0","id":7,"result":{"resultType":"complete",\#(members),\#(info)}}"#)
    }

    @Test func `a failed tool is a result`() {
        let call = Wire.call(legacy, .toolsCall(name: "x", arguments: [:]))
        #expect(
            endpoint.toolReply(to: call, .invalidArguments(["`a` is required", "`b` must be a string"])).text
                == #"200 {"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"Invalid arguments:\n- `a` is required\n- `b` must be a string"}],"isError":true}}"#
        )
    }

    @Test(arguments: [
        (RPCError.parseError(""), 400, 400), (.invalidRequest(""), 400, 400), (.methodNotFound("x"), 404, 200),
        (.invalidParams(""), 400, 200), (.unknownTool("x"), 400, 200), (.headerMismatch(""), 400, 400),
        (.internalError, 200, 200), (.missingClientCapability([:]), 400, 200),
        (MCPRefusal.unauthenticated().error(requestID: "r"), 401, 401),
        (MCPRefusal.forbidden(neededScopes: ["write"]).error(requestID: "r"), 403, 200),
        (MCPRefusal.rateLimited(retryAfter: .seconds(1)).error(requestID: "r"), 429, 200),
    ])
    func statusFollowsTheEra(_ error: RPCError, _ modern: Int, _ old: Int) {
        #expect(endpoint.errorReply(to: Wire.call(.modern, .discover), error).status == modern)
        #expect(endpoint.errorReply(to: Wire.call(legacy, .ping), error).status == old)
    }

    @Test func `refusals keep the article's codes as data`() {
        let call = Wire.call(.modern, .toolsList(cursor: nil))
        let limited = MCPRefusal.rateLimited(retryAfter: .microseconds(1_199_001))
        let text =
            #"{"jsonrpc":"2.0","id":7,"error":{"code":-31003,"message":"Rate limit exceeded; retry in 2 s","data":{"kind":"rate_limit_exceeded","articleCode":-32003,"retryAfterMs":1200,"requestId":"r-1"}}}"#
        let reply = endpoint.refusalReply(to: call, limited, requestID: "r-1")
        #expect(reply.text == "429 \(text)")
        #expect(reply.retryAfterSeconds == 2)
        #expect(reply.headers.contains { $0 == ("Retry-After", "2") })
        let old = endpoint.refusalReply(to: Wire.call(legacy, .toolsList(cursor: nil)), limited, requestID: "r-1")
        #expect(old.text == "200 \(text)")
        #expect(old.retryAfterSeconds == nil)
        #expect(
            endpoint.refusalReply(to: call, .forbidden(neededScopes: ["write"]), requestID: "r-1").text
                == #"403 {"jsonrpc":"2.0","id":7,"error":{"code":-31002,"message":"Not allowed: this needs scope write","data":{"kind":"insufficient_scope","articleCode":-32002,"requestId":"r-1"}}}"#
        )
        #expect(
            MCPReply.refusal(.unauthenticated(), echoing: "abc", requestID: "r-1").text
                == #"401 {"jsonrpc":"2.0","id":"abc","error":{"code":-31001,"message":"Authentication required","data":{"kind":"authentication_required","articleCode":-32001,"requestId":"r-1"}}}"#
        )
        #expect(MCPReply.refusal(limited, echoing: nil, requestID: "r-1").verdict == "429 -31003 null")
        #expect(MCPRefusal.rateLimited(retryAfter: .seconds(-5)).retryAfterSeconds == 1)
    }

    @Test func `handshakes are exempt from rate limits`() {
        let exempt: [MCPMethod] = [.discover, .initialize(requested: ""), .ping]
        #expect(exempt.allSatisfy { $0.isExemptFromRateLimit })
        #expect(!MCPMethod.toolsList(cursor: nil).isExemptFromRateLimit)
        #expect(!MCPMethod.toolsCall(name: "", arguments: [:]).isExemptFromRateLimit)
    }
}

import JSON
import JSONRPC
import MCP
import Testing

/// Checks 7 to 11, common to both eras.
@Suite struct AdmissionTests {
    private let body = Wire.request("ping")

    private func verdict(contentType: [String], accept: [String]) -> String {
        Wire.accept(MCPHTTPFields(contentType: contentType, accept: accept), body).verdict
    }

    @Test(arguments: [
        (["application/json"], "call ping"), (["Application/JSON; charset=utf-8"], "call ping"),
        ([" application/json "], "call ping"), (["text/plain"], "415 -32600 7"), ([], "415 -32600 7"),
        (["application/json", "application/json"], "415 -32600 7"), (["application/jsonp"], "415 -32600 7"),
    ])
    func contentTypeMustBeJSON(_ values: [String], _ expected: String) {
        #expect(verdict(contentType: values, accept: ["*/*"]) == expected)
    }

    @Test(arguments: [
        (["application/json, text/event-stream"], "call ping"),
        (["text/event-stream", "application/json"], "call ping"),
        (["application/*;q=0.5"], "call ping"), (["*/*"], "call ping"), ([], "call ping"),
        (["text/html"], "406 -32600 7"), (["text/event-stream"], "406 -32600 7"), ([""], "406 -32600 7"),
        (["application/json;q=0, */*"], "406 -32600 7"), (["application/json;q=0.0"], "406 -32600 7"),
    ])
    func acceptMustAllowJSON(_ values: [String], _ expected: String) {
        #expect(verdict(contentType: ["application/json"], accept: values) == expected)
    }

    @Test(arguments: [
        ("{not json", "400 -32700 null"), ("", "400 -32700 null"), ("{} {}", "400 -32700 null"),
        ("7", "400 -32600 null"), ("{}", "400 -32600 null"),
        (#"{"jsonrpc":"1.0","id":7,"method":"ping"}"#, "400 -32600 7"), (#"{"id":7,"method":"ping"}"#, "400 -32600 7"),
        (#"{"jsonrpc":"2.0","id":7}"#, "400 -32600 7"), (#"{"jsonrpc":"2.0","id":7,"method":5}"#, "400 -32600 7"),
        (#"{"jsonrpc":"2.0","id":7,"method":"ping","params":[]}"#, "400 -32600 7"),
        (#"{"jsonrpc":"2.0","id":7,"method":"ping","params":null}"#, "400 -32600 7"),
        (#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, "400 -32600 null"),
        (#"{"jsonrpc":"2.0","id":true,"method":"ping"}"#, "400 -32600 null"),
        (#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, "400 -32600 null"),
        (#"{"jsonrpc":"2.0","id":"","method":"ping"}"#, "call ping"),
        (#"{"jsonrpc":"2.0","id":"a\"b","method":"no"}"#, #"200 -32601 "a\"b""#),
    ])
    func envelopeIsCheckedBeforeTheEra(_ body: String, _ expected: String) {
        #expect(Wire.accept(Wire.legacy(), body).verdict == expected)
        if !expected.hasPrefix("call"), !expected.hasPrefix("200") {
            #expect(Wire.accept(Wire.modern("ping"), body).verdict == expected)
        }
    }

    @Test func `parse errors name the place`() {
        #expect(
            Wire.accept(Wire.legacy(), "[1,").reply?.text
                == #"400 {"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Not JSON: the text ends too early at byte 3"}}"#
        )
    }

    @Test func `the id to echo is found where there is one`() {
        #expect(requestID(in: Array(#"{"id":"x"}"#.utf8)) == "x")
        #expect(requestID(in: Array(#"{"id":5,"method":3}"#.utf8)) == 5)
        for body in ["", "[]", "{", #"{"id":null}"#, #"{"id":1.5}"#, #"[{"id":1}]"#] {
            #expect(requestID(in: Array(body.utf8)) == nil)
        }
    }

    @Test(arguments: [41, 42, 43] as [UInt64])
    func damagedBodiesNeverTrap(seed: UInt64) {
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let bodies = [
            Wire.request("tools/call", #""name":"a","arguments":{"q":"x"},\#(Wire.meta)"#),
            Wire.request("tools/list", #""cursor":"v1.tools.5",\#(Wire.meta)"#),
            Wire.request("initialize", #""protocolVersion":"2025-11-25""#),
            "[\(Wire.request("ping")),\(Wire.request("tools/list"))]",
        ].map { Array($0.utf8) }
        let fields = [Wire.modern("tools/call", name: "a"), Wire.modern("tools/list"), Wire.legacy(nil), Wire.legacy()]
        for _ in 0..<6000 {
            var body = bodies[next(bodies.count)]
            for _ in 0...next(4) {
                guard !body.isEmpty else { break }
                let place = next(body.count)
                switch next(4) {
                case 0: body[place] = UInt8(next(256))
                case 1: body.remove(at: place)
                case 2: body.insert(Array(#"{}[]":,\01e"#.utf8)[next(11)], at: place)
                default: body.removeSubrange(place...)
                }
            }
            switch Wire.endpoint.accept(fields: fields[next(fields.count)], body: body) {
            case .reply(let reply):
                #expect((try? JSONValue(parsing: reply.body)) != nil)
                #expect([200, 400, 404].contains(reply.status))
            case .call(let call):
                if case .toolsList = call.method {
                    let list = Wire.endpoint.listReply(to: call, .tools, entries: [], owner: "")
                    #expect((try? JSONValue(parsing: list.body)) != nil)
                }
            case .accepted, .cancel, .batch: break
            }
        }
    }
}

import JSON
import JSONRPC
import MCP
import Testing

/// Parameters of the methods beside `tools/…`, one defect each.
@Suite struct ParameterTests {
    private func modern(_ method: String, _ params: String, name: String? = nil) -> MCPAdmission {
        Wire.full.accept(
            fields: Wire.modern(method, name: name),
            body: Array(Wire.request(method, params + (params.isEmpty ? "" : ",") + Wire.meta).utf8))
    }

    private func legacy(_ method: String, _ params: String) -> MCPAdmission {
        Wire.full.accept(fields: Wire.legacy(), body: Array(Wire.request(method, params).utf8))
    }

    @Test(
        arguments: [
            (#""name":"p""#, [:]), (#""name":"p","arguments":{}"#, [:]),
            (#""name":"p","arguments":{"a":"b"}"#, ["a": "b"]),
        ] as [(String, [String: String])])
    func promptArgumentsAreStrings(_ params: String, _ expected: [String: String]) {
        #expect(modern("prompts/get", params, name: "p").call?.method == .promptsGet(name: "p", arguments: expected))
        #expect(legacy("prompts/get", params).call?.method == .promptsGet(name: "p", arguments: expected))
    }

    @Test(
        arguments: [
            ("prompts/get", #""name":"p","arguments":{"a":1}"#, "p"),
            ("prompts/get", #""name":"p","arguments":[]"#, "p"),
            ("prompts/get", #""name":"p","arguments":{"a":null}"#, "p"), ("prompts/get", #""arguments":{}"#, nil),
            ("resources/read", "", nil), ("resources/list", #""cursor":1"#, nil),
            ("prompts/list", #""cursor":null"#, nil),
            ("completion/complete", "", nil),
            ("completion/complete", #""ref":{"type":"ref/prompt","name":"p"}"#, nil),
            ("completion/complete", #""ref":{"type":"ref/prompt"},"argument":{"name":"a","value":""}"#, nil),
            ("completion/complete", #""ref":{"type":"ref/other","name":"p"},"argument":{"name":"a","value":""}"#, nil),
            (
                "completion/complete", #""ref":{"type":"ref/resource","name":"p"},"argument":{"name":"a","value":""}"#,
                nil
            ),
            ("completion/complete", #""ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a"}"#, nil),
            ("completion/complete", #""ref":{"type":"ref/prompt","name":"p"},"argument":{"name":1,"value":""}"#, nil),
            (
                "completion/complete",
                #""ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":""},"context":{"arguments":{"b":1}}"#,
                nil
            ),
        ] as [(String, String, String?)])
    func oneDefectIsNamed(_ method: String, _ params: String, _ name: String?) {
        #expect(modern(method, params, name: name).verdict == "400 -32602 7")
        #expect(legacy(method, params).verdict == "200 -32602 7")
    }

    @Test func `a completion knows whose argument it is and what is known`() {
        let params =
            #""ref":{"type":"ref/resource","uri":"a://{x}"},"argument":{"name":"x","value":"v"},"context":{"arguments":{"y":"z"}}"#
        let expected = MCPMethod.complete(
            CompletionRequest(.resource("a://{x}"), argument: "x", value: "v", known: ["y": "z"]))
        #expect(modern("completion/complete", params).call?.method == expected)
        #expect(legacy("completion/complete", params).call?.method == expected)
    }

    @Test func `a stream names what it wants, each address once`() {
        let params =
            #""notifications":{"toolsListChanged":true,"resourceSubscriptions":["a","b","a"],"other":{"x":1}}"#
        #expect(
            modern("subscriptions/listen", params).call?.method
                == .listen(SubscriptionFilter(toolsListChanged: true, resources: ["a", "b"])))
    }

    @Test(arguments: [
        "", #""notifications":[]"#, #""notifications":{"toolsListChanged":1}"#,
        #""notifications":{"resourceSubscriptions":"a"}"#, #""notifications":{"resourceSubscriptions":[1]}"#,
    ])
    func aStreamThatWantsNothingClearIsRefused(_ params: String) {
        #expect(modern("subscriptions/listen", params).verdict == "400 -32602 7")
    }

    @Test func `a stream watches at most 1,000 addresses`() {
        let list = { (count: Int) in (0..<count).map { #""a:\#($0)""# }.joined(separator: ",") }
        let params = { (count: Int) in #""notifications":{"resourceSubscriptions":[\#(list(count))]}"# }
        #expect(modern("subscriptions/listen", params(1_000)).verdict == "call subscriptions/listen")
        #expect(modern("subscriptions/listen", params(1_001)).verdict == "400 -32602 7")
    }

    @Test(arguments: [
        (["application/json"], "406 -32600 7"), ([], "406 -32600 7"), (["application/json, text/html"], "406 -32600 7"),
        (["application/json, text/event-stream;q=0"], "406 -32600 7"),
        (["application/json", "text/event-stream"], "call subscriptions/listen"),
        (["*/*"], "call subscriptions/listen"),
    ])
    func aStreamNeedsAClientThatTakesOne(_ accept: [String], _ expected: String) {
        var fields = Wire.modern("subscriptions/listen")
        fields.accept = accept
        let body = Wire.request("subscriptions/listen", #""notifications":{},"# + Wire.meta)
        #expect(Wire.full.accept(fields: fields, body: Array(body.utf8)).verdict == expected)
    }

    @Test func `answers and state come back with three methods`() {
        let round = #""inputResponses":{"k":{"action":"accept","content":{"a":1}}},"requestState":"s""#
        let expected = InputRound(
            responses: ["k": ["action": "accept", "content": ["a": 1]]], requestState: "s")
        #expect(
            modern("tools/call", #""name":"a",\#(round)"#, name: "a").call?.method
                == .toolsCall(name: "a", arguments: [:], round: expected))
        #expect(
            modern("prompts/get", #""name":"a",\#(round)"#, name: "a").call?.method
                == .promptsGet(name: "a", arguments: [:], round: expected))
        #expect(
            modern("resources/read", #""uri":"a",\#(round)"#, name: "a").call?.method
                == .resourcesRead(uri: "a", round: expected))
        // Handshake clients were asked nothing.
        #expect(
            legacy("tools/call", #""name":"a",\#(round)"#).call?.method == .toolsCall(name: "a", arguments: [:]))
        for bad in [#""inputResponses":null"#, #""inputResponses":[]"#, #""requestState":5"#, #""requestState":null"#] {
            #expect(modern("tools/call", #""name":"a",\#(bad)"#, name: "a").verdict == "400 -32602 7")
        }
    }

    @Test func `tasks are asked for by those who declared them`() {
        let declared = Wire.meta.replacing(
            #"clientCapabilities":{}"#,
            with: #"clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}"#)
        for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
            let known = Wire.request(method, #""taskId":"t","# + declared)
            #expect(
                Wire.full.accept(fields: Wire.modern(method, name: "t"), body: Array(known.utf8)).verdict
                    == "call \(method)")
            #expect(
                modern(method, #""taskId":"t""#, name: "t").reply?.text
                    == #"400 {"jsonrpc":"2.0","id":7,"error":{"code":-32021,"message":"The client does not declare a required capability: extensions","data":{"requiredCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}}}"#
            )
            // Parameters come before capabilities.
            #expect(modern(method, "").verdict == "400 -32602 7")
        }
    }

    @Test(arguments: [
        (#""progressToken":"p""#, true), (#""progressToken":5"#, true), (#""progressToken":1.5"#, false),
        (#""progressToken":null"#, false), (#""other":1"#, false),
    ])
    func progressIsForThoseWhoAskAndTakeAStream(_ member: String, _ isTold: Bool) {
        let meta = Wire.meta.replacing(#""_meta":{"#, with: #""_meta":{\#(member),"#)
        let body = Array(Wire.request("tools/call", #""name":"a","# + meta).utf8)
        var fields = Wire.modern("tools/call", name: "a")
        #expect((Wire.full.accept(fields: fields, body: body).call?.progress != nil) == isTold)
        fields.accept = ["application/json"]
        #expect(Wire.full.accept(fields: fields, body: body).call?.progress == nil)
    }
}

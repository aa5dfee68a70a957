import JSON
import JSONRPC
import MCP
import Testing

/// What is declared is what is served, and nothing else.
@Suite struct CapabilityTests {
    @Test func `the two wires are told different things`() {
        #expect(
            Wire.full.handshakeReply(to: Wire.call(.modern, .discover))?.text
                == #"200 {"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","supportedVersions":["2026-07-28","2025-11-25","2025-06-18","2025-03-26","2024-11-05"],"capabilities":{"tools":{"listChanged":true},"resources":{"subscribe":true,"listChanged":true},"prompts":{},"completions":{},"extensions":{"io.modelcontextprotocol/tasks":{}}},"instructions":"Search first.","ttlMs":3600000,"cacheScope":"public",\#(Wire.info)}}"#
        )
        let call = Wire.call(.legacy(.v2025_11_25), .initialize(requested: "2025-11-25"))
        #expect(
            Wire.full.handshakeReply(to: call)?.text
                == #"200 {"jsonrpc":"2.0","id":7,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{},"resources":{},"prompts":{},"completions":{}},"serverInfo":{"name":"carrel","title":"Carrel","version":"1.0"},"instructions":"Search first."}}"#
        )
    }

    /// Methods with parameters that fit, and the family they belong to.
    private static let methods: [(String, String, String?, Set<ServerCapabilities.Family>)] = [
        ("tools/list", "", nil, [.tools]), ("tools/call", #""name":"a","#, "a", [.tools]),
        ("resources/list", "", nil, [.resources]), ("resources/templates/list", "", nil, [.resources]),
        ("resources/read", #""uri":"a","#, "a", [.resources]), ("prompts/list", "", nil, [.prompts]),
        ("prompts/get", #""name":"a","#, "a", [.prompts]),
        (
            "completion/complete",
            #""ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":""},"#, nil, [.completions]
        ),
    ]

    @Test(arguments: methods.indices)
    func aFamilyThatIsNotDeclaredIsUnknown(_ index: Int) {
        let (method, params, name, families) = Self.methods[index]
        let body = Wire.request(method, params + Wire.meta)
        let old = Wire.request(method, params.isEmpty ? nil : String(params.dropLast()))
        for family in ServerCapabilities.Family.allCases {
            let endpoint = Wire.endpoint(ServerCapabilities(families: [family]))
            let isServed = families.contains(family)
            #expect(
                endpoint.accept(fields: Wire.modern(method, name: name), body: Array(body.utf8)).verdict
                    == (isServed ? "call \(method)" : "404 -32601 7"))
            #expect(
                endpoint.accept(fields: Wire.legacy(), body: Array(old.utf8)).verdict
                    == (isServed ? "call \(method)" : "200 -32601 7"))
        }
    }

    @Test func `streams and tasks belong to the modern wire alone`() {
        for (method, params) in [
            ("subscriptions/listen", #""notifications":{}"#), ("tasks/get", #""taskId":"t""#),
            ("tasks/cancel", #""taskId":"t""#), ("tasks/update", #""taskId":"t""#),
        ] {
            #expect(
                Wire.full.accept(fields: Wire.legacy(), body: Array(Wire.request(method, params).utf8)).verdict
                    == "200 -32601 7")
        }
        let listen = Wire.request("subscriptions/listen", #""notifications":{},"# + Wire.meta)
        let silent = Wire.endpoint(ServerCapabilities(families: [.tools, .resources]))
        #expect(
            silent.accept(fields: Wire.modern("subscriptions/listen"), body: Array(listen.utf8)).verdict
                == "404 -32601 7")
    }

    @Test(arguments: ["resources/subscribe", "resources/unsubscribe", "logging/setLevel", "initialize", "ping"])
    func removedMethodsStayRemoved(_ method: String) {
        let body = Wire.request(method, #""uri":"a","protocolVersion":"x","# + Wire.meta)
        #expect(Wire.full.accept(fields: Wire.modern(method), body: Array(body.utf8)).verdict == "404 -32601 7")
    }

    @Test(arguments: [
        (#"{}"#, false), (#"{"elicitation":{}}"#, true), (#"{"elicitation":{"form":{}}}"#, true),
        (#"{"elicitation":{"url":{}}}"#, false), (#"{"elicitation":{"form":{},"url":{}}}"#, true),
        (#"{"elicitation":true}"#, false),
    ])
    func formsAreShownByThoseWhoSaySo(_ json: String, _ shows: Bool) throws {
        let capabilities = ClientCapabilities(try #require(try JSONValue(parsing: Array(json.utf8)).objectValue))
        #expect(capabilities.showsForms == shows)
    }
}

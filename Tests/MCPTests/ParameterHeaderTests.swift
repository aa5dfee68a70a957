import JSON
import JSONRPC
import MCP
import Testing

/// Arguments that stand in a header too.
@Suite struct ParameterHeaderTests {
    private let tool = ToolDefinition(
        name: "t", title: "T", description: "D",
        inputSchema: [
            "type": "object",
            "properties": [
                "region": ["type": "string", "x-mcp-header": "Region"],
                "count": ["type": "integer", "x-mcp-header": "Count"],
                "dry": ["type": "boolean", "x-mcp-header": "Dry"],
                "place": ["type": "object", "properties": ["city": ["type": "string", "x-mcp-header": "City"]]],
                "items": ["type": "array", "items": ["type": "string", "x-mcp-header": "Never"]],
            ],
        ], outputSchema: nil, annotations: ToolAnnotations(isReadOnly: true))

    private func code(_ arguments: String, _ headers: [(String, String)], legacy: Bool = false) throws -> Int? {
        var fields = legacy ? Wire.legacy() : Wire.modern("tools/call", name: "t")
        fields.parameters = headers.map { .init(name: $0.0, value: $0.1) }
        let meta = legacy ? "" : "," + Wire.meta
        let body = Wire.request("tools/call", #""name":"t","arguments":\#(arguments)\#(meta)"#)
        let call = try #require(Wire.full.accept(fields: fields, body: Array(body.utf8)).call)
        do throws(RPCError) {
            try Wire.full.checkParameterHeaders(of: call, tool)
            return nil
        } catch {
            #expect(Wire.full.errorReply(to: call, error).status == 400)
            return error.code
        }
    }

    @Test(
        arguments: [
            (#"{"region":"eu"}"#, [("Region", "eu")], nil), (#"{"region":"eu"}"#, [("REGION", " eu ")], nil),
            (#"{"region":"é"}"#, [("Region", "=?base64?w6k=?=")], nil), (#"{"region":"eu"}"#, [], -32020),
            (#"{"region":"eu"}"#, [("Region", "us")], -32020), (#"{"region":"eu"}"#, [("Region", "EU")], -32020),
            (#"{"region":"eu"}"#, [("Region", "eu"), ("region", "eu")], -32020),
            (#"{"region":"eu"}"#, [("Region", "=?base64?ZXU?=")], -32020),
            ("{}", [], nil), (#"{"region":null}"#, [], nil), ("{}", [("Region", "eu")], -32020),
            (#"{"count":42}"#, [("Count", "42")], nil), (#"{"count":42}"#, [("Count", "42.0")], nil),
            (#"{"count":42}"#, [("Count", "43")], -32020), (#"{"dry":true}"#, [("Dry", "true")], nil),
            (#"{"dry":true}"#, [("Dry", "True")], -32020), (#"{"place":{"city":"x"}}"#, [("City", "x")], nil),
            (#"{"place":{"city":"x"}}"#, [], -32020), (#"{"items":["a"]}"#, [], nil),
            (#"{"items":["a"]}"#, [("Never", "b"), ("Unknown", "c")], nil),
            (#"{"region":{"a":1}}"#, [("Region", "x")], -32020),
        ] as [(String, [(String, String)], Int?)])
    func headersSayWhatTheBodySays(_ arguments: String, _ headers: [(String, String)], _ expected: Int?) throws {
        #expect(try code(arguments, headers) == expected)
    }

    @Test func `handshake clients know nothing of it`() throws {
        #expect(try code(#"{"region":"eu"}"#, [], legacy: true) == nil)
    }
}

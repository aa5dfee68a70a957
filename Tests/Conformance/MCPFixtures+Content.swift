import Access
import Appliance
import JSON
import MCP

/// The tools, prompts and resources that the MCP suite asks for by name, with its texts to the letter.
enum MCPFixtures {
    /// A row of its own for a fixture: let in as a search is, never limited.
    static func operation(_ name: String) -> Operation {
        Operation(
            name: name, authority: .scope(.search), cost: .read, timeout: .seconds(30), retries: 0, audit: .queued,
            isLimited: false, isMCP: true)
    }

    /// A tool whose arguments are whatever its schema says, unchecked where that uses more than the validator knows.
    static func tool(
        _ name: String, _ description: String, input: JSONValue = ["type": "object"], checked: JSONValue = [:],
        tellsProgress: Bool = false,
        _ call: @escaping @Sendable (SearchAppliance, MCPRequest) async throws -> ToolOutcome
    ) -> MCPTool {
        MCPTool(
            operation(name), title: name, description: description, input: input, output: nil,
            annotations: ToolAnnotations(isReadOnly: true), checked: checked, tellsProgress: { _ in tellsProgress },
            call: { appliance, _, request in try await call(appliance, request) })
    }

    static func text(_ text: String) -> ToolOutcome { .result(.content([.text(text)])) }

    /// One red pixel.
    static let png =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
    /// Silence.
    static let wav = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA=="

    static let contentTools: [MCPTool] = [
        tool("test_simple_text", "One text block") { _, _ in text("This is a simple text response for testing.") },
        tool("test_image_content", "One picture") { _, _ in
            .result(.content([.image(data: png, mimeType: "image/png")]))
        },
        tool("test_audio_content", "One sound") { _, _ in .result(.content([.audio(data: wav, mimeType: "audio/wav")]))
        },
        tool("test_embedded_resource", "One resource") { _, _ in
            .result(
                .content([
                    .resource(
                        ResourceContents(
                            uri: "test://embedded-resource", mimeType: "text/plain",
                            body: .text("This is an embedded resource content.")))
                ]))
        },
        tool("test_multiple_content_types", "A text, a picture and a resource") { _, _ in
            .result(
                .content([
                    .text("Multiple content types test:"), .image(data: png, mimeType: "image/png"),
                    .resource(
                        ResourceContents(
                            uri: "test://mixed-content-resource", mimeType: "application/json",
                            body: .text(#"{"test":"data","value":123}"#))),
                ]))
        },
        tool("test_error_handling", "Fails") { _, _ in
            var result = ToolResult.content([.text("This tool intentionally returns an error for testing")])
            result.isError = true
            return .result(result)
        },
        tool("json_schema_2020_12_tool", "A schema that uses the whole vocabulary", input: schema2020) { _, request in
            text(String(decoding: request.arguments.encoded(), as: UTF8.self))
        },
        tool(
            "test_x_mcp_header", "Repeats one argument as a header",
            input: [
                "type": "object",
                "properties": [
                    "region": ["type": "string", "description": "Where to", "x-mcp-header": "Region"],
                    "query": ["type": "string"],
                ],
                "required": ["region"],
            ]
        ) { _, request in text("region=\(request.arguments["region"]?.stringValue ?? "")") },
    ]

    private static let schema2020: JSONValue = [
        "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
        "$defs": [
            "address": [
                "$anchor": "addressDef", "type": "object",
                "properties": ["street": ["type": "string"], "city": ["type": "string"]],
            ]
        ],
        "properties": [
            "name": ["type": "string"], "address": ["$ref": "#/$defs/address"],
            "contactMethod": ["type": "string", "enum": ["phone", "email"]], "phone": ["type": "string"],
            "email": ["type": "string"],
        ],
        "allOf": [["anyOf": [["required": ["phone"]], ["required": ["email"]]]]],
        "if": ["properties": ["contactMethod": ["const": "phone"]], "required": ["contactMethod"]],
        "then": ["required": ["phone"]], "else": ["required": ["email"]], "additionalProperties": false,
    ]
}

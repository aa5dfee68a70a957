import Appliance
import JSON
import JSONRPC
import MCP

extension MCPFixtures {
    private static func prompt(
        _ name: String, _ description: String, _ arguments: [PromptDefinition.Argument] = [],
        _ get: @escaping @Sendable ([String: String], MCPRequest) throws -> MCPOutcome<PromptResult>
    ) -> MCPPrompt {
        MCPPrompt(PromptDefinition(name: name, title: name, description: description, arguments: arguments)) {
            _, _, arguments, request in try get(arguments, request)
        }
    }

    private static func say(_ blocks: ContentBlock...) -> MCPOutcome<PromptResult> {
        .given(PromptResult(description: nil, messages: blocks.map { .init(.user, $0) }))
    }

    static let prompts: [MCPPrompt] = [
        prompt("test_simple_prompt", "Says one sentence") { _, _ in say(.text("This is a simple prompt for testing."))
        },
        prompt(
            "test_prompt_with_arguments", "Repeats its arguments",
            [.init("arg1", "First", isRequired: true), .init("arg2", "Second", isRequired: true)]
        ) { arguments, _ in
            say(.text("Prompt with arguments: arg1='\(arguments["arg1"] ?? "")', arg2='\(arguments["arg2"] ?? "")'"))
        },
        prompt(
            "test_prompt_with_embedded_resource", "Holds a resource",
            [.init("resourceUri", "Its address", isRequired: true)]
        ) { arguments, _ in
            say(
                .resource(
                    ResourceContents(
                        uri: arguments["resourceUri"] ?? "", mimeType: "text/plain",
                        body: .text("Embedded resource content for testing."))),
                .text("Please process the embedded resource above."))
        },
        prompt("test_prompt_with_image", "Holds a picture") { _, _ in
            say(.image(data: png, mimeType: "image/png"), .text("Please analyze the image above."))
        },
        prompt("test_input_required_result_prompt", "Asks for its context") { _, request in
            guard request.client.showsForms else { throw RPCError.missingClientCapability(["elicitation": [:]]) }
            guard let context = request.round.acceptedForm("user_context")?["context"]?.stringValue else {
                return .inputRequired(
                    InputRequired(requests: [
                        "user_context": InputRequired.form(
                            "What context should the prompt use?", properties: ["context": ["type": "string"]],
                            required: ["context"])
                    ]))
            }
            return say(.text("Use this context: \(context)"))
        },
    ]

    static let resources = MCPResourceProvider(
        templates: [
            ResourceTemplate(
                uriTemplate: "test://template/{id}/data", name: "template", title: "Template",
                description: "Repeats an id", mimeType: "application/json")
        ],
        list: { _, _ in
            [
                ResourceDefinition(
                    uri: "test://static-text", name: "static-text", title: "Static text",
                    description: "A text that never changes", mimeType: "text/plain"),
                ResourceDefinition(
                    uri: "test://static-binary", name: "static-binary", title: "Static picture",
                    description: "A picture that never changes", mimeType: "image/png"),
                ResourceDefinition(
                    uri: "test://watched-resource", name: "watched-resource", title: "Watched resource",
                    description: "Announced by test_trigger_resource_change", mimeType: "text/plain"),
            ]
        },
        read: { _, _, uri, _ in
            let contents: ResourceContents? =
                switch uri {
                case "test://static-text":
                    ResourceContents(
                        uri: uri, mimeType: "text/plain",
                        body: .text("This is the content of the static text resource."))
                case "test://static-binary": ResourceContents(uri: uri, mimeType: "image/png", body: .blob(png))
                case "test://watched-resource":
                    ResourceContents(uri: uri, mimeType: "text/plain", body: .text("Watched resource content"))
                default: templated(uri)
                }
            return contents.map { .given([$0]) }
        },
        watched: { uri in uri == "test://watched-resource" ? .other(uri) : nil })

    private static func templated(_ uri: String) -> ResourceContents? {
        let (prefix, suffix) = ("test://template/", "/data")
        guard uri.hasPrefix(prefix), uri.hasSuffix(suffix), uri.utf8.count > prefix.utf8.count + suffix.utf8.count
        else {
            return nil
        }
        let id = String(uri.dropFirst(prefix.count).dropLast(suffix.count))
        guard !id.contains("/") else { return nil }
        let object: JSONObject = ["id": .string(id), "templateTest": true, "data": .string("Data for ID: \(id)")]
        return ResourceContents(
            uri: uri, mimeType: "application/json", body: .text(String(decoding: object.encoded(), as: UTF8.self)))
    }
}

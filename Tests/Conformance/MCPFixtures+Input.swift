import Appliance
import JSON
import JSONRPC
import MCP

extension MCPFixtures {
    private static let name = InputRequired.form(
        "What is your name?", properties: ["name": ["type": "string"]], required: ["name"])
    private static let confirm = InputRequired.form(
        "Please confirm", properties: ["ok": ["type": "boolean"]], required: ["ok"])
    private static let roots: JSONValue = ["method": "roots/list", "params": [:]]

    private static func sampling(_ text: String, maxTokens: Int64) -> JSONValue {
        [
            "method": "sampling/createMessage",
            "params": [
                "messages": [["role": "user", "content": ["type": "text", "text": .string(text)]]],
                "maxTokens": .integer(maxTokens),
            ],
        ]
    }

    /// The text that a client's model gave.
    private static func sampled(_ key: String, _ request: MCPRequest) -> String? {
        request.round.responses[key]?["content"]?["text"]?.stringValue
    }

    private static func listed(_ key: String, _ request: MCPRequest) -> [JSONValue]? {
        request.round.responses[key]?["roots"]?.arrayValue
    }

    private static func require(_ isDeclared: Bool, _ capability: String) throws(RPCError) {
        guard isDeclared else { throw .missingClientCapability(JSONObject([(capability, .object([:]))])) }
    }

    private static func ask(_ requests: JSONObject, state: String? = nil) -> ToolOutcome {
        .inputRequired(InputRequired(requests: requests, state: state.map { Array($0.utf8) }))
    }

    /// Tools that ask back before they answer.
    static let inputTools: [MCPTool] = [
        tool("test_input_required_result_elicitation", "Asks for a name") { _, request in
            try require(request.client.showsForms, "elicitation")
            guard let name = request.round.acceptedForm("user_name")?["name"]?.stringValue else {
                return ask(["user_name": Self.name])
            }
            return text("Hello, \(name)!")
        },
        tool("test_input_required_result_sampling", "Asks the client's model") { _, request in
            try require(request.client.samples, "sampling")
            guard let answer = sampled("capital_question", request) else {
                return ask(["capital_question": sampling("What is the capital of France?", maxTokens: 100)])
            }
            return text(answer)
        },
        tool("test_input_required_result_list_roots", "Asks for the client's roots") { _, request in
            try require(request.client.listsRoots, "roots")
            guard let found = listed("client_roots", request) else { return ask(["client_roots": roots]) }
            return text("Roots: " + found.compactMap { $0["uri"]?.stringValue }.joined(separator: ", "))
        },
        tool("test_input_required_result_multiple_inputs", "Asks three things at once") { _, request in
            guard request.state != nil, let name = request.round.acceptedForm("user_name")?["name"]?.stringValue,
                let greeting = sampled("greeting", request), let found = listed("client_roots", request)
            else {
                return ask(
                    [
                        "user_name": Self.name, "greeting": sampling("Generate a greeting", maxTokens: 50),
                        "client_roots": roots,
                    ], state: "multiple")
            }
            return text("\(greeting) \(name), \(found.count) roots")
        },
        tool("test_input_required_result_request_state", "Has the client carry a state") { _, request in
            guard request.state == Array("confirming".utf8), request.round.acceptedForm("confirm") != nil else {
                return ask(["confirm": confirm], state: "confirming")
            }
            return text("state-ok")
        },
        tool("test_input_required_result_tampered_state", "Refuses a state that was changed") { _, request in
            guard request.state != nil, request.round.acceptedForm("confirm") != nil else {
                return ask(["confirm": confirm], state: "untouched")
            }
            return text("state-ok")
        },
        tool("test_input_required_result_multi_round", "Asks twice") { _, request in
            let steps =
                request.state.map { String(decoding: $0, as: UTF8.self).split(separator: " ", maxSplits: 1) } ?? []
            if steps.first == "2", let color = request.round.acceptedForm("step2")?["color"]?.stringValue {
                return text("\(steps.count > 1 ? steps[1] : "") likes \(color)")
            }
            let second = InputRequired.form(
                "Step 2: What is your favorite color?", properties: ["color": ["type": "string"]], required: ["color"])
            if steps.first == "2" { return ask(["step2": second], state: steps.joined(separator: " ")) }
            guard steps.first == "1", let name = request.round.acceptedForm("step1")?["name"]?.stringValue else {
                let first = InputRequired.form(
                    "Step 1: What is your name?", properties: ["name": ["type": "string"]], required: ["name"])
                return ask(["step1": first], state: "1")
            }
            return ask(["step2": second], state: "2 \(name)")
        },
        tool("test_input_required_result_capabilities", "Asks only what the client can") { _, request in
            var requests: JSONObject = [:]
            if request.client.showsForms { requests["user_name"] = Self.name }
            if request.client.samples { requests["greeting"] = sampling("Generate a greeting", maxTokens: 50) }
            if request.client.listsRoots { requests["client_roots"] = roots }
            let answered = requests.keys.allSatisfy { request.round.responses[$0]?.objectValue != nil }
            guard !requests.isEmpty, !answered else { return text("Nothing left to ask") }
            return ask(requests)
        },
    ]
}

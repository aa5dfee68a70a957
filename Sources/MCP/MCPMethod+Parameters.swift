import JSON
import JSONRPC

extension MCPMethod {
    /// A method of 2026-07-28 with its parameters.
    init(modern method: String, _ params: JSONObject, _ capabilities: ServerCapabilities) throws(RPCError) {
        guard Self.isServed(method, modern: true, by: capabilities) else { throw .methodNotFound(method) }
        switch method {
        case "server/discover": self = .discover
        case "subscriptions/listen": self = .listen(try SubscriptionFilter(params))
        case "tasks/get": self = .tasksGet(id: try Self.text("taskId", params))
        case "tasks/update": self = .tasksUpdate(id: try Self.text("taskId", params))
        case "tasks/cancel": self = .tasksCancel(id: try Self.text("taskId", params))
        default: self = try Self.common(method, params, round: try Self.round(params))
        }
    }

    /// A method of the handshake revisions with its parameters.
    init(legacy method: String, _ params: JSONObject, _ capabilities: ServerCapabilities) throws(RPCError) {
        guard Self.isServed(method, modern: false, by: capabilities) else { throw .methodNotFound(method) }
        switch method {
        case "initialize": self = .initialize(requested: try Self.text("protocolVersion", params))
        case "ping": self = .ping
        default: self = try Self.common(method, params, round: .first)
        }
    }

    /// Methods by name: what an undeclared family holds is as unknown as what does not exist.
    private static func isServed(_ method: String, modern: Bool, by capabilities: ServerCapabilities) -> Bool {
        let sample: MCPMethod? =
            switch method {
            case "server/discover" where modern: .discover
            case "initialize" where !modern: .initialize(requested: "")
            case "ping" where !modern: .ping
            case "tools/list", "tools/call": .toolsList(cursor: nil)
            case "resources/list", "resources/templates/list", "resources/read": .resourcesList(cursor: nil)
            case "prompts/list", "prompts/get": .promptsList(cursor: nil)
            case "completion/complete": .complete(CompletionRequest(.prompt(""), argument: "", value: ""))
            case "subscriptions/listen" where modern: .listen(SubscriptionFilter())
            case "tasks/get" where modern, "tasks/update" where modern, "tasks/cancel" where modern: .tasksGet(id: "")
            default: nil
            }
        return sample?.isServed(by: capabilities) ?? false
    }

    private static func common(
        _ method: String, _ params: JSONObject, round: InputRound
    ) throws(RPCError) -> MCPMethod {
        switch method {
        case "tools/list": return .toolsList(cursor: try cursor(params))
        case "resources/list": return .resourcesList(cursor: try cursor(params))
        case "resources/templates/list": return .resourceTemplatesList(cursor: try cursor(params))
        case "prompts/list": return .promptsList(cursor: try cursor(params))
        case "tools/call":
            let name = try text("name", params)
            guard let arguments = params["arguments"] else {
                return .toolsCall(name: name, arguments: [:], round: round)
            }
            guard let arguments = arguments.objectValue else {
                throw .invalidParams("params.arguments must be an object")
            }
            return .toolsCall(name: name, arguments: arguments, round: round)
        case "resources/read": return .resourcesRead(uri: try text("uri", params), round: round)
        case "prompts/get":
            return .promptsGet(
                name: try text("name", params), arguments: try texts("arguments", params, "params.arguments"),
                round: round)
        case "completion/complete": return .complete(try completion(params))
        default: throw .methodNotFound(method)
        }
    }

    private static func cursor(_ params: JSONObject) throws(RPCError) -> String? {
        guard let cursor = params["cursor"] else { return nil }
        guard let text = cursor.stringValue else { throw .invalidCursor }
        return text
    }

    private static func text(
        _ name: String, _ params: JSONObject, path: String = "params."
    ) throws(RPCError) -> String {
        guard let text = params[name]?.stringValue else { throw .invalidParams("\(path)\(name) must be a string") }
        return text
    }

    /// An object whose values are strings; empty when left out.
    private static func texts(
        _ name: String, _ params: JSONObject, _ path: String
    ) throws(RPCError) -> [String: String] {
        guard let value = params[name] else { return [:] }
        guard let object = value.objectValue else { throw .invalidParams("\(path) must be an object") }
        var texts: [String: String] = [:]
        for (key, value) in object.members {
            guard let text = value.stringValue else {
                throw .invalidParams("\(path).\(RPCError.clipped(key)) must be a string")
            }
            texts[key] = text
        }
        return texts
    }

    private static func round(_ params: JSONObject) throws(RPCError) -> InputRound {
        var round = InputRound()
        if let responses = params["inputResponses"] {
            guard let object = responses.objectValue else {
                throw .invalidParams("params.inputResponses must be an object")
            }
            round.responses = object
        }
        if let state = params["requestState"] {
            guard let text = state.stringValue else { throw .invalidParams("params.requestState must be a string") }
            round.requestState = text
        }
        return round
    }

    private static func completion(_ params: JSONObject) throws(RPCError) -> CompletionRequest {
        guard let ref = params["ref"]?.objectValue else { throw .invalidParams("params.ref must be an object") }
        guard let argument = params["argument"]?.objectValue else {
            throw .invalidParams("params.argument must be an object")
        }
        let reference: CompletionRequest.Reference
        switch ref["type"] {
        case "ref/prompt": reference = .prompt(try text("name", ref, path: "params.ref."))
        case "ref/resource": reference = .resource(try text("uri", ref, path: "params.ref."))
        default: throw .invalidParams("params.ref.type must be ref/prompt or ref/resource")
        }
        var known: [String: String] = [:]
        if let context = params["context"] {
            guard let context = context.objectValue else { throw .invalidParams("params.context must be an object") }
            known = try texts("arguments", context, "params.context.arguments")
        }
        return CompletionRequest(
            reference, argument: try text("name", argument, path: "params.argument."),
            value: try text("value", argument, path: "params.argument."), known: known)
    }
}

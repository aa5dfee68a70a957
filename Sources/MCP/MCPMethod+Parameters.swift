import JSON
import JSONRPC

extension MCPMethod {
    /// A method of 2026-07-28 with its parameters.
    init(modern method: String, _ params: JSONObject) throws(RPCError) {
        switch method {
        case "server/discover": self = .discover
        default: self = try Self.common(method, params)
        }
    }

    /// A method of the handshake revisions with its parameters.
    init(legacy method: String, _ params: JSONObject) throws(RPCError) {
        switch method {
        case "initialize":
            guard let version = params["protocolVersion"]?.stringValue else {
                throw .invalidParams("params.protocolVersion must be a string")
            }
            self = .initialize(requested: version)
        case "ping": self = .ping
        default: self = try Self.common(method, params)
        }
    }

    private static func common(_ method: String, _ params: JSONObject) throws(RPCError) -> MCPMethod {
        switch method {
        case "tools/list": return .toolsList(cursor: try cursor(params, list: "tools"))
        case "tools/call":
            guard let name = params["name"]?.stringValue else {
                throw .invalidParams("params.name must be a string")
            }
            guard let arguments = params["arguments"] else { return .toolsCall(name: name, arguments: [:]) }
            guard let arguments = arguments.objectValue else {
                throw .invalidParams("params.arguments must be an object")
            }
            return .toolsCall(name: name, arguments: arguments)
        default: throw .methodNotFound(method)
        }
    }

    private static func cursor(_ params: JSONObject, list: String) throws(RPCError) -> String? {
        guard let cursor = params["cursor"] else { return nil }
        guard let text = cursor.stringValue, ListCursor(text, list: list) != nil else { throw .invalidCursor }
        return text
    }
}

extension RPCError {
    static let invalidCursor = RPCError.invalidParams("Invalid cursor; leave it out to start from the beginning")
}

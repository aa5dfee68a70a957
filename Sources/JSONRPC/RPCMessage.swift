public import JSON

/// One JSON-RPC 2.0 message, told apart by its members alone.
public enum RPCMessage: Hashable, Sendable {
    /// A call that wants an answer.
    case request(id: RequestID, method: String, params: JSONObject?)
    /// A call that wants none.
    case notification(method: String, params: JSONObject?)
    /// An answer to a call of ours.
    case response(id: RequestID?)
    /// None of these; `id` is there if a usable one was sent.
    case invalid(id: RequestID?, problem: String)

    /// Classifies one value: `method` makes a request (or, without `id`, a notification), `result` or `error` a response.
    ///
    /// Stricter than JSON-RPC where MCP is: `params` must be an object, `id` a string or whole number.
    public static func parse(_ value: JSONValue) -> RPCMessage {
        guard let object = value.objectValue else {
            return .invalid(id: nil, problem: "A message must be one JSON object")
        }
        let id = RequestID(object["id"])
        guard object["jsonrpc"] == "2.0" else { return .invalid(id: id, problem: "jsonrpc must be \"2.0\"") }
        guard let method = object["method"] else {
            guard object["result"] != nil || object["error"] != nil else {
                return .invalid(id: id, problem: "method is missing")
            }
            return .response(id: id)
        }
        guard let method = method.stringValue else { return .invalid(id: id, problem: "method must be a string") }
        let params = object["params"]
        guard params == nil || params?.objectValue != nil else {
            return .invalid(id: id, problem: "params must be an object")
        }
        guard object["id"] != nil else { return .notification(method: method, params: params?.objectValue) }
        guard let id else { return .invalid(id: nil, problem: "id must be a string or a whole number") }
        return .request(id: id, method: method, params: params?.objectValue)
    }
}

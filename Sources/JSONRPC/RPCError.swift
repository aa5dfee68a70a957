public import JSON

/// The `error` member of a JSON-RPC 2.0 reply.
public struct RPCError: Error, Hashable, Sendable {
    /// The machine's part.
    public var code: Int
    /// One sentence for people: what, where, what to do; never internals.
    public var message: String
    /// Further facts.
    public var data: JSONObject?

    /// Makes an error.
    public init(code: Int, message: String, data: JSONObject? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// -32700: the body is not JSON.
    public static func parseError(_ message: String) -> RPCError { RPCError(code: -32700, message: message) }
    /// -32600: JSON, but no request.
    public static func invalidRequest(_ message: String) -> RPCError { RPCError(code: -32600, message: message) }
    /// -32601: a request for a method that does not exist here.
    public static func methodNotFound(_ method: String) -> RPCError {
        RPCError(code: -32601, message: "Method not found: \(clipped(method))")
    }
    /// -32602: the method exists, its parameters are wrong.
    public static func invalidParams(_ message: String, data: JSONObject? = nil) -> RPCError {
        RPCError(code: -32602, message: message, data: data)
    }
    /// -32603: our fault; carries no details.
    public static let internalError = RPCError(code: -32603, message: "Internal error")

    /// A caller's word, cut so that an error stays short whatever was sent.
    package static func clipped(_ text: String) -> String {
        text.unicodeScalars.count <= 80 ? text : String(text.unicodeScalars.prefix(77)) + "..."
    }
}

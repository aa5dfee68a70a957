public import JSON
import JSONRPC

/// What goes back over HTTP.
public struct MCPReply: Hashable, Sendable {
    /// HTTP status.
    public var status: Int
    /// Exactly one JSON value, or nothing.
    public var body: [UInt8]
    /// Seconds for `Retry-After`, with 429 only.
    public var retryAfterSeconds: Int?

    /// Makes a reply.
    public init(status: Int, body: [UInt8], retryAfterSeconds: Int? = nil) {
        self.status = status
        self.body = body
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// 202 with an empty body.
    public static let accepted = MCPReply(status: 202, body: [])

    /// Header fields that belong to it; `WWW-Authenticate` of a 401 or 403 is added by who knows the addresses.
    public var headers: [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = [("Cache-Control", "no-store")]
        if !body.isEmpty { headers.append(("Content-Type", "application/json")) }
        if let retryAfterSeconds { headers.append(("Retry-After", String(retryAfterSeconds))) }
        return headers
    }

    /// The replies to a batch as one; 202 when no entry wants an answer.
    public static func joining(_ replies: [MCPReply]) -> MCPReply {
        let bodies = replies.map(\.body).filter { !$0.isEmpty }
        return bodies.isEmpty ? .accepted : MCPReply(status: 200, body: RPCEnvelope.batch(bodies))
    }

    /// A refusal before admission, when neither era nor method are known: 401, 403 or 429.
    ///
    /// - Parameters:
    ///   - id: What ``requestID(in:)`` found; clients show our message only when the id comes back.
    ///   - requestID: Our own name of the HTTP request, for the log.
    public static func refusal(_ refusal: MCPRefusal, echoing id: JSONValue, requestID: String) -> MCPReply {
        MCPReply(
            status: refusal.status,
            body: RPCEnvelope.error(id: RequestID(id), refusal.error(requestID: requestID)),
            retryAfterSeconds: refusal.retryAfterSeconds)
    }
}

/// The id to echo in a refusal of this body; `null` when there is none to be found.
public func requestID(in body: [UInt8]) -> JSONValue {
    guard let value = try? JSONValue(parsing: body), let id = RequestID(value["id"]) else { return .null }
    return id.json
}

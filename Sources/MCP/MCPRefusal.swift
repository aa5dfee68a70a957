import JSON
public import JSONRPC

/// Why the gate turned a call away.
///
/// The codes stand outside the ranges of JSON-RPC and MCP because clients read the customary -32001...-32003 as other
/// things (timeouts, missing resources); `data.articleCode` keeps those for people.
public enum MCPRefusal: Hashable, Sendable {
    /// No credential, or one that is not accepted; `reason` is safe to show.
    case unauthenticated(reason: String? = nil)
    /// The credential lacks scopes; all the operation needs.
    case forbidden(neededScopes: [String])
    /// Too many calls; when to come back.
    case rateLimited(retryAfter: Duration)

    /// HTTP status on the modern wire and before admission.
    public var status: Int {
        switch self {
        case .unauthenticated: 401
        case .forbidden: 403
        case .rateLimited: 429
        }
    }

    /// Whole seconds to wait, rounded up, at least 1.
    public var retryAfterSeconds: Int? {
        guard case .rateLimited(let wait) = self else { return nil }
        return max(1, (Self.milliseconds(wait) + 999) / 1000)
    }

    /// The JSON-RPC error: -31001, -31002 or -31003.
    public func error(requestID: String) -> RPCError {
        var data: JSONObject = [:]
        data["kind"] = .string(kind)
        data["articleCode"] = .integer(Int64(code - 1000))
        if case .rateLimited(let wait) = self { data["retryAfterMs"] = .integer(Int64(Self.milliseconds(wait))) }
        data["requestId"] = .string(requestID)
        return RPCError(code: code, message: message, data: data)
    }

    private var code: Int {
        switch self {
        case .unauthenticated: -31001
        case .forbidden: -31002
        case .rateLimited: -31003
        }
    }

    private var kind: String {
        switch self {
        case .unauthenticated: "authentication_required"
        case .forbidden: "insufficient_scope"
        case .rateLimited: "rate_limit_exceeded"
        }
    }

    private var message: String {
        switch self {
        case .unauthenticated(let reason):
            "Authentication required" + (reason.map { ": \($0)" } ?? "")
        case .forbidden(let scopes):
            "Not allowed: this needs scope \(scopes.joined(separator: " "))"
        case .rateLimited:
            "Rate limit exceeded; retry in \(retryAfterSeconds ?? 1) s"
        }
    }

    /// Rounded up, at least 0, at most a day: a wait is a promise that it will suffice.
    private static func milliseconds(_ wait: Duration) -> Int {
        let bounded = min(max(wait, .zero), .seconds(86_400))
        let (seconds, attoseconds) = bounded.components
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}

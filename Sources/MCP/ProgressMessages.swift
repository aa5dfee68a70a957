public import JSON
import JSONRPC

/// The progress notifications of one call: strictly increasing, whatever is reported.
public struct ProgressMessages: Sendable, Hashable {
    private let token: JSONValue
    private var last = -Double.infinity

    /// - Parameter token: What the client named its call by: a string or a whole number.
    public init(token: JSONValue) { self.token = token }

    /// The notification for a step; nil when it would not go forward, which clients take for an error.
    public mutating func step(_ progress: Double, of total: Double?, message: String? = nil) -> [UInt8]? {
        guard progress.isFinite, progress > last else { return nil }
        last = progress
        var params: JSONObject = ["progressToken": token, "progress": Self.number(progress)]
        if let total { params["total"] = Self.number(total) }
        if let message { params["message"] = .string(message) }
        return RPCEnvelope.notification("notifications/progress", params)
    }

    /// Whole numbers without a fraction, as people write them.
    private static func number(_ value: Double) -> JSONValue {
        Int64(exactly: value).map { .integer($0) } ?? .number(value)
    }
}

public import JSON

/// The name a client gives to one request; its reply carries the same value of the same type.
public enum RequestID: Hashable, Sendable {
    /// A text, possibly empty.
    case string(String)
    /// A whole number.
    case integer(Int64)

    /// Accepts a string or a whole number; JSON-RPC's fractions and `null` are refused, as MCP does.
    public init?(_ value: JSONValue?) {
        switch value {
        case .string(let text): self = .string(text)
        case .integer(let number): self = .integer(number)
        default: return nil
        }
    }

    /// The value as it stands in a message.
    public var json: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .integer(let number): .integer(number)
        }
    }
}

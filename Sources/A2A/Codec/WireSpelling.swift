/// How values are written: 0.3 has one spelling for JSON-RPC, with a `kind` in every object, and another for HTTP+JSON, which is
/// that of its definition in protobuf.
public enum WireSpelling: Sendable, Hashable {
    /// 1.0 in both bindings.
    case v1_0
    /// 0.3 in JSON-RPC.
    case v0_3
    /// 0.3 in HTTP+JSON: enumerations as in 1.0, messages with `content`, files and data one level deeper.
    case v0_3REST

    /// The version that has the spelling.
    public var version: A2AVersion { self == .v1_0 ? .v1_0 : .v0_3 }
}

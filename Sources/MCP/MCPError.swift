public import JSON
public import JSONRPC

extension RPCError {
    /// -32020: the routing headers and the body say different things.
    public static func headerMismatch(_ message: String) -> RPCError { RPCError(code: -32020, message: message) }

    /// -32021: the tool needs something this request's client did not declare.
    public static func missingClientCapability(_ required: JSONObject) -> RPCError {
        RPCError(
            code: -32021,
            message: "The client does not declare a required capability: "
                + required.keys.joined(separator: ", "),
            data: ["requiredCapabilities": .object(required)])
    }

    /// -32022: a revision that is not spoken here.
    static func unsupportedVersion(_ requested: String) -> RPCError {
        RPCError(
            code: -32022, message: "Unsupported protocol version",
            data: [
                "supported": .array(ProtocolRevision.all.map { .string($0.rawValue) }),
                "requested": .string(RPCError.clipped(requested)),
            ])
    }

    /// -32602: no tool of that name, or none this credential may see.
    public static func unknownTool(_ name: String) -> RPCError {
        .invalidParams("Unknown tool: \(RPCError.clipped(name)); tools/list names those that exist")
    }

    /// HTTP status of this error on one wire.
    ///
    /// Handshake clients take any 4xx for a broken connection, so there only a bad envelope and a missing credential
    /// show in the status.
    func status(in era: MCPEra) -> Int {
        switch (code, era) {
        case (-32700, _), (-32600, _), (-32020, _): 400
        case (-31001, _): 401
        case (_, .legacy): 200
        case (-32601, .modern): 404
        case (-32602, .modern), (-32021, .modern), (-32022, .modern): 400
        case (-31002, .modern): 403
        case (-31003, .modern): 429
        case (_, .modern): 200
        }
    }
}

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

    /// No prompt of that name, or none this credential may see: -32602.
    public static func unknownPrompt(_ name: String) -> RPCError {
        .invalidParams("Unknown prompt: \(RPCError.clipped(name)); prompts/list names those that exist")
    }

    /// The address holds nothing for this caller, whether it never did, is another's or is malformed: -32602, and -32002
    /// for handshake clients.
    public static func resourceNotFound(_ uri: String, in era: MCPEra) -> RPCError {
        RPCError(
            code: era == .modern ? -32602 : -32002, message: "Resource not found: \(RPCError.clipped(uri))",
            data: ["uri": .string(uri)])
    }

    /// The state a client brought back is not what it was given, is too old or belongs to another call: -32602.
    public static let invalidRequestState = RPCError.invalidParams(
        "Invalid requestState; repeat the call without it to start anew")

    /// No task of that id, or none of this caller: -32602.
    public static func unknownTask(_ id: String) -> RPCError {
        .invalidParams("Unknown task: \(RPCError.clipped(id))")
    }

    static let invalidCursor = RPCError.invalidParams("Invalid cursor; leave it out to start from the beginning")

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

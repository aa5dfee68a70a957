public import JSON
public import JSONRPC

/// One admitted request: well-formed, of a known method, not yet authorised.
public struct MCPCall: Hashable, Sendable {
    /// The wire it came on.
    public var era: MCPEra
    /// To be echoed in the reply.
    public var id: RequestID
    /// What is asked.
    public var method: MCPMethod
    /// `params._meta`: trace context, progress token (accepted and unused in JSON replies).
    public var meta: JSONObject?
    /// What the client declares it can do; empty on the legacy wire, where no state is kept from `initialize`.
    public var clientCapabilities: JSONObject

    /// Makes a call.
    public init(
        era: MCPEra, id: RequestID, method: MCPMethod, meta: JSONObject? = nil, clientCapabilities: JSONObject = [:]
    ) {
        self.era = era
        self.id = id
        self.method = method
        self.meta = meta
        self.clientCapabilities = clientCapabilities
    }
}

/// A method with its decoded parameters.
public enum MCPMethod: Hashable, Sendable {
    /// `server/discover`, modern only.
    case discover
    /// `initialize`, legacy only; the version the client asked for, whatever it is.
    case initialize(requested: String)
    /// `ping`, legacy only.
    case ping
    /// `tools/list`; the cursor is well-formed but may point past the end.
    case toolsList(cursor: String?)
    /// `tools/call`; whether the tool exists is the caller's to say.
    case toolsCall(name: String, arguments: JSONObject)

    /// The method's name on the wire.
    public var name: String {
        switch self {
        case .discover: "server/discover"
        case .initialize: "initialize"
        case .ping: "ping"
        case .toolsList: "tools/list"
        case .toolsCall: "tools/call"
        }
    }

    /// Whether rate limits leave it alone: a refused handshake would make clients fall back or give up silently.
    public var isExemptFromRateLimit: Bool {
        switch self {
        case .discover, .initialize, .ping: true
        case .toolsList, .toolsCall: false
        }
    }
}

/// What to do with one HTTP request.
public enum MCPAdmission: Hashable, Sendable {
    /// Answer this and stop.
    case reply(MCPReply)
    /// Answer 202 with an empty body: ``MCPReply/accepted``.
    case accepted
    /// Authorise, limit, run, then reply.
    case call(MCPCall)
    /// Do so for each entry in order, then join the replies: ``MCPReply/joining(_:)``. At most 32 entries.
    case batch([MCPBatchEntry])
}

/// One entry of a batch.
public enum MCPBatchEntry: Hashable, Sendable {
    /// Its reply is known already.
    case reply(MCPReply)
    /// A notification or response: no reply.
    case accepted
    /// Authorise, limit, run, then reply.
    case call(MCPCall)
}

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
    /// `params._meta`: trace context, progress token.
    public var meta: JSONObject?
    /// What the client declares it can do; empty on the legacy wire, where no state is kept from `initialize`.
    public var clientCapabilities: ClientCapabilities
    /// Whether the client takes a stream for an answer.
    public var takesEventStream: Bool
    /// Header fields that repeat single arguments.
    var parameterHeaders = ParameterHeaders()

    /// Makes a call.
    public init(
        era: MCPEra, id: RequestID, method: MCPMethod, meta: JSONObject? = nil,
        clientCapabilities: ClientCapabilities = ClientCapabilities(), takesEventStream: Bool = false
    ) {
        self.era = era
        self.id = id
        self.method = method
        self.meta = meta
        self.clientCapabilities = clientCapabilities
        self.takesEventStream = takesEventStream
    }

    /// Where progress is to be told: only a call that names itself and takes a stream is told of any.
    public var progress: ProgressMessages? {
        guard takesEventStream, let token = meta?["progressToken"], RequestID(token) != nil else { return nil }
        return ProgressMessages(token: token)
    }

    /// Whether the call came on the modern wire.
    public var isModern: Bool { era == .modern }
}

/// What to do with one HTTP request.
public enum MCPAdmission: Hashable, Sendable {
    /// Answer this and stop.
    case reply(MCPReply)
    /// Answer 202 with an empty body: ``MCPReply/accepted``.
    case accepted
    /// A handshake client takes one of its calls back: stop it, then answer 202.
    case cancel(RequestID)
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
    /// Takes a call back: no reply.
    case cancel(RequestID)
    /// Authorise, limit, run, then reply.
    case call(MCPCall)
}

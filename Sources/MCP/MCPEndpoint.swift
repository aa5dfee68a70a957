import JSON

/// Who this server is.
public struct ServerInfo: Sendable, Hashable {
    /// Program name.
    public var name: String
    /// Name for people.
    public var title: String
    /// Program version.
    public var version: String

    /// Makes the description.
    public init(name: String, title: String, version: String) {
        self.name = name
        self.title = title
        self.version = version
    }

    var json: JSONValue { ["name": .string(name), "title": .string(title), "version": .string(version)] }
}

/// The MCP endpoint as a value: bytes and header fields in, a call or a reply out; no HTTP types, clock or state.
///
/// One request goes: ``accept(fields:body:)``, then for a call (or each call of a batch) the caller's own scope and
/// rate checks, then ```handshakeReply(to:)``, a list's ``listReply(to:_:entries:owner:)`` or the work itself and
/// the reply to what it came to. Checks on the way that fail are answered by ``errorReply(to:_:)`` and
/// ``refusalReply(to:_:requestID:)``, which know the call's era.
public final class MCPEndpoint: Sendable {
    /// Who this server is.
    public let serverInfo: ServerInfo
    /// How a model should use the server as a whole.
    public let instructions: String?
    /// Declared capabilities: exactly what works.
    ///
    /// Methods of other families answer -32601.
    public let capabilities: ServerCapabilities
    /// Closes cursors.
    let seal: TextSeal
    /// `_meta` of every modern result.
    let serverMeta: [UInt8]

    /// Makes an endpoint.
    public init(
        serverInfo: ServerInfo, instructions: String?, capabilities: ServerCapabilities = ServerCapabilities(),
        seal: TextSeal
    ) {
        self.serverInfo = serverInfo
        self.instructions = instructions
        self.capabilities = capabilities
        self.seal = seal
        serverMeta = JSONObject([(MetaKey.serverInfo, serverInfo.json)]).encoded()
    }

    /// Most entries of a batch.
    public static let batchLimit = 32
}

/// Reserved keys of `_meta`.
enum MetaKey {
    static let protocolVersion = "io.modelcontextprotocol/protocolVersion"
    static let clientCapabilities = "io.modelcontextprotocol/clientCapabilities"
    static let serverInfo = "io.modelcontextprotocol/serverInfo"
    static let subscriptionID = "io.modelcontextprotocol/subscriptionId"
}

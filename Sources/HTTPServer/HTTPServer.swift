/// Serves HTTP/1.1 on TCP and unix sockets.
///
/// An event loop is a thread with a libevent base and a Swift executor on it; every connection is an actor that lives
/// on one loop, and its handler runs there too. Start once, drain once.
public final class HTTPServer: Sendable {
    /// Makes a server; nothing is opened yet.
    public init(_ configuration: HTTPServerConfiguration, handler: @escaping HTTPHandler) {
    }

    /// Binds every address, or none, and begins to accept.
    ///
    /// - Returns: What is bound, in the order configured; a name may give several.
    /// - Throws: ``HTTPServerError/addressInUse(_:)`` if somebody listens there, or another reason.
    @discardableResult
    public func start() throws(HTTPServerError) -> [BoundAddress] { throw .noListener }

    /// Stops accepting, lets what runs finish, and returns when no connection is left.
    public func drain(grace: Duration) async {}

    /// Connections open now.
    public var openConnectionCount: Int { 0 }
}

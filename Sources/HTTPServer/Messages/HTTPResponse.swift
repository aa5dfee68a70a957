/// Takes the pieces of a streamed answer.
public protocol BodyWriter: Sendable {
    /// Sends `bytes` as they are; an empty piece sends nothing.
    ///
    /// Suspends while more than 256 KiB wait for the peer to read.
    /// - Throws: ``HTTPError/peerClosed``, or `CancellationError` in a cancelled task.
    func write(_ bytes: [UInt8]) async throws
}

/// The answer of a handler.
///
/// The server writes `Date`, `Content-Length`, `Transfer-Encoding` and `Connection` itself and leaves out those given
/// here, but for `Connection: close`, which it obeys. A field whose name is no token is left out; control characters in
/// a value become spaces.
public struct HTTPResponse: Sendable {
    /// How the content comes.
    public enum Body: Sendable {
        /// All of it, sent with the head in one system call.
        case bytes([UInt8])
        /// Written piece by piece while the function runs; chunked for HTTP/1.1, ended by closing for 1.0.
        ///
        /// Runs on the connection's loop like the handler. If it throws, the connection is cut so that the client can
        /// tell that something is missing; an endless stream of events cancelled by a drain still ends properly.
        case stream(Producer)
    }

    /// Writes a streamed answer.
    public typealias Producer = nonisolated(nonsending) @Sendable (any BodyWriter) async throws -> Void

    /// 200...599; others are sent as 500.
    public var status: Int
    /// The fields beside those of the server.
    public var headers: HTTPHeaders
    /// The content; dropped for `HEAD`, 204 and 304.
    public var body: Body
    /// Whether a stream of events comes to an end by itself, so that a drain waits for it as for any other answer.
    public var endsByItself = false

    /// Makes an answer.
    public init(status: Int = 200, headers: HTTPHeaders = [:], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Whether it goes on until somebody ends it.
    var isEndless: Bool {
        !endsByItself && headers["Content-Type"]?.hasPrefix("text/event-stream") ?? false
    }
}

/// Answers one request.
///
/// Runs on the connection's event loop, which serves all other connections too: anything that takes more than about a
/// millisecond must leave it (`@concurrent`, another actor). The task is cancelled when the client is gone.
public typealias HTTPHandler = nonisolated(nonsending) @Sendable (HTTPRequest) async -> HTTPResponse

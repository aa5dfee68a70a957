/// Where a server listens.
public enum ListenAddress: Sendable, Hashable {
    /// A numeric address or a name; all addresses of a name are bound. `::` takes IPv4 too. Port 0 is any free port.
    case tcp(host: String, port: UInt16)
    /// The server's own socket file, mode 0600; a stale one that nobody answers on is replaced.
    case unix(path: String)
    /// A socket file for other programs of this machine, with the given permission bits; else like the own one.
    case shared(path: String, mode: UInt32)
}

/// Where a server does listen, with the port the system gave.
public enum BoundAddress: Sendable, Hashable {
    /// A numeric address and a real port.
    case tcp(host: String, port: UInt16)
    /// The path as configured.
    case unix(path: String)
}

/// Sizes a client cannot exceed.
///
/// Bytes unless said otherwise.
public struct HTTPLimits: Sendable {
    /// Longest request target; a longer one is answered with 414.
    public var targetByteCount = 8 * 1024
    /// Longest head, request line and fields together; 431.
    public var headByteCount = 16 * 1024
    /// Most field lines; 431.
    public var fieldCount = 100
    /// Longest declared body; 413 before the handler runs.
    ///
    /// Routes set their own limit in ``RequestBody/collect(upTo:)``.
    public var bodyByteCount = Int.max
    /// A body of at most this declared length is handed over complete; a longer one is streamed.
    public var wholeBodyByteCount = 64 * 1024
    /// Body bytes waiting for a slow handler before the socket is no longer read.
    public var bodyHighWater = 256 * 1024
    /// Answer bytes waiting for a slow client before a stream's writer is suspended.
    public var outputHighWater = 256 * 1024
    /// Connections open at a time; those above are answered with 503.
    public var connectionCount = 10_000
    /// Connections of one client at a time, or behind a trusted proxy requests; those above are answered with 503.
    ///
    /// A client is an IPv4 address or the /64 network of an IPv6 one. Loopback, socket files and the proxies themselves
    /// are not counted. 0 is no limit.
    public var connectionsPerAddress = 256
    /// Loopback counts like any address; in tests only.
    package var countsLoopback = false

    /// The defaults above.
    public init() {}
}

/// How long a client may take.
///
/// Kept by a sweep once a second, so each may last a second longer.
public struct HTTPTimeouts: Sendable {
    /// From a head's first byte to its last, however it is dripped; 408.
    public var head = Duration.seconds(10)
    /// An open connection without a request.
    public var keepAlive = Duration.seconds(60)
    /// Silence inside a body while we are willing to read; 408.
    public var bodySilence = Duration.seconds(15)
    /// After this much reading time a body must have come at ``bodyRate`` on average; 408.
    public var bodyGrace = Duration.seconds(10)
    /// Bytes a second.
    public var bodyRate = 500
    /// Answer bytes waiting and the client takes none.
    public var writeStall = Duration.seconds(30)
    /// After an answer that left request bytes unread: how long they are read and dropped (at most 1 MiB) so that
    /// closing does not destroy the answer on its way.
    public var linger = Duration.seconds(2)
    /// A client that has closed its sending side gets its answer; after this long without one, or without a piece of a
    /// stream, it counts as gone and the handler's task is cancelled.
    public var halfClosed = Duration.seconds(5)
    /// Time between two sweeps; shorter in tests only.
    package var sweep = Duration.seconds(1)

    /// The defaults above.
    public init() {}
}

/// All a server needs beside its handler.
public struct HTTPServerConfiguration: Sendable {
    /// Makes the answer the server itself gives to a request it refuses; called on the loop, and must not block it.
    ///
    /// The status of the answer is the one given, whatever it says; a stream counts as no content.
    public typealias ErrorAnswer = @Sendable (_ status: Int, _ reason: String, _ peer: PeerAddress) -> HTTPResponse

    /// At least one.
    public var listeners: [ListenAddress]
    /// Sizes.
    public var limits = HTTPLimits()
    /// Times.
    public var timeouts = HTTPTimeouts()
    /// With it every TCP listener speaks TLS and nothing else; socket files never do.
    public var tls: TLSContext?
    /// Whose word about the client is taken.
    public var trustedProxies = TrustedProxies()
    /// Event loops, a thread each; connections are dealt out in turn.
    public var loops: Int
    /// `reason` is a short English phrase without anything from the request.
    public var errorAnswer: ErrorAnswer

    /// Makes a configuration with the documented limits; error answers are plain text.
    public init(
        listeners: [ListenAddress], loops: Int = 1,
        errorAnswer: @escaping ErrorAnswer = { status, reason, _ in
            HTTPResponse(
                status: status, headers: ["Content-Type": "text/plain; charset=utf-8"],
                body: .bytes(Array("\(reason)\n".utf8)))
        }
    ) {
        self.listeners = listeners
        self.loops = loops
        self.errorAnswer = errorAnswer
    }
}

/// Who is at the other end of a connection.
public enum PeerAddress: Sendable, Hashable {
    /// A numeric IPv4 or IPv6 address; an IPv4 client of a dual-stack listener is given as IPv4.
    case ip(String)
    /// A process of this machine that may open the server's own socket file, ``ListenAddress/unix(path:)``.
    case unixSocket
    /// A process of this machine that may open a socket file made for others, ``ListenAddress/shared(path:mode:)``.
    case sharedSocket
}

/// A request whose head has passed the strict parser.
///
/// A `HEAD` request reaches the handler as `GET`; the server drops the body of the answer.
public struct HTTPRequest: Sendable {
    /// The method, as sent; a token of at most 20 characters.
    public var method: String
    /// The request target exactly as sent: visible ASCII without `#`.
    public let target: String
    /// The path, still percent-encoded; scheme and authority of an absolute-form target are cut off.
    public let path: String
    /// What follows the first `?`, still percent-encoded; nil without a `?`.
    public let query: String?
    /// The fields; `Host` is the target's authority where the target is in absolute form (RFC 9112, section 3.2.2).
    public var headers: HTTPHeaders
    /// The body, empty if there is none.
    public var body: RequestBody
    /// The other end of the connection.
    public var peer: PeerAddress
    /// Who asks: the peer, or behind a trusted proxy the client it names.
    public var client: PeerAddress
    /// Whether the client's way here is TLS, by this connection or by the word of a trusted proxy.
    public var isSecure = false
    /// The name in the certificate that the peer showed and the server verified; nil without one.
    public var clientCertificateName: String?

    /// Makes a request without a connection, as tests and in-process callers do.
    public init(
        method: String, target: String, headers: HTTPHeaders = [:], body: RequestBody = RequestBody([]),
        peer: PeerAddress = .unixSocket
    ) {
        let parts = RequestTarget(target)
        self.init(method: method, target: parts, headers: headers, body: body, peer: peer)
    }

    init(method: String, target: RequestTarget, headers: HTTPHeaders, body: RequestBody, peer: PeerAddress) {
        self.method = method
        self.target = target.raw
        path = target.path
        query = target.query
        self.headers = headers
        self.body = body
        self.peer = peer
        client = peer
    }
}

extension HTTPRequest {
    /// The path split at `/`, each segment percent-decoded.
    ///
    /// `/` gives no segment, a trailing `/` a last empty one; an encoded slash stays inside its segment.
    /// - Returns: nil if an escape or the UTF-8 is invalid, or a segment is `.`, `..` or holds NUL.
    public var pathSegments: [String]? {
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        if path.utf8.count == 1 { return [] }
        var segments: [String] = []
        for piece in path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let segment = PercentEncoding.decode(piece, plusIsSpace: false), segment != ".", segment != "..",
                !segment.utf8.contains(0)
            else { return nil }
            segments.append(segment)
        }
        return segments
    }

    /// The query split at `&` and the first `=`, both sides decoded as a form sends them (`+` is a space).
    ///
    /// - Returns: Items in order, empty without a query; nil if an escape or the UTF-8 is invalid.
    public var queryItems: [(name: String, value: String)]? {
        query.map(FormEncoding.items) ?? []
    }
}

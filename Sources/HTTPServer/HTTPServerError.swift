import Glibc

/// Why a server did not start.
public enum HTTPServerError: Error, Hashable {
    /// Somebody listens there already.
    case addressInUse(ListenAddress)
    /// The name has no address; `code` is that of `getaddrinfo`.
    case unknownHost(String, code: Int32)
    /// A file that is not a socket stands where the socket should be.
    case notASocket(path: String)
    /// The path does not fit a socket address (107 bytes) or is empty or holds NUL.
    case invalidSocketPath(String)
    /// The system refused; `code` is an `errno`.
    case cannotListen(ListenAddress, code: Int32)
    /// The system refused an event base, a descriptor or a thread.
    case outOfResources
    /// The configuration names no address.
    case noListener
    /// A server runs once.
    case alreadyStarted
}

extension HTTPServerError: CustomStringConvertible {
    /// One English sentence for the operator.
    public var description: String {
        switch self {
        case .addressInUse(let address): "\(Self.name(address)) is in use"
        case .unknownHost(let host, let code): "no address for \(host): \(String(cString: gai_strerror(code)))"
        case .notASocket(let path): "\(path) exists and is not a socket"
        case .invalidSocketPath(let path): "\(path) cannot be a socket's path (1 to 107 bytes)"
        case .cannotListen(let address, let code):
            "cannot listen on \(Self.name(address)): \(String(cString: strerror(code)))"
        case .outOfResources: "the system has no resources left for an event loop"
        case .noListener: "no address to listen on"
        case .alreadyStarted: "the server was started before"
        }
    }

    private static func name(_ address: ListenAddress) -> String {
        switch address {
        case .tcp(let host, let port): host.utf8.contains(ASCII.colon) ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path), .shared(let path, _): path
        }
    }
}

import Glibc

/// Where the bridge sends messages.
struct RelayEndpoint {
    let url: String
    /// The socket file through which `url` is reached; else by the network.
    let socket: String?
    /// PEM certificates to trust instead of the system's.
    let authorities: String?
    /// This machine: no proxy of the environment is asked.
    let isLocal: Bool
    /// How messages name it.
    let name: String

    /// The server on a data folder of this machine.
    init(socket: String, folder: String) {
        url = "http://localhost/mcp"
        self.socket = socket
        authorities = nil
        isLocal = true
        name = "the server of \(folder)"
    }

    /// - Parameters:
    ///   - text: `http(s)://HOST[:PORT]` with or without a path; without one, `/mcp`.
    ///   - allowsPlain: Whether a credential may cross the network in the clear.
    init(_ text: String, authorities: String?, allowsPlain: Bool) throws(UsageError) {
        let scheme = text.prefix { $0 != "/" }
        let rest = text.dropFirst(scheme.count + 2)
        let authority = rest.prefix { $0 != "/" }
        var path = rest.dropFirst(authority.count)
        if path.isEmpty || path == "/" { path = "/mcp" }
        guard let origin = WebOrigin(String(text.dropLast(rest.count) + authority)),
            path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") })
        else { throw UsageError(message: "option --url takes http(s)://HOST[:PORT][/PATH], not \(text)") }
        isLocal = HostAndPort.isLoopback(origin.host)
        guard origin.scheme == "https" || isLocal || allowsPlain else {
            throw UsageError(
                message: "\(origin) would carry the key over the network in the clear; use https://, "
                    + "or say --plain-http if you trust every machine between")
        }
        url = "\(origin)\(path)"
        name = url
        socket = nil
        if let authorities, access(authorities, R_OK) != 0 {
            throw UsageError(
                message: "option --cacert: \(authorities) cannot be read: \(String(cString: strerror(errno)))")
        }
        self.authorities = authorities
    }
}

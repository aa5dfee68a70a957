package import HTTPServer

/// Which `Host` and `Origin` values this box answers for; checked on every route before anything else.
///
/// A page on another site can make a browser send requests to 127.0.0.1, even under a name of its own that resolves there. It cannot
/// choose the `Host` of a name it does not own, nor hide its `Origin`.
package struct ServedHosts: Sendable {
    /// Nobody but this machine can come.
    private let isLoopbackOnly: Bool
    /// This machine can come by loopback.
    private let takesLoopback: Bool
    private let hosts: Set<String>
    private let publicOrigin: WebOrigin?
    private let servesTLS: Bool

    /// - Parameters:
    ///   - listenHosts: Names or addresses of the listeners.
    ///   - publicURL: Where clients reach the box, when that differs.
    ///   - allowedHosts: Further names, without ports.
    ///   - servesTLS: Whether the listener speaks TLS.
    package init(listenHosts: [String], publicURL: WebOrigin?, allowedHosts: [String], servesTLS: Bool = false) {
        self.servesTLS = servesTLS
        let listenHosts = listenHosts.map { $0.lowercased() }
        isLoopbackOnly = listenHosts.allSatisfy(HostAndPort.isLoopback)
        takesLoopback = listenHosts.contains { HostAndPort.isWildcard($0) || HostAndPort.isLoopback($0) }
        var hosts = Set(allowedHosts.map { $0.lowercased() })
        hosts.formUnion(listenHosts.filter { !HostAndPort.isWildcard($0) && !HostAndPort.isLoopback($0) })
        if let publicURL { hosts.insert(publicURL.host) }
        self.hosts = hosts
        publicOrigin = publicURL
    }

    /// Refuses a request that is not meant for this box.
    /// - Parameter takesAnyOrigin: For what any page may read.
    /// - Throws: ``ApplianceError/hostNotServed``, ``ApplianceError/originNotAllowed``.
    package func check(_ request: HTTPRequest, takesAnyOrigin: Bool = false) throws(ApplianceError) {
        let answersLoopback = isLoopbackOnly || isLocal(request.peer)
        guard let host = request.headers.sole("Host").flatMap(HostAndPort.init),
            hosts.contains(host.host) || (answersLoopback && HostAndPort.isLoopback(host.host))
        else { throw .hostNotServed }
        let origins = request.headers.values("Origin")
        guard !origins.isEmpty, !takesAnyOrigin else { return }
        guard origins.count == 1, let origin = WebOrigin(origins[0]),
            allows(origin, answersLoopback: answersLoopback, isSecure: servesTLS || request.isSecure)
        else {
            throw .originNotAllowed
        }
    }

    /// Whether pages of this origin may call.
    ///
    /// Loopback and further names on any port: their pages come from this machine or from the operator's own hosts.
    /// The public origin exactly. A page that came over plain HTTP may be anybody's, whatever its host: on a box that
    /// speaks TLS, by itself or by the proxy in front, it may call from loopback only.
    private func allows(_ origin: WebOrigin, answersLoopback: Bool, isSecure: Bool) -> Bool {
        if let publicOrigin, origin.host == publicOrigin.host { return origin == publicOrigin }
        let isTrustworthy = !isSecure || origin.scheme == "https"
        return (hosts.contains(origin.host) && isTrustworthy)
            || (answersLoopback && HostAndPort.isLoopback(origin.host))
    }

    /// A socket file, or loopback where a listener takes it.
    private func isLocal(_ peer: PeerAddress) -> Bool {
        switch peer {
        case .unixSocket, .sharedSocket: true
        case .ip(let address): takesLoopback && HostAndPort.isLoopback(address)
        }
    }
}

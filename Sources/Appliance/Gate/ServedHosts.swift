package import HTTPServer

/// Which `Host` and `Origin` values this box answers for; checked on every route before anything else.
///
/// A page on another site can make a browser send requests to 127.0.0.1, even under a name of its own that resolves there. It cannot
/// choose the `Host` of a name it does not own, nor hide its `Origin`.
package struct ServedHosts: Sendable {
    private let answersLoopbackNames: Bool
    private let isWildcard: Bool
    private let hosts: Set<String>
    private let publicOrigin: WebOrigin?
    private let servesTLS: Bool

    /// - Parameters:
    ///   - listenHost: Name or address of the listener.
    ///   - publicURL: Where clients reach the box, when that differs.
    ///   - allowedHosts: Further names, without ports.
    ///   - servesTLS: Whether the listener speaks TLS.
    package init(listenHost: String, publicURL: WebOrigin?, allowedHosts: [String], servesTLS: Bool = false) {
        self.servesTLS = servesTLS
        let listenHost = listenHost.lowercased()
        answersLoopbackNames = HostAndPort.isLoopback(listenHost)
        isWildcard = HostAndPort.isWildcard(listenHost)
        var hosts = Set(allowedHosts.map { $0.lowercased() })
        if !isWildcard { hosts.insert(listenHost) }
        if let publicURL { hosts.insert(publicURL.host) }
        self.hosts = hosts
        publicOrigin = publicURL
    }

    /// Refuses a request that is not meant for this box.
    /// - Parameter takesAnyOrigin: For what any page may read.
    /// - Throws: ``ApplianceError/hostNotServed``, ``ApplianceError/originNotAllowed``.
    package func check(_ request: HTTPRequest, takesAnyOrigin: Bool = false) throws(ApplianceError) {
        let answersLoopback = answersLoopbackNames || isLocal(request.peer)
        guard request.headers.values("Host").count == 1, let host = request.headers["Host"].flatMap(HostAndPort.init),
            hosts.contains(host.host) || (answersLoopback && HostAndPort.isLoopback(host.host))
        else { throw .hostNotServed }
        let origins = request.headers.values("Origin")
        guard !origins.isEmpty, !takesAnyOrigin else { return }
        guard origins.count == 1, let origin = WebOrigin(origins[0]), allows(origin, answersLoopback: answersLoopback)
        else {
            throw .originNotAllowed
        }
    }

    /// Whether pages of this origin may call.
    ///
    /// Loopback and further names on any port: their pages come from this machine or from the operator's own hosts.
    /// The public origin exactly. A page that came over plain HTTP may be anybody's, whatever its host: on a box that
    /// speaks TLS it may call from loopback only.
    private func allows(_ origin: WebOrigin, answersLoopback: Bool) -> Bool {
        if let publicOrigin, origin.host == publicOrigin.host { return origin == publicOrigin }
        let isTrustworthy = !servesTLS || origin.scheme == "https"
        return (hosts.contains(origin.host) && isTrustworthy)
            || (answersLoopback && HostAndPort.isLoopback(origin.host))
    }

    /// The socket file, or loopback on a listener that takes every address.
    private func isLocal(_ peer: PeerAddress) -> Bool {
        switch peer {
        case .unixSocket: true
        case .ip(let address): isWildcard && HostAndPort.isLoopback(address)
        }
    }
}

import Glibc

/// A socket that listens, and the file it made if it is a unix socket.
struct ListeningSocket: Sendable {
    let descriptor: Int32
    let address: BoundAddress
    /// For other programs than the server's own.
    private(set) var isShared = false
    private let file: FileIdentity?

    private struct FileIdentity: Sendable, Equatable {
        let device: UInt
        let inode: UInt

        init?(_ path: String) {
            var status = stat()
            guard lstat(path, &status) == 0 else { return nil }
            device = UInt(status.st_dev)
            inode = UInt(status.st_ino)
        }
    }

    /// Opens all sockets of one configured address, or none.
    static func open(_ address: ListenAddress) throws(HTTPServerError) -> [ListeningSocket] {
        switch address {
        case .tcp(let host, let port): try openTCP(host, port)
        case .unix(let path): [try openUnix(path, address, mode: 0o600)]
        case .shared(let path, let mode): [try openUnix(path, address, mode: mode)]
        }
    }

    /// Closes the descriptor and removes the socket's file, unless another server has replaced it meanwhile.
    func close() {
        if case .unix(let path) = address, let file, file == FileIdentity(path) { unlink(path) }
        Glibc.close(descriptor)
    }

    // MARK: TCP

    private static func openTCP(_ host: String, _ port: UInt16) throws(HTTPServerError) -> [ListeningSocket] {
        // With port 0 the first address gets a free port, which may be taken on the second: then all are tried anew.
        for _ in 0..<8 {
            do throws(HTTPServerError) {
                return try openEveryAddress(host, port)
            } catch {
                guard case .addressInUse = error, port == 0 else { throw error }
            }
        }
        throw .addressInUse(.tcp(host: host, port: port))
    }

    private static func openEveryAddress(_ host: String, _ port: UInt16) throws(HTTPServerError) -> [ListeningSocket] {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &found)
        guard code == 0 else { throw .unknownHost(host, code: code) }
        defer { freeaddrinfo(found) }
        let configured = ListenAddress.tcp(host: host, port: port)
        var sockets: [ListeningSocket] = []
        var chosenPort = port
        var lastCode = EADDRNOTAVAIL
        var next = found
        while let entry = next {
            next = entry.pointee.ai_next
            guard let address = entry.pointee.ai_addr else { continue }
            let length = entry.pointee.ai_addrlen
            SocketAddress.setPort(chosenPort, in: address)
            let name = BoundAddress.tcp(host: SocketAddress.numericHost(address, length) ?? host, port: chosenPort)
            if sockets.contains(where: { $0.address == name }) { continue }
            switch listen(address, length, takesIPv4: host == "::") {
            case .success(let socket):
                if case .tcp(_, let port) = socket.address { chosenPort = port }
                sockets.append(socket)
            case .failure(let failure):
                lastCode = failure.code
                // A machine without IPv6 still resolves `localhost` to `::1`.
                if failure.code == EADDRNOTAVAIL || failure.code == EAFNOSUPPORT { continue }
                for socket in sockets { socket.close() }
                throw failure.code == EADDRINUSE
                    ? .addressInUse(configured) : .cannotListen(configured, code: failure.code)
            }
        }
        if sockets.isEmpty { throw .cannotListen(configured, code: lastCode) }
        return sockets
    }

    private struct SystemFailure: Error {
        let code: Int32
    }

    private static func listen(
        _ address: UnsafeMutablePointer<sockaddr>, _ length: socklen_t, takesIPv4: Bool
    ) -> Result<ListeningSocket, SystemFailure> {
        let family = Int32(address.pointee.sa_family)
        let descriptor = socket(family, streamType, 0)
        guard descriptor >= 0 else { return .failure(SystemFailure(code: errno)) }
        // On Linux this lets go of connections in TIME_WAIT only; a listener in use stays in use.
        setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        if family == AF_INET6 { setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, takesIPv4 ? 0 : 1) }
        guard bind(descriptor, address, length) == 0, Glibc.listen(descriptor, backlog) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            return .failure(SystemFailure(code: code))
        }
        let (host, port) = SocketAddress.local(descriptor)
        return .success(ListeningSocket(descriptor: descriptor, address: .tcp(host: host, port: port), file: nil))
    }

    private static let backlog: Int32 = 1024
    private static let streamType = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

    private static func setOption(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    // MARK: Unix

    private static func openUnix(
        _ path: String, _ configured: ListenAddress, mode: UInt32
    ) throws(HTTPServerError) -> ListeningSocket {
        guard var address = SocketAddress.unix(path) else { throw .invalidSocketPath(path) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        try removeStaleSocket(path, configured, &address)
        let descriptor = socket(AF_UNIX, streamType, 0)
        guard descriptor >= 0 else { throw .cannotListen(configured, code: errno) }
        // Linux gives the file the mode of the socket, so at no moment can more users connect than may.
        let isBound = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                fchmod(descriptor, 0o600) == 0 && bind(descriptor, $0, length) == 0
            }
        }
        guard isBound, chmod(path, mode) == 0, Glibc.listen(descriptor, backlog) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw code == EADDRINUSE ? .addressInUse(configured) : .cannotListen(configured, code: code)
        }
        var socket = ListeningSocket(descriptor: descriptor, address: .unix(path: path), file: FileIdentity(path))
        if case .shared = configured { socket.isShared = true }
        return socket
    }

    /// A file left by a server that was killed refuses connections; one of a living server accepts them.
    private static func removeStaleSocket(
        _ path: String, _ configured: ListenAddress, _ address: inout sockaddr_un
    ) throws(HTTPServerError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
        let probe = socket(AF_UNIX, streamType, 0)
        guard probe >= 0 else { throw .cannotListen(configured, code: errno) }
        defer { Glibc.close(probe) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let code = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(probe, $0, length) == 0 ? 0 : errno }
        }
        switch code {
        case ECONNREFUSED:
            if unlink(path) != 0, errno != ENOENT { throw .cannotListen(configured, code: errno) }
        case ENOENT: break
        // A full backlog (EAGAIN) or no permission: somebody is there.
        default: throw .addressInUse(configured)
        }
    }
}

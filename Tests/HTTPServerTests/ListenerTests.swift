import Glibc
import HTTPServer
import Testing

@Suite struct ListenerTests {
    private static let request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

    private func server(_ listeners: ListenAddress...) -> HTTPServer {
        HTTPServer(HTTPServerConfiguration(listeners: listeners)) { request in
            answer(200, "\(request.peer)")
        }
    }

    private func mode(_ path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : nil
    }

    @Test func `TCP over both families and a unix socket serve at once`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/carrel.sock"
        let server = server(.tcp(host: "127.0.0.1", port: 0), .tcp(host: "::1", port: 0), .unix(path: path))
        let bound = try server.start()
        guard bound.count == 3, case .tcp("127.0.0.1", let four) = bound[0], case .tcp("::1", let six) = bound[1] else {
            Issue.record("\(bound)")
            return
        }
        #expect(four != 0 && six != 0)
        #expect(bound[2] == .unix(path: path))
        #expect(mode(path) == S_IFSOCK | 0o600)
        let peers = try await onThread {
            try [RawClient(port: four), RawClient(port: six, host: "::1"), RawClient(unix: path)].map { client in
                client.send(Self.request)
                return try client.readAnswer().text
            }
        }
        #expect(peers == ["ip(\"127.0.0.1\")", "ip(\"::1\")", "unixSocket"])
        await server.drain(grace: .zero)
        #expect(mode(path) == nil)
    }

    @Test func `a socket for others has its mode, and its callers are told apart from the own one's`() async throws {
        let directory = try TemporaryDirectory()
        let (own, shared) = (directory.path + "/own", directory.path + "/shared")
        let server = server(.shared(path: shared, mode: 0o666), .unix(path: own))
        #expect(try server.start() == [.unix(path: shared), .unix(path: own)])
        #expect(mode(shared) == S_IFSOCK | 0o666)
        #expect(mode(own) == S_IFSOCK | 0o600)
        let peers = try await onThread {
            try [shared, own].map { path in
                let client = try RawClient(unix: path)
                client.send(Self.request)
                return try client.readAnswer().text
            }
        }
        #expect(peers == ["sharedSocket", "unixSocket"])
        await server.drain(grace: .zero)
        #expect(mode(shared) == nil)
    }

    @Test func `the double wildcard takes IPv4 too, and names it so`() async throws {
        let server = server(.tcp(host: "::", port: 0))
        guard case .tcp("::", let port) = try server.start()[0] else {
            Issue.record("not bound to ::")
            return
        }
        let peer = try await onThread {
            let client = try RawClient(port: port)
            client.send(Self.request)
            return try client.readAnswer().text
        }
        #expect(peer == "ip(\"127.0.0.1\")")
        await server.drain(grace: .zero)
    }

    @Test func `a name is bound on all its addresses with one port`() async throws {
        let server = server(.tcp(host: "localhost", port: 0))
        let bound = try server.start()
        #expect(!bound.isEmpty)
        let ports = bound.map { if case .tcp(_, let port) = $0 { port } else { UInt16(0) } }
        #expect(Set(ports).count == 1)
        await server.drain(grace: .zero)
    }

    @Test func `a port in use is told apart, and nothing stays open`() async throws {
        try await withServer { _, port in
            let directory = try TemporaryDirectory()
            let path = directory.path + "/s"
            let address = ListenAddress.tcp(host: "127.0.0.1", port: port)
            let second = server(.unix(path: path), address)
            #expect(throws: HTTPServerError.addressInUse(address)) { try second.start() }
            #expect(mode(path) == nil)
        }
    }

    @Test func `a port can be taken again right after a drain`() async throws {
        let port = try await withServer { server, port in
            try await onThread {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                _ = try client.readToEnd()
            }
            return port
        }
        let again = server(.tcp(host: "127.0.0.1", port: port))
        try again.start()
        await again.drain(grace: .zero)
    }

    @Test func `a stale socket is replaced, a living one is not`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/s"
        // Left by a process that was killed: bound, but nobody listens.
        let left = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let code = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(left, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(code == 0)
        close(left)
        #expect(mode(path) != nil)

        let first = server(.unix(path: path))
        try first.start()
        let second = server(.unix(path: path))
        #expect(throws: HTTPServerError.addressInUse(.unix(path: path))) { try second.start() }
        let peer = try await onThread {
            let client = try RawClient(unix: path)
            client.send(Self.request)
            return try client.readAnswer().text
        }
        #expect(peer == "unixSocket")
        await first.drain(grace: .zero)
    }

    @Test func `a foreign file is never removed`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/precious"
        close(open(path, O_CREAT | O_WRONLY, 0o644))
        #expect(throws: HTTPServerError.notASocket(path: path)) { try server(.unix(path: path)).start() }
        #expect(mode(path) == S_IFREG | 0o644)
    }

    @Test func `impossible addresses are told apart`() {
        let long = "/tmp/" + String(repeating: "x", count: 120)
        #expect(throws: HTTPServerError.invalidSocketPath(long)) { try server(.unix(path: long)).start() }
        #expect(throws: HTTPServerError.invalidSocketPath("")) { try server(.unix(path: "")).start() }
        #expect(throws: HTTPServerError.noListener) { try server().start() }
        #expect(throws: HTTPServerError.self) { try server(.tcp(host: "no such host.invalid", port: 0)).start() }
        // An address of the documentation range is not ours.
        let foreign = ListenAddress.tcp(host: "192.0.2.1", port: 0)
        #expect(throws: HTTPServerError.cannotListen(foreign, code: EADDRNOTAVAIL)) { try server(foreign).start() }
        let nowhere = ListenAddress.unix(path: "/nonexistent/dir/s")
        #expect(throws: HTTPServerError.cannotListen(nowhere, code: ENOENT)) { try server(nowhere).start() }
    }
}

import COpenSSL
import Glibc
import HTTPServer
import TestKit
import Testing

@Suite struct TLSTests {
    private static let ask = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

    /// A server that speaks TLS, on a certificate of its own.
    private func withTLS<T>(
        _ minimum: TLSVersion = .v1_3, _ configure: (inout HTTPServerConfiguration) -> Void = { _ in },
        handler: @escaping HTTPHandler = demoHandler, _ body: (HTTPServer, UInt16) async throws -> T
    ) async throws -> T {
        let files = try ServedCertificate()
        let context = try files.context(minimum)
        return try await withServer(
            {
                $0.tls = context
                $0.timeouts.sweep = .milliseconds(10)
                configure(&$0)
            }, handler: handler, body)
    }

    @Test(arguments: [1, 7, 1400, Int.max])
    func `requests are answered however the records are cut`(fragment: Int) async throws {
        try await withTLS { _, port in
            try await onThread {
                let client = try TLSClient(port: port, protocols: ["http/1.1"], fragment: fragment)
                try client.connect()
                #expect(client.version == TLS1_3_VERSION && client.chosenProtocol == "http/1.1")
                for _ in 0..<3 {
                    client.send(Self.ask)
                    #expect(try client.readAnswer().body == Array("GET / h".utf8))
                }
                // Many requests in one record, and one request in many.
                client.send(String(repeating: Self.ask, count: 50))
                for _ in 0..<50 { #expect(try client.readAnswer().status == 200) }
                for byte in Self.ask.utf8 { client.send([byte]) }
                #expect(try client.readAnswer().status == 200)
            }
        }
    }

    @Test func `large bodies pass both ways`() async throws {
        try await withTLS { _, port in
            try await onThread {
                let client = try TLSClient(port: port)
                try client.connect()
                let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
                client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.count)\r\n\r\n")
                client.send(body)
                #expect(try client.readAnswer().body == body)
                client.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
                pause(milliseconds: 200)
                #expect(try client.readAnswer().body == [UInt8](repeating: 98, count: 8 << 20))
            }
        }
    }

    /// What has left the socket but waits inside OpenSSL is announced by no event.
    @Test func `a body goes on after its handler held it up`() async throws {
        try await withTLS {
            $0.limits.wholeBodyByteCount = 0
            $0.limits.bodyHighWater = 1000
        } handler: { request in
            var count = 0
            do {
                for try await piece in request.body {
                    count += piece.count
                    try await Task.sleep(for: .milliseconds(1))
                }
            } catch { return answer(500) }
            return answer(200, "\(count)")
        } _: { _, port in
            try await onThread {
                let client = try TLSClient(port: port)
                try client.connect()
                let body = [UInt8](repeating: 120, count: 400_000)
                client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.count)\r\n\r\n")
                client.send(body)
                #expect(try client.readAnswer().body == Array("400000".utf8))
            }
        }
    }

    @Test func `older versions and other protocols are refused`() async throws {
        try await withTLS { server, port in
            try await onThread {
                #expect(throws: TLSClient.Failure.self) { try TLSClient(port: port, maximum: TLS1_2_VERSION).connect() }
                #expect(throws: TLSClient.Failure.self) { try TLSClient(port: port, protocols: ["spdy/3"]).connect() }
            }
            #expect(await eventually { server.openConnectionCount == 0 })
        }
        try await withTLS(.v1_2) { _, port in
            try await onThread {
                let client = try TLSClient(port: port, maximum: TLS1_2_VERSION, fragment: 1)
                try client.connect()
                #expect(client.version == TLS1_2_VERSION)
                client.send(Self.ask)
                #expect(try client.readAnswer().status == 200)
                #expect(throws: TLSClient.Failure.self) { try TLSClient(port: port, maximum: TLS1_1_VERSION).connect() }
            }
        }
    }

    @Test func `a client that said goodbye still gets its answer`() async throws {
        try await withTLS { _, port in
            try await onThread {
                for path in ["/", "/stream"] {
                    let client = try TLSClient(port: port)
                    try client.connect()
                    client.send("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
                    client.sayGoodbye()
                    #expect(try client.readToEnd().hasPrefix("HTTP/1.1 200"))
                    #expect(client.ending == .goodbye)
                }
            }
        }
    }

    @Test func `a connection cut without a word cancels its handler`() async throws {
        let isRunning = Signal()
        let isCancelled = Signal()
        try await withTLS {
            $0.timeouts.halfClosed = .seconds(3600)
        } handler: { _ in
            isRunning.set()
            do { try await Task.sleep(for: .seconds(3600)) } catch { isCancelled.set() }
            return answer(200)
        } _: { server, port in
            try await onThread {
                let client = try TLSClient(port: port)
                try client.connect()
                client.send(Self.ask)
                client.socket.finishSending()
                _ = try client.readToEnd()
                #expect(client.ending == .cut)
            }
            #expect(await eventually { isCancelled.isSet && server.openConnectionCount == 0 })
            #expect(isRunning.isSet)
        }
    }

    @Test func `only a complete answer ends with a goodbye`() async throws {
        try await withTLS { _ in
        } handler: { request in
            if request.path == "/whole" { return answer(200, "whole") }
            return HTTPResponse(
                body: .stream { writer in
                    try await writer.write(Array("part".utf8))
                    throw HTTPError.bodyUnavailable
                })
        } _: { _, port in
            try await onThread {
                for (path, ending) in [("/whole", TLSClient.Ending.goodbye), ("/part", .cut)] {
                    let client = try TLSClient(port: port)
                    try client.connect()
                    // HTTP/1.0: nothing but the end of the connection ends the stream.
                    client.send("GET \(path) HTTP/1.0\r\nHost: h\r\n\r\n")
                    #expect(try client.readToEnd().hasPrefix("HTTP/1.1 200"))
                    #expect(client.ending == ending)
                }
            }
        }
    }

    @Test func `plain HTTP on the port is told where to go`() async throws {
        try await withTLS { _, port in
            try await onThread {
                let client = try RawClient(port: port)
                client.send(
                    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n"
                        + String(repeating: "x", count: 300_000))
                let refusal = try client.readAnswer()
                #expect(refusal.status == 400 && refusal.text.contains("https://"))
                #expect(refusal.fields["connection"] == "close")
                let binary = try RawClient(port: port)
                binary.send([0x80, 0x2E, 1, 0, 2])
                #expect(try binary.readToEnd() == "")
            }
        }
    }

    /// Silence, a dripping hello, and a handshake left half-way.
    @Test func `a handshake has its time and no more`() async throws {
        try await withTLS {
            $0.timeouts.head = .milliseconds(300)
        } _: { server, port in
            try await onThread {
                let silent = try RawClient(port: port)
                let dripping = try RawClient(port: port)
                dripping.send([22])
                #expect(try silent.isClosedByServer())
                for byte in [UInt8]([3, 1, 2, 0, 1, 0, 1, 252]) {
                    pause(milliseconds: 20)
                    dripping.send([byte])
                }
                #expect(try dripping.isClosedByServer())
            }
            #expect(await eventually { server.openConnectionCount == 0 })
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `spoilt records end the connection and nothing else`(seed: UInt64) async throws {
        try await withTLS { server, port in
            try await onThread {
                var random = SeededRandom(seed: seed)
                for _ in 0..<40 {
                    let client = try TLSClient(port: port)
                    var bytes: [UInt8]
                    if Bool.random(using: &random) {
                        try client.connect()
                        bytes = client.seal(Self.ask)
                        let place = Int.random(in: 0..<bytes.count, using: &random)
                        bytes[place] ^= UInt8.random(in: 1...255, using: &random)
                    } else {
                        bytes = [22, 3, 1] + (0..<600).map { _ in UInt8.random(in: 0...255, using: &random) }
                    }
                    client.socket.send(bytes)
                    client.socket.finishSending()
                    #expect(try !client.readToEnd().hasPrefix("HTTP/1.1 200"))
                }
                let client = try TLSClient(port: port)
                try client.connect()
                client.send(Self.ask)
                #expect(try client.readAnswer().status == 200)
            }
            #expect(await eventually { server.openConnectionCount == 0 })
        }
    }

    @Test func `too many clients are told so, in TLS`() async throws {
        try await withTLS {
            $0.limits.connectionCount = 1
        } _: { _, port in
            try await onThread {
                let first = try TLSClient(port: port)
                try first.connect()
                first.send(Self.ask)
                #expect(try first.readAnswer().status == 200)
                // The refusal waits for the handshake, whether its first bytes are there already or not.
                for delay in [0, 50] {
                    let second = try TLSClient(port: port)
                    pause(milliseconds: delay)
                    try second.connect()
                    #expect(try second.readAnswer().status == 503)
                }
                let plain = try RawClient(port: port)
                pause(milliseconds: 50)
                plain.send(Self.ask)
                #expect(try plain.readAnswer().status == 503)
                first.send(Self.ask)
                #expect(try first.readAnswer().status == 200)
            }
        }
    }

    @Test func `the socket file stays plain`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/s"
        try await withTLS {
            $0.listeners.append(.unix(path: path))
        } _: { _, _ in
            try await onThread {
                let client = try RawClient(unix: path)
                client.send(Self.ask)
                #expect(try client.readAnswer().status == 200)
            }
        }
    }

    @Test func `idle connections hear a goodbye when the server goes`() async throws {
        let files = try ServedCertificate()
        let context = try files.context()
        var configuration = HTTPServerConfiguration(listeners: [.tcp(host: "127.0.0.1", port: 0)])
        configuration.tls = context
        let server = HTTPServer(configuration, handler: demoHandler)
        guard case .tcp(_, let port) = try server.start()[0] else { return }
        let isIdle = Signal()
        async let ending = onThread {
            let client = try TLSClient(port: port)
            try client.connect()
            client.send(Self.ask)
            _ = try client.readAnswer()
            isIdle.set()
            _ = try client.readToEnd()
            return client.ending
        }
        await isIdle.wait()
        await server.drain(grace: .seconds(20))
        #expect(try await ending == .goodbye)
    }

    @Test func `a reload that fails leaves the old certificate`() throws {
        let files = try ServedCertificate()
        let context = try files.context()
        let before = context.expiresAt
        files.put(Array("nonsense".utf8), files.key)
        #expect(throws: TLSError.noKey(path: files.key)) { try context.reload() }
        #expect(context.expiresAt == before)
        files.put(Array("x".utf8), files.key, mode: 0o640)
        #expect(throws: TLSError.exposedKey(path: files.key, mode: 0o640)) { try context.reload() }
        try files.renew()
        #expect(throws: Never.self) { try context.reload() }
    }
}

import Glibc
import HTTPServer
import Synchronization
import Testing

@Suite struct DisconnectTests {
    @Test func `a half-closed client gets all its answers`() async throws {
        try await withServer { _, port in
            try await onThread {
                for path in ["/", "/stream", "/large"] {
                    let client = try RawClient(port: port)
                    client.send("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")
                    client.finishSending()
                    #expect(try client.readAnswer().status == 200)
                    #expect(try client.readAnswer().text == "GET / h")
                    #expect(try client.readToEnd() == "")
                }
                let upload = try RawClient(port: port)
                upload.send(
                    "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n"
                        + String(repeating: "z", count: 100_000))
                upload.finishSending()
                #expect(try upload.readAnswer().body.count == 100_000)
            }
        }
    }

    enum Departure: CaseIterable { case reset, close, unixClose }

    @Test(arguments: Departure.allCases)
    func `a client gone cancels its handler`(departure: Departure) async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/s"
        let isRunning = Signal()
        let isCancelled = Signal()
        try await withServer {
            $0.listeners.append(.unix(path: path))
            $0.timeouts.sweep = .milliseconds(10)
            // A polite end looks like a half-closed client; a reset, or the end of a unix socket, does not.
            $0.timeouts.halfClosed = departure == .close ? .milliseconds(50) : .seconds(3600)
        } handler: { _ in
            isRunning.set()
            do { try await Task.sleep(for: .seconds(3600)) } catch { isCancelled.set() }
            return answer(200)
        } _: { server, port in
            let client = try await onThread {
                let client = departure == .unixClose ? try RawClient(unix: path) : try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                return Kept(client)
            }
            await isRunning.wait()
            client.client.withLock { departure == .reset ? $0?.reset() : $0?.close() }
            #expect(await eventually { isCancelled.isSet && server.openConnectionCount == 0 })
        }
    }

    @Test func `cut downloads and uploads leak no descriptor`() async throws {
        try await withServer { server, port in
            try await onThread {
                for number in 0..<60 {
                    let download = try RawClient(port: port)
                    download.send("GET /flood HTTP/1.1\r\nHost: h\r\n\r\n")
                    _ = try download.read(until: "aaaa")
                    let upload = try RawClient(port: port)
                    upload.send(
                        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n"
                            + String(repeating: "x", count: 200_000))
                    let refused = try RawClient(port: port)
                    refused.send("NONSENSE\r\n\r\n")
                    for client in [download, upload, refused] { number % 2 == 0 ? client.close() : client.reset() }
                }
            }
            #expect(await eventually { server.openConnectionCount == 0 })
            // The listener is left.
            #expect(descriptors(onPort: port) == 1)
        }
    }

    @Test func `above the limit on connections clients are told so`() async throws {
        try await withServer {
            $0.limits.connectionCount = 5
            $0.timeouts.sweep = .milliseconds(10)
        } _: { server, port in
            try await onThread {
                let clients = try (0..<5).map { _ in try RawClient(port: port) }
                for client in clients {
                    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                    #expect(try client.readAnswer().status == 200)
                }
                let sixth = try RawClient(port: port)
                sixth.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(try sixth.readAnswer().status == 503)
                clients[0].close()
            }
            #expect(await eventually { server.openConnectionCount == 0 })
            let status = try await onThread {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                return try client.readAnswer().status
            }
            #expect(status == 200)
        }
    }
}

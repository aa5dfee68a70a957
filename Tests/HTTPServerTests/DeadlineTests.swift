import HTTPServer
import Synchronization
import Testing

/// Deadlines, made short; only their order and outcome is tested, never how long something took.
@Suite struct DeadlineTests {
    private static func quick(_ configuration: inout HTTPServerConfiguration) {
        configuration.timeouts.sweep = .milliseconds(10)
        configuration.timeouts.head = .milliseconds(150)
        configuration.timeouts.keepAlive = .seconds(1)
        configuration.timeouts.bodySilence = .milliseconds(200)
        configuration.timeouts.bodyGrace = .milliseconds(200)
        configuration.timeouts.bodyRate = 100_000
        configuration.timeouts.linger = .milliseconds(100)
        configuration.timeouts.writeStall = .milliseconds(200)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHo", "\r\n", "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 500000\r\n\r\nab",
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ])
    func `a stalled request is answered with 408`(start: String) async throws {
        try await withServer(Self.quick) { server, port in
            let answer = try await onThread {
                let client = try RawClient(port: port)
                client.send(start)
                return try client.readAnswer()
            }
            #expect(answer.status == 408)
            #expect(answer.fields["connection"] == "close")
            #expect(await eventually { server.openConnectionCount == 0 })
        }
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nA: ", "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n",
    ])
    func `a dripped request is answered with 408`(start: String) async throws {
        try await withServer(Self.quick) { _, port in
            let status = try await onThread {
                let client = try RawClient(port: port)
                client.send(start)
                let isAnswered = Atomic(false)
                // Drips faster than the silence allows, slower than the rate demands.
                for _ in 0..<400 where !isAnswered.load(ordering: .relaxed) {
                    client.send("x")
                    pause(milliseconds: 20)
                    if client.hasInput { isAnswered.store(true, ordering: .relaxed) }
                }
                return try client.readAnswer().status
            }
            #expect(status == 408)
        }
    }

    @Test func `an idle connection is closed without a word`() async throws {
        try await withServer(Self.quick) { _, port in
            try await onThread {
                let fresh = try RawClient(port: port)
                let used = try RawClient(port: port)
                used.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(try used.readAnswer().status == 200)
                #expect(try used.isClosedByServer())
                #expect(try fresh.isClosedByServer())
            }
        }
    }

    @Test func `a client is not blamed while we do not read`() async throws {
        let start = Signal()
        try await withServer(
            {
                $0.timeouts.sweep = .milliseconds(10)
                $0.timeouts.bodySilence = .seconds(2)
                $0.timeouts.bodyGrace = .seconds(2)
            },
            handler: { request in
                await start.wait()
                do { return answer(200, "\(try await request.body.collect(upTo: 1 << 30).count)") } catch {
                    return answer(500, "\(error)")
                }
            }
        ) { _, port in
            let text = try await onThread {
                let client = try RawClient(port: port)
                client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\n\r\n")
                let block = [UInt8](repeating: 1, count: 8_000_000)
                var sent = 0
                while sent < block.count {
                    let count = client.sendSome(Array(block[sent..<min(sent + 65536, block.count)]))
                    sent += count
                    if count == 0 { break }
                }
                // Far longer than every deadline of a body.
                pause(milliseconds: 3000)
                start.set()
                client.send(Array(block[sent...]))
                return try client.readAnswer().text
            }
            #expect(text == "8000000")
        }
    }

    @Test func `a client that takes nothing of its answer is cut`() async throws {
        let isOver = Signal()
        try await withServer(
            Self.quick,
            handler: { _ in
                HTTPResponse(
                    body: .stream { writer in
                        defer { isOver.set() }
                        let block = [UInt8](repeating: 97, count: 64 * 1024)
                        while true { try await writer.write(block) }
                    })
            }
        ) { server, port in
            let client = try await onThread {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")
                return Kept(client)
            }
            #expect(await eventually { isOver.isSet && server.openConnectionCount == 0 })
            client.client.withLock { $0?.close() }
        }
    }

    @Test func `lingering ends`() async throws {
        try await withServer(Self.quick) { server, port in
            let client = try await onThread {
                let client = try RawClient(port: port)
                client.send("BROKEN\r\n\r\n")
                #expect(try client.readAnswer().status == 400)
                return Kept(client)
            }
            // The client neither closes nor sends.
            #expect(await eventually { server.openConnectionCount == 0 })
            client.client.withLock { $0?.close() }
        }
    }
}

/// Keeps a client open while an asynchronous test looks on.
final class Kept: Sendable {
    let client: Mutex<RawClient?>
    init(_ client: sending RawClient) { self.client = Mutex(client) }
}

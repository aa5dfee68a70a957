import HTTPServer
import Synchronization
import Testing

/// Hands events to every subscriber; a slow one loses the oldest.
private final class Broadcaster: Sendable {
    private let subscribers = Mutex<(next: Int, all: [Int: AsyncStream<String>.Continuation])>((0, [:]))

    var count: Int { subscribers.withLock { $0.all.count } }

    func subscribe() -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(16))
        let number = subscribers.withLock { subscribers in
            subscribers.next += 1
            subscribers.all[subscribers.next] = continuation
            return subscribers.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.subscribers.withLock { _ = $0.all.removeValue(forKey: number) }
        }
        return stream
    }

    func publish(_ event: String) {
        for subscriber in subscribers.withLock({ Array($0.all.values) }) { subscriber.yield(event) }
    }

    var handler: HTTPHandler {
        { _ in
            let events = self.subscribe()
            return HTTPResponse(
                headers: ["Content-Type": "text/event-stream"],
                body: .stream { writer in
                    try await writer.write(Array(": hello\n\n".utf8))
                    for await event in events { try await writer.write(Array("data: \(event)\n\n".utf8)) }
                })
        }
    }
}

@Suite struct StreamTests {
    private static let request = "GET /events HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test func `every client gets every event, in order`() async throws {
        let broadcaster = Broadcaster()
        try await withServer(handler: broadcaster.handler) { server, port in
            try await onThread {
                let clients = try (0..<300).map { _ in try RawClient(port: port) }
                for client in clients { client.send(Self.request) }
                for client in clients { _ = try client.read(until: ": hello\n\n\r\n") }
                #expect(broadcaster.count == 300)
                for number in 0..<10 {
                    broadcaster.publish("\(number)")
                    for client in clients { _ = try client.read(until: "data: \(number)\n\n\r\n") }
                }
                for client in clients { client.close() }
            }
            // A failing write tells that the clients are gone, and ends their subscriptions.
            #expect(
                await eventually {
                    broadcaster.publish("anyone?")
                    return broadcaster.count == 0 && server.openConnectionCount == 0
                })
        }
    }

    @Test func `a silent stream notices that its client is gone`() async throws {
        let broadcaster = Broadcaster()
        try await withServer {
            $0.timeouts.halfClosed = .milliseconds(50)
            $0.timeouts.sweep = .milliseconds(10)
        } handler: {
            await broadcaster.handler($0)
        } _: { server, port in
            try await onThread {
                let client = try RawClient(port: port)
                client.send(Self.request)
                _ = try client.read(until: "hello")
                client.close()
            }
            #expect(await eventually { broadcaster.count == 0 && server.openConnectionCount == 0 })
        }
    }

    @Test func `a writer waits for a slow client`() async throws {
        let written = Atomic(0)
        try await withServer(handler: { _ in
            HTTPResponse(
                body: .stream { writer in
                    let block = [UInt8](repeating: 97, count: 64 * 1024)
                    for _ in 0..<1600 {
                        try await writer.write(block)
                        written.add(1, ordering: .relaxed)
                    }
                })
        }) { _, port in
            let count = try await onThread {
                let client = try RawClient(port: port)
                client.send(Self.request)
                var last = -1
                // Until the writer makes no headway.
                while written.load(ordering: .relaxed) != last {
                    last = written.load(ordering: .relaxed)
                    pause(milliseconds: 150)
                }
                #expect(last < 400)
                return try client.readAnswer().body.count
            }
            #expect(count == 1600 * 64 * 1024)
        }
    }

    @Test func `a stream that fails is cut, not ended`() async throws {
        struct Broken: Error {}
        try await withServer(handler: { _ in
            HTTPResponse(
                body: .stream { writer in
                    try await writer.write(Array("half".utf8))
                    throw Broken()
                })
        }) { _, port in
            let text = try await onThread {
                let client = try RawClient(port: port)
                client.send(Self.request)
                return try client.readToEnd()
            }
            #expect(text.hasSuffix("4\r\nhalf\r\n"))
        }
    }

    @Test func `a writer kept too long cannot write into the next answer`() async throws {
        let kept = Mutex<(any BodyWriter)?>(nil)
        try await withServer(handler: { request in
            if request.path == "/keep" {
                return HTTPResponse(body: .stream { writer in kept.withLock { $0 = writer } })
            }
            guard let writer = kept.withLock({ $0 }) else { return answer(500) }
            do {
                try await writer.write(Array("intruder".utf8))
                return answer(500)
            } catch { return answer(200, "\(error)") }
        }) { _, port in
            let text = try await onThread {
                let client = try RawClient(port: port)
                client.send("GET /keep HTTP/1.1\r\nHost: h\r\n\r\nGET /use HTTP/1.1\r\nHost: h\r\n\r\n")
                _ = try client.readAnswer()
                return try client.readAnswer().text
            }
            #expect(text == "peerClosed")
        }
        // The handler holds what holds the writer, which holds the connection, which holds the handler.
        kept.withLock { $0 = nil }
    }
}

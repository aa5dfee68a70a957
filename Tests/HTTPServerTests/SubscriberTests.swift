import Glibc
import HTTPServer
import Synchronization
import Testing

/// A log of events and its readers: each stream keeps its own place, so nobody's slowness is anybody else's.
private final class EventLog: Sendable {
    private struct State {
        var events: [[UInt8]] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        var isEnded = false
    }
    private let state = Mutex(State())
    private let subscribers = Atomic(0)
    /// Bytes that writers have handed over.
    let written = Atomic(0)

    var subscriberCount: Int { subscribers.load(ordering: .relaxed) }

    func publish(_ text: String, isLast: Bool = false) {
        let waiting = state.withLock { state in
            state.events.append(Array(text.utf8))
            state.isEnded = isLast
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Event `number`, once there is one; nil behind the last.
    private func event(_ number: Int) async -> [UInt8]? {
        while true {
            let (event, isEnded) = state.withLock { state in
                (state.events.count > number ? state.events[number] : nil, state.isEnded)
            }
            if event != nil || isEnded { return event }
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    if state.events.count > number || state.isEnded { return true }
                    state.waiting.append(continuation)
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
    }

    var handler: HTTPHandler {
        { request in
            // The query is the event to begin with.
            let number = request.query.flatMap { Int($0) } ?? 0
            return HTTPResponse(
                headers: ["Content-Type": "text/event-stream"],
                body: .stream { [number] writer in
                    var number = number
                    self.subscribers.add(1, ordering: .relaxed)
                    defer { self.subscribers.subtract(1, ordering: .relaxed) }
                    while let event = await self.event(number) {
                        try await writer.write(event)
                        self.written.add(event.count, ordering: .relaxed)
                        number += 1
                    }
                })
        }
    }
}

@Suite struct SubscriberTests {
    private static let ask = "GET /events HTTP/1.1\r\nHost: h\r\n\r\n"

    private static func event(_ number: Int, size: Int = 0) -> String {
        "id: \(number)\ndata: \(String(repeating: "x", count: size))\n\n"
    }

    /// The numbers of a whole stream's events, as they came.
    private static func numbers(_ stream: String) -> [Int] {
        stream.split(whereSeparator: \.isNewline).compactMap { $0.hasPrefix("id: ") ? Int($0.dropFirst(4)) : nil }
    }

    @Test func `over TLS every subscriber gets every event, in order`() async throws {
        let files = try ServedCertificate()
        let context = try files.context()
        let log = EventLog()
        try await withServer({ $0.tls = context }, handler: log.handler) { _, port in
            try await onThread {
                let clients = try (0..<150).map { _ in
                    let client = try TLSClient(port: port)
                    try client.connect()
                    client.send(Self.ask)
                    return client
                }
                while log.subscriberCount < clients.count { pause(milliseconds: 1) }
                for number in 0..<50 { log.publish(Self.event(number), isLast: number == 49) }
                for client in clients {
                    let stream = try client.readStream()
                    #expect(Self.numbers(stream) == Array(0..<50))
                }
            }
        }
    }

    @Test func `who does not read harms nobody, costs little and is let go`() async throws {
        let log = EventLog()
        let (half, size) = (400, 64 << 10)
        try await withServer {
            $0.timeouts.writeStall = .milliseconds(500)
            $0.timeouts.sweep = .milliseconds(10)
        } handler: {
            await log.handler($0)
        } _: { server, port in
            try await onThread {
                let stalled = try RawClient(port: port)
                stalled.send("GET /events?0 HTTP/1.1\r\nHost: h\r\n\r\n")
                while log.subscriberCount < 1 { pause(milliseconds: 1) }
                for number in 0..<half { log.publish(Self.event(number, size: size)) }
                var last = -1
                while log.written.load(ordering: .relaxed) != last {
                    last = log.written.load(ordering: .relaxed)
                    pause(milliseconds: 50)
                }
                // What the kernel's buffers and the high water hold, of 25 MB.
                #expect(last < 20 << 20)
                // The others go on meanwhile.
                let reading = try (0..<50).map { _ in
                    let client = try RawClient(port: port)
                    client.send("GET /events?\(half) HTTP/1.1\r\nHost: h\r\n\r\n")
                    return client
                }
                for number in half..<half * 2 { log.publish(Self.event(number), isLast: number == half * 2 - 1) }
                for client in reading {
                    #expect(Self.numbers(try client.readAnswer().text) == Array(half..<half * 2))
                }
                for _ in 0..<4_000 where log.subscriberCount > 0 { pause(milliseconds: 5) }
                #expect(log.subscriberCount == 0)
                #expect(Self.numbers(try stalled.readToEnd()).count < half)
            }
            #expect(await eventually { server.openConnectionCount == 0 })
        }
    }
}

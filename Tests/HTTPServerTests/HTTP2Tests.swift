import HTTPServer
import Testing

/// Heads, fields and patience of HTTP/2, without sockets.
@Suite struct HTTP2HeadTests {
    private static let usual = [
        (":method", "GET"), (":scheme", "https"), (":path", "/a?b"), (":authority", "box.example"),
    ]

    private static func head(_ fields: [(String, String)], limits: HTTPLimits = HTTPLimits()) -> HTTP2Head {
        var head = HTTP2Head(limits: limits)
        for (name, value) in fields {
            let (name, value) = (Array(name.utf8), Array(value.utf8))
            name.withUnsafeBufferPointer { name in value.withUnsafeBufferPointer { head.add(name, $0) } }
        }
        return head
    }

    private static func status(_ fields: [(String, String)], isWhole: Bool = true) -> Int {
        do throws(RequestFault) {
            _ = try head(fields).request(isWhole: isWhole)
            return 200
        } catch {
            return error.status
        }
    }

    private static func changed(_ name: String, _ value: String?) -> [(String, String)] {
        usual.filter { $0.0 != name } + (value.map { [(name, $0)] } ?? [])
    }

    @Test func `a request is what an HTTP1 request would be`() throws {
        let more = [("accept", "*/*"), ("cookie", "a=1"), ("x", "y"), ("cookie", "b=2"), ("cookie", "c=3")]
        let request = try Self.head(Self.usual + more).request(isWhole: true)
        #expect(request.method == "GET")
        #expect(request.target.path == "/a" && request.target.query == "b")
        #expect(request.headers.values("Host") == ["box.example"])
        #expect(request.headers.values("Cookie") == ["a=1; b=2; c=3"])
        #expect(request.headers["ACCEPT"] == "*/*" && request.headers["X"] == "y")
        #expect(request.headers.fields.count == 4)
        #expect(request.framing == .none && !request.expectsContinue)
    }

    @Test func `the body's length is what is declared, or open`() throws {
        #expect(try Self.head(Self.usual).request(isWhole: false).framing == .chunked)
        let declared = Self.usual + [("content-length", "7"), ("expect", "100-continue")]
        let request = try Self.head(declared).request(isWhole: false)
        #expect(request.framing == .length(7) && request.expectsContinue)
        #expect(try Self.head(declared).request(isWhole: true).expectsContinue == false)
    }

    @Test func `what no handler should see is refused`() {
        let cases: [([(String, String)], Int)] = [
            (Self.changed(":method", nil), 400), (Self.changed(":method", "GE T"), 400),
            (Self.changed(":method", "CONNECT"), 501),
            (Self.changed(":method", String(repeating: "G", count: 21)), 501),
            (Self.changed(":scheme", "ftp"), 400), (Self.changed(":scheme", nil), 400),
            (Self.changed(":path", nil), 400),
            (Self.changed(":path", ""), 400), (Self.changed(":path", "a"), 400), (Self.changed(":path", "/a b"), 400),
            (Self.changed(":path", "/a#b"), 400), (Self.changed(":path", "/\u{e9}"), 400),
            (Self.changed(":path", "*"), 400),
            (Self.changed(":path", "http://h/"), 400),
            (Self.changed(":path", "/" + String(repeating: "a", count: 8192)), 414),
            (Self.changed(":authority", nil), 400), (Self.changed(":authority", "user@host"), 400),
            (Self.usual + [("host", "other.example")], 400),
            (Self.changed(":authority", nil) + [("host", "a"), ("host", "b")], 400),
            (Self.usual + [("expect", "miracles")], 417),
            (Self.usual + [("a", String(repeating: "x", count: 16_384))], 431),
            (Self.usual + (0..<97).map { ("x\($0)", "y") }, 431),
        ]
        for (fields, status) in cases { #expect(Self.status(fields) == status, "\(fields.prefix(8))") }
        #expect(Self.status(Self.usual + [("host", "BOX.example")]) == 200)
        #expect(Self.status(Self.changed(":authority", nil) + [("host", "box.example")]) == 200)
        #expect(Self.status([(":method", "OPTIONS"), (":scheme", "http"), (":path", "*"), (":authority", "h")]) == 200)
        #expect(Self.status(Self.usual + (0..<96).map { ("x\($0)", "y") }) == 200)
    }

    @Test func `a body above the server's limit is refused by its declaration`() {
        var limits = HTTPLimits()
        limits.bodyByteCount = 10
        let head = Self.head(Self.usual + [("content-length", "11")], limits: limits)
        #expect(throws: RequestFault.self) { try head.request(isWhole: false) }
    }

    @Test func `a flood of cheap frames is noticed, and a calm client never`() {
        var flood = HTTP2Guard()
        flood.now = 1_000_000
        let allowed = (0..<10_000).prefix { _ in flood.spend() }.count
        #expect(allowed == 500)
        flood.now += 1_000
        let gained = (0..<100).prefix { _ in flood.spend() }.count
        #expect(gained == 50)
        var calm = HTTP2Guard()
        var count = 0
        for second in 0..<10_000 {
            calm.now = second * 1_000
            for _ in 0..<40 where calm.spend() { count += 1 }
        }
        #expect(count == 400_000)
    }
}

/// HTTP/2 over plain sockets: streams beside each other, windows, time and the end.
@Suite struct HTTP2ConnectionTests {
    private typealias Client = HTTP2Client

    @Test func `a client that begins with the preface is served, however it is cut`() async throws {
        try await withServer { _, port in
            try await onThread {
                let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
                let socket = try RawClient(port: port)
                for byte in preface + Client.frame(Client.settings, 0, 0, []) {
                    socket.send([byte])
                    pause(milliseconds: 1)
                }
                #expect(try socket.receiveSome()?.dropFirst(3).first == Client.settings)
                // What only begins like it is HTTP/1.
                let other = try RawClient(port: port)
                other.send("P")
                pause(milliseconds: 20)
                other.send("OST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
                #expect(try other.readAnswer().text == "hi")
            }
        }
    }

    @Test func `streams are answered beside each other`() async throws {
        let released = Signal()
        try await withServer(handler: { request in
            if request.path == "/slow" { await released.wait() }
            return answer(200, request.target)
        }) { _, port in
            try await onThread {
                let client = try Client(port: port)
                client.ask("/slow", on: 1)
                for stream in stride(from: UInt32(3), to: 199, by: 2) { client.ask("/\(stream)", on: stream) }
                for stream in stride(from: UInt32(3), to: 199, by: 2) {
                    let found = try client.answer(on: stream)
                    #expect(found.fields[":status"] == "200")
                    #expect(String(decoding: found.body, as: UTF8.self) == "/\(stream)")
                }
                released.set()
                #expect(try client.answer(on: 1).fields[":status"] == "200")
            }
        }
    }

    @Test func `heads and ends are as in HTTP1`() async throws {
        try await withServer { _, port in
            try await onThread {
                let client = try Client(port: port)
                client.ask("/", on: 1, method: "HEAD")
                let head = try client.answer(on: 1)
                #expect(head.fields["content-length"] == "7" && head.body.isEmpty)
                #expect(head.fields["date"]?.hasSuffix(" GMT") ?? false)
                client.ask("/nothing", on: 3)
                let none = try client.answer(on: 3)
                #expect(none.fields[":status"] == "204" && none.fields["content-length"] == nil)
                client.ask("/stream", on: 5)
                let stream = try client.answer(on: 5)
                #expect(String(decoding: stream.body, as: UTF8.self).hasSuffix("piece 4\n"))
                #expect(stream.fields["transfer-encoding"] == nil)
                client.ask("/echo", on: 7, method: "POST", ends: false)
                client.send(Client.data, 0, 7, Array("one ".utf8))
                client.send(Client.data, 0, 7, Array("two".utf8))
                // Trailers end it, and are nobody's business.
                client.send(
                    Client.headers, Client.endHeaders | Client.endStream, 7, Client.block([("x-sum", "1")]))
                #expect(String(decoding: try client.answer(on: 7).body, as: UTF8.self) == "one two")
            }
        }
    }

    @Test func `100 Continue comes when the handler reads, and not before an answer that does without`() async throws {
        try await withServer { _, port in
            try await onThread {
                let client = try Client(port: port)
                let expectation = [("expect", "100-continue"), ("content-length", "2")]
                client.ask("/echo", on: 1, method: "POST", fields: expectation, ends: false)
                let interim = try client.next { $0.type == Client.headers }
                #expect(interim.map { client.fields($0)[":status"] } == "100")
                client.send(Client.data, Client.endStream, 1, Array("ok".utf8))
                #expect(try client.answer(on: 1).fields[":status"] == "200")
                client.ask("/refuse", on: 3, method: "POST", fields: expectation, ends: false)
                let refusal = try client.next { $0.type == Client.headers }
                #expect(refusal.map { client.fields($0)[":status"] } == "403")
                // The body is not wanted: no error, but no further byte.
                #expect(try client.next { $0.type == Client.reset && $0.stream == 3 }?.code == 0)
            }
        }
    }

    @Test func `an upload waits for its handler, and holds up no other stream`() async throws {
        let (isRunning, released) = (Signal(), Signal())
        try await withServer(handler: { request in
            guard request.path == "/slow" else { return answer(200) }
            isRunning.set()
            await released.wait()
            let count = (try? await request.body.collect(upTo: 1 << 30).count) ?? -1
            return answer(200, "\(count)")
        }) { _, port in
            try await onThread {
                let client = try Client(port: port)
                client.ask("/slow", on: 1, method: "POST", ends: false)
                // All that the windows allow: 256 KiB and what the pipe passes on before it is full.
                var sent = 0
                var window = 256 * 1024
                let block = [UInt8](repeating: 120, count: 16_384)
                while window >= block.count {
                    client.send(Client.data, 0, 1, block)
                    sent += block.count
                    window -= block.count
                    if window < block.count {
                        client.ask("/", on: UInt32(3 + 2 * (sent / block.count)))
                        while let frame = try client.next() {
                            if frame.type == Client.windowUpdate, frame.stream == 1 {
                                window += frame.payload.reduce(0) { $0 << 8 | Int($1) }
                            }
                            if frame.type <= 1, frame.stream > 1, frame.flags & Client.endStream != 0 { break }
                        }
                    }
                }
                #expect(sent <= 512 * 1024)
                client.ask("/", on: 1001)
                #expect(try client.answer(on: 1001).fields[":status"] == "200")
                released.set()
                #expect(try client.next { $0.type == Client.windowUpdate && $0.stream == 1 } != nil)
                client.send(Client.data, Client.endStream, 1, [1, 2, 3])
                #expect(String(decoding: try client.answer(on: 1).body, as: UTF8.self) == "\(sent + 3)")
            }
        }
    }

    @Test func `what was on its way to a full handler opens the window when it is read`() async throws {
        let (isSent, isLow, isAllSent) = (Signal(), Signal(), Signal())
        try await withServer(handler: { request in
            guard request.path == "/slow" else { return answer(200) }
            await isSent.wait()
            var count = 0
            do {
                for try await piece in request.body {
                    count += piece.count
                    // 40 KiB or a little less are left: below the 64 KiB that stop a client, above the 16 that call it.
                    guard count >= 208 * 1024, !isLow.isSet else { continue }
                    isLow.set()
                    await isAllSent.wait()
                }
            } catch { return answer(500, "\(error)") }
            return answer(200, "\(count)")
        }) { _, port in
            try await onThread {
                let client = try Client(port: port)
                client.ask("/slow", on: 1, method: "POST", ends: false)
                // Of the window's 256 KiB the last 8 are left for later.
                for _ in 0..<31 { client.send(Client.data, 0, 1, [UInt8](repeating: 120, count: 8_192)) }
                client.ask("/", on: 3)
                _ = try client.answer(on: 3)
                isSent.set()
                while !isLow.isSet { pause(milliseconds: 1) }
                client.send(Client.data, 0, 1, [UInt8](repeating: 120, count: 4_096))
                client.ask("/", on: 5)
                _ = try client.answer(on: 5)
                isAllSent.set()
                #expect(try client.next { $0.type == Client.windowUpdate && $0.stream == 1 } != nil)
                client.send(Client.data, Client.endStream, 1, [1, 2, 3])
                let body = try client.answer(on: 1).body
                #expect(String(decoding: body, as: UTF8.self) == "\(252 * 1024 + 3)")
            }
        }
    }

    @Test func `a closed window stops its writer, harms no other stream and ends in time`() async throws {
        let written = Counter()
        let isOver = Signal()
        try await withServer {
            $0.timeouts.writeStall = .milliseconds(300)
            $0.timeouts.sweep = .milliseconds(10)
        } handler: { request in
            guard request.path == "/flood" else { return answer(200, "quick") }
            return HTTPResponse(
                body: .stream { writer in
                    defer { isOver.set() }
                    for _ in 0..<10_000 {
                        try await writer.write([UInt8](repeating: 97, count: 4096))
                        written.raise()
                    }
                })
        } _: { _, port in
            try await onThread {
                let client = try Client(port: port, window: 1000)
                client.ask("/flood", on: 1)
                for stream in stride(from: UInt32(3), to: 23, by: 2) {
                    client.ask("/", on: stream)
                    #expect(try client.answer(on: stream).body == Array("quick".utf8))
                }
                // CANCEL, and the connection goes on.
                #expect(try client.next { $0.type == Client.reset && $0.stream == 1 }?.code == 8)
                client.ask("/", on: 101)
                #expect(try client.answer(on: 101).fields[":status"] == "200")
            }
            #expect(await eventually { isOver.isSet })
            // 64 KiB and one piece.
            #expect(written.value <= 17)
        }
    }

    @Test func `a client that resets its stream cancels the handler`() async throws {
        let (isRunning, isCancelled) = (Signal(), Signal())
        try await withServer(handler: { request in
            guard request.path == "/wait" else { return answer(200) }
            isRunning.set()
            do { try await Task.sleep(for: .seconds(3600)) } catch { isCancelled.set() }
            return answer(200)
        }) { _, port in
            try await onThread {
                let client = try Client(port: port)
                client.ask("/wait", on: 1)
                while !isRunning.isSet { pause(milliseconds: 1) }
                client.send(Client.reset, 0, 1, [0, 0, 0, 8])
                while !isCancelled.isSet { pause(milliseconds: 1) }
                client.ask("/", on: 3)
                #expect(try client.answer(on: 3).fields[":status"] == "200")
            }
        }
    }

    @Test func `silence has its time: in a head, in a body, without a request`() async throws {
        try await withServer {
            $0.timeouts.head = .milliseconds(200)
            $0.timeouts.bodySilence = .milliseconds(200)
            $0.timeouts.keepAlive = .milliseconds(300)
            $0.timeouts.sweep = .milliseconds(10)
            $0.timeouts.linger = .milliseconds(10)
        } _: { server, port in
            try await onThread {
                let half = try Client(port: port)
                // A head without its end.
                half.send(Client.headers, Client.endStream, 1, Client.block([(":method", "GET")]))
                #expect(try half.next { $0.type == Client.goAway }?.code == 0)
                #expect(try half.next { _ in false } == nil)
                let silent = try Client(port: port)
                silent.ask("/echo", on: 1, method: "POST", ends: false)
                silent.send(Client.data, 0, 1, [1])
                #expect(try silent.answer(on: 1).fields[":status"] == "408")
                let idle = try Client(port: port)
                #expect(try idle.next { $0.type == Client.goAway }?.code == 0)
                #expect(try idle.next { _ in false } == nil)
            }
            #expect(await eventually { server.openConnectionCount == 0 })
        }
    }

    @Test func `going down ends event streams properly and finishes the rest`() async throws {
        let (isRunning, released) = (Signal(), Signal())
        let configuration = HTTPServerConfiguration(listeners: [.tcp(host: "127.0.0.1", port: 0)])
        let server = HTTPServer(configuration) { request in
            if request.path == "/wait" {
                isRunning.set()
                await released.wait()
                return answer(200, "done")
            }
            return HTTPResponse(
                headers: ["Content-Type": "text/event-stream"],
                body: .stream { writer in
                    try await writer.write(Array(": hello\n\n".utf8))
                    try await Task.sleep(for: .seconds(3600))
                })
        }
        guard case .tcp(_, let port) = try server.start()[0] else { return }
        let isDraining = Signal()
        async let ending: Void = onThread {
            let client = try Client(port: port)
            client.ask("/events", on: 1)
            client.ask("/wait", on: 3)
            let hello = try client.next { $0.type == Client.data && $0.stream == 1 }
            #expect(hello?.payload == Array(": hello\n\n".utf8))
            while !isRunning.isSet { pause(milliseconds: 1) }
            isDraining.set()
            let announced = try client.next { $0.type == Client.goAway }
            #expect(announced?.code == 0)
            let last = try client.next { $0.type == Client.data && $0.stream == 1 }
            #expect(last?.flags == Client.endStream && last?.payload == [])
            released.set()
            #expect(try client.answer(on: 3).body == Array("done".utf8))
            let goodbye = try client.next { $0.type == Client.goAway }
            #expect(goodbye?.code == 0 && goodbye?.payload.prefix(4) == [0, 0, 0, 3])
            #expect(try client.next { _ in false } == nil)
        }
        await isDraining.wait()
        await server.drain(grace: .seconds(20))
        try await ending
    }

    @Test func `a hundred streams of events, each whole and in order`() async throws {
        try await withServer(handler: { request in
            HTTPResponse(
                headers: ["Content-Type": "text/event-stream"],
                body: .stream { writer in
                    for number in 0..<200 {
                        try await writer.write(Array("\(request.path) \(number)\n".utf8))
                        if number % 10 == 0 { await Task.yield() }
                    }
                })
        }) { _, port in
            try await onThread {
                let client = try Client(port: port)
                client.openWindow(0, 1 << 24)
                for place in 0..<UInt32(100) { client.ask("/\(place)", on: place * 2 + 1) }
                var bodies: [UInt32: [UInt8]] = [:]
                var ended = 0
                while ended < 100, let frame = try client.next() {
                    if frame.type == Client.data { bodies[frame.stream, default: []] += frame.payload }
                    if frame.type <= 1, frame.flags & Client.endStream != 0 { ended += 1 }
                }
                for place in 0..<UInt32(100) {
                    let expected = (0..<200).map { "/\(place) \($0)\n" }.joined()
                    #expect(String(decoding: bodies[place * 2 + 1] ?? [], as: UTF8.self) == expected)
                }
            }
        }
    }
    @Test func `a stream above the hundred that were offered ends its connection and reaches no handler`() async throws
    {
        let released = Signal()
        let arrived = Counter()
        try await withServer(handler: { request in
            if request.path == "/wait" {
                arrived.raise()
                await released.wait()
            }
            return answer(200)
        }) { _, port in
            try await onThread {
                let client = try Client(port: port)
                for place in 0..<UInt32(100) { client.ask("/wait", on: place * 2 + 1) }
                while arrived.value < 100 { pause(milliseconds: 1) }
                client.ask("/wait", on: 201)
                // PROTOCOL_ERROR (RFC 9113, section 5.1.2).
                #expect(try client.next { $0.type == Client.goAway }?.code == 1)
                let other = try Client(port: port)
                other.ask("/", on: 1)
                #expect(try other.answer(on: 1).fields[":status"] == "200")
                #expect(arrived.value == 100)
                released.set()
            }
        }
    }

    @Test func `a trusted proxy's clients are counted by stream`() async throws {
        let released = Signal()
        let arrived = Counter()
        let proxies = try #require(TrustedProxies(["127.0.0.1"]))
        try await withServer {
            $0.limits.connectionsPerAddress = 2
            $0.trustedProxies = proxies
        } handler: { request in
            if request.path == "/wait" {
                arrived.raise()
                await released.wait()
            }
            return answer(200, "\(request.client)")
        } _: { server, port in
            try await onThread {
                let client = try Client(port: port)
                func ask(_ path: String, on stream: UInt32, for address: String) {
                    client.ask(path, on: stream, fields: [("x-forwarded-for", address)])
                }
                ask("/wait", on: 1, for: "192.0.2.7")
                ask("/wait", on: 3, for: "192.0.2.7")
                while arrived.value < 2 { pause(milliseconds: 1) }
                ask("/", on: 5, for: "192.0.2.7")
                #expect(try client.answer(on: 5).fields[":status"] == "503")
                ask("/", on: 7, for: "192.0.2.8")
                #expect(String(decoding: try client.answer(on: 7).body, as: UTF8.self) == "ip(\"192.0.2.8\")")
                released.set()
                #expect(try client.next { $0.stream == 3 && $0.flags & Client.endStream != 0 } != nil)
                // Nothing stays counted.
                for stream in stride(from: UInt32(9), to: 19, by: 2) {
                    ask("/", on: stream, for: "192.0.2.7")
                    #expect(try client.answer(on: stream).fields[":status"] == "200")
                }
            }
            #expect(server.refusalCounts.ofOneClient == 1)
        }
    }
}

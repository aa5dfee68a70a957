import HTTPServer
import Synchronization
import Testing

@Suite struct DrainTests {
    private static let request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test func `everyone is treated as announced`() async throws {
        let goOn = Signal()
        let isStarted = Counter()
        try await withServer(handler: { request in
            isStarted.raise()
            switch request.path {
            case "/slow":
                await goOn.wait()
                return answer(200, "slow")
            case "/events":
                return HTTPResponse(
                    headers: ["Content-Type": "text/event-stream"],
                    body: .stream { writer in
                        try await writer.write(Array("data: 1\n\n".utf8))
                        try await Task.sleep(for: .seconds(3600))
                    })
            case "/download":
                return HTTPResponse(
                    body: .stream { writer in
                        try await writer.write(Array("first".utf8))
                        await goOn.wait()
                        try await writer.write(Array("last".utf8))
                    })
            default:
                do { return answer(200, "\(try await request.body.collect(upTo: 1 << 20).count)") } catch {
                    return answer(500)
                }
            }
        }) { server, port in
            let draining = Signal()
            async let client: Void = onThread {
                let idle = try RawClient(port: port)
                idle.send(Self.request)
                _ = try idle.readAnswer()
                let slow = try RawClient(port: port)
                slow.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
                let events = try RawClient(port: port)
                events.send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
                _ = try events.read(until: "data: 1\n\n\r\n")
                let download = try RawClient(port: port)
                download.send("GET /download HTTP/1.1\r\nHost: h\r\n\r\n")
                let upload = try RawClient(port: port)
                upload.send(
                    "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n"
                        + String(repeating: "x", count: 100_000))
                while isStarted.value < 5 { pause(milliseconds: 5) }
                draining.set()

                #expect(try idle.isClosedByServer())
                #expect(try events.readToEnd() == "0\r\n\r\n")
                upload.send(String(repeating: "x", count: 100_000))
                let uploaded = try upload.readAnswer()
                #expect(uploaded.text == "200000")
                #expect(uploaded.fields["connection"] == "close")
                #expect(throws: RawClient.Failure.self) { try RawClient(port: port) }
                goOn.set()
                let answer = try slow.readAnswer()
                #expect(answer.text == "slow")
                #expect(answer.fields["connection"] == "close")
                #expect(try download.readAnswer().text == "firstlast")
            }
            await draining.wait()
            await server.drain(grace: .seconds(60))
            #expect(server.openConnectionCount == 0)
            #expect(descriptors(onPort: port) == 0)
            try await client
        }
    }

    @Test func `the grace ends what does not end`() async throws {
        let isCancelled = Signal()
        let isRunning = Signal()
        try await withServer(handler: { _ in
            isRunning.set()
            do { try await Task.sleep(for: .seconds(3600)) } catch { isCancelled.set() }
            return answer(200)
        }) { server, port in
            let client = try await onThread {
                let client = try RawClient(port: port)
                client.send(Self.request)
                return Kept(client)
            }
            await isRunning.wait()
            await server.drain(grace: .milliseconds(50))
            #expect(server.openConnectionCount == 0)
            #expect(await eventually { isCancelled.isSet })
            client.client.withLock { $0?.close() }
        }
    }

    @Test func `at the end of the grace a handler has a last word`() async throws {
        let isRunning = Counter()
        let lastCalls = Counter()
        try await withServer(handler: { request in
            guard request.path == "/events" else {
                isRunning.raise()
                do { try await Task.sleep(for: .seconds(3600)) } catch {}
                return answer(503, "stopping")
            }
            var response = HTTPResponse(
                headers: ["Content-Type": "text/event-stream"],
                body: .stream { writer in
                    isRunning.raise()
                    do { try await Task.sleep(for: .seconds(3600)) } catch {}
                    // A cancelled task writes nothing; another does.
                    let last = Task { try await writer.write(Array("data: end\n\n".utf8)) }
                    _ = await last.result
                })
            response.endsByItself = true
            return response
        }) { server, port in
            async let client: Void = onThread {
                let slow = try RawClient(port: port)
                slow.send(Self.request)
                let events = try RawClient(port: port)
                events.send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(try slow.readAnswer().text == "stopping")
                #expect(try events.readAnswer().text == "data: end\n\n")
            }
            while isRunning.value < 2 { try await Task.sleep(for: .milliseconds(5)) }
            await server.drain(grace: .milliseconds(300)) { lastCalls.raise() }
            #expect(lastCalls.value == 1)
            #expect(server.openConnectionCount == 0)
            try await client
        }
    }

    @Test func `whoever the kernel has accepted is served`() async throws {
        let block = Signal()
        try await withServer {
            $0.timeouts.sweep = .milliseconds(10)
        } handler: { request in
            // Holds the loop, so that the others wait in the backlog.
            if request.path == "/hold" { pause(milliseconds: 300) }
            return answer(200, "served")
        } _: { server, port in
            async let client: Void = onThread {
                let holder = try RawClient(port: port)
                holder.send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n")
                pause(milliseconds: 100)
                let waiting = try (0..<20).map { _ in try RawClient(port: port) }
                for client in waiting { client.send(Self.request) }
                block.set()
                for client in waiting { #expect(try client.readAnswer().text == "served") }
                #expect(try holder.readAnswer().text == "served")
            }
            await block.wait()
            await server.drain(grace: .seconds(60))
            try await client
        }
    }

    @Test func `a server can be drained twice, or before it started`() async throws {
        try await withServer { server, _ in
            async let first: Void = server.drain(grace: .seconds(1))
            async let second: Void = server.drain(grace: .seconds(1))
            _ = await (first, second)
            #expect(throws: HTTPServerError.alreadyStarted) { try server.start() }
        }
        await HTTPServer(HTTPServerConfiguration(listeners: [])) { _ in answer(200) }.drain(grace: .seconds(1))
    }
}

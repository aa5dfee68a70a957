import Glibc
import HTTPServer
import Synchronization
import Testing

/// Well-formed requests in every shape of arrival.
@Suite struct ExchangeTests {
    private static let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test(arguments: [3, 200, 3000])
    func `pipelined requests are answered in order`(count: Int) async throws {
        try await withServer { _, port in
            try await onThread {
                let client = try RawClient(port: port)
                client.send((0..<count).map { "GET /?\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
                for number in 0..<count { #expect(try client.readAnswer().text == "GET /?\(number) h") }
            }
        }
    }

    @Test func `pipelined requests with bodies of every kind keep their borders`() async throws {
        try await withServer { _, port in
            try await onThread {
                let client = try RawClient(port: port)
                let bodies = ["", "abc", String(repeating: "y", count: 100_000), "GET / HTTP/1.1\r\nHost: h\r\n\r\n"]
                var script = ""
                for body in bodies {
                    script += "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                    let chunk = body.isEmpty ? "" : "\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n"
                    script += "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)0\r\n\r\n"
                }
                client.send(script)
                for body in bodies {
                    #expect(try client.readAnswer().text == body)
                    #expect(try client.readAnswer().text == body)
                }
            }
        }
    }

    @Test func `a client that asks and does not read makes us hold one answer`() async throws {
        let calls = Atomic(0)
        try await withServer(handler: { _ in
            calls.add(1, ordering: .relaxed)
            return HTTPResponse(body: .bytes([UInt8](repeating: 1, count: 8 << 20)))
        }) { _, port in
            try await onThread {
                let client = try RawClient(port: port)
                client.send(String(repeating: Self.get, count: 20))
                for _ in 0..<2 { #expect(try client.readAnswer().body.count == 8 << 20) }
            }
        }
        // What the client has not taken was not made, but for what the kernel buffers.
        #expect(calls.load(ordering: .relaxed) <= 5)
    }

    @Test func `a request may come byte by byte`() async throws {
        try await withServer { _, port in
            try await onThread {
                let client = try RawClient(port: port)
                for byte
                    in "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
                    .utf8
                {
                    client.send([byte])
                }
                #expect(try client.readAnswer().text == "abcde")
                for byte in "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabcde".utf8 {
                    client.send([byte])
                }
                #expect(try client.readAnswer().text == "abcde")
            }
        }
    }

    @Test func `HEAD is answered as GET without the body`() async throws {
        try await withServer { _, port in
            try await onThread {
                let client = try RawClient(port: port)
                client.send(
                    "HEAD / HTTP/1.1\r\nHost: h\r\n\r\nHEAD /stream HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"
                )
                let head = try client.readAnswer(toHead: true)
                #expect(head.fields["content-length"] == "7")
                let stream = try client.readAnswer(toHead: true)
                #expect(stream.fields["transfer-encoding"] == "chunked")
                #expect(try client.readAnswer().text == "GET / h")
            }
        }
    }

    @Test func `204 has neither body nor length`() async throws {
        try await withServer { _, port in
            let text = try await onThread {
                let client = try RawClient(port: port)
                client.send("GET /nothing HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                return try client.readToEnd()
            }
            #expect(text.hasPrefix("HTTP/1.1 204 No Content\r\n"))
            #expect(text.hasSuffix("\r\n\r\n"))
            #expect(!text.lowercased().contains("content-length"))
        }
    }

    @Test func `a stream is chunked for 1.1 and ends with the connection for 1.0`() async throws {
        let pieces = (0..<5).map { "piece \($0)\n" }.joined()
        try await withServer { _, port in
            try await onThread {
                let client = try RawClient(port: port)
                client.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(try client.readAnswer().text == pieces)
                #expect(try client.readAnswer().status == 200)
                let old = try RawClient(port: port)
                old.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                let answer = try old.readAnswer()
                #expect(answer.fields["transfer-encoding"] == nil)
                #expect(answer.fields["connection"] == "close")
                #expect(answer.text == pieces)
            }
        }
    }

    @Test func `100 Continue is sent when the handler reads, not when it refuses`() async throws {
        try await withServer { _, port in
            try await onThread {
                let client = try RawClient(port: port)
                client.send("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
                #expect(try client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
                client.send("hello")
                #expect(try client.readAnswer().text == "hello")
                client.send("POST /refuse HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
                let refusal = try client.readAnswer()
                #expect(refusal.status == 403)
                #expect(refusal.fields["connection"] == "close")
                let large = try RawClient(port: port)
                large.send(
                    "POST /limited HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5000000\r\n\r\n")
                #expect(try large.readAnswer().status == 413)
            }
        }
    }

    @Test func `a streamed answer sends 100 Continue before its head`() async throws {
        try await withServer(handler: { request in
            let (path, body) = (request.path, request.body)
            return HTTPResponse(
                body: .stream { writer in
                    if path == "/refuse" {
                        try await writer.write(Array("no".utf8))
                        return
                    }
                    var count = 0
                    for try await piece in body { count += piece.count }
                    if path == "/count" { try await writer.write(Array("\(count)".utf8)) }
                })
        }) { _, port in
            try await onThread {
                let client = try RawClient(port: port)
                let fields = "HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
                for path in ["/count", "/silent"] {
                    client.send("POST \(path) \(fields)")
                    #expect(try client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
                    client.send("5\r\nhello\r\n0\r\n\r\n")
                    let answer = try client.readAnswer()
                    #expect(answer.status == 200)
                    #expect(answer.text == (path == "/count" ? "5" : ""))
                    #expect(answer.fields["connection"] == nil, "the body was read: the connection goes on")
                }
                client.send("POST /refuse \(fields)")
                let refusal = try client.readAnswer()
                #expect(refusal.status == 200)
                #expect(refusal.text == "no")
                #expect(refusal.fields["connection"] == "close")
                let broken = try RawClient(port: port)
                broken.send("POST /count \(fields)")
                _ = try broken.read(until: "\r\n\r\n")
                broken.send("zzz\r\n")
                #expect(try broken.readAnswer().status == 400, "nothing was said yet")
            }
        }
    }

    @Test func `a client that expects 100 may also send at once`() async throws {
        try await withServer { _, port in
            try await onThread {
                let client = try RawClient(port: port)
                client.send("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello")
                let first = try client.readAnswer()
                #expect(first.status == 100 || first.text == "hello")
                if first.status == 100 { #expect(try client.readAnswer().text == "hello") }
            }
        }
    }

    @Test func `a large answer arrives whole at a slow reader`() async throws {
        try await withServer { _, port in
            let answer = try await onThread {
                let client = try RawClient(port: port)
                client.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")
                let answer = try client.readAnswer()
                #expect(try client.readAnswer().status == 200)
                return answer
            }
            #expect(answer.body == [UInt8](repeating: 98, count: 8 << 20))
        }
    }

    @Test func `the handler starts on the loop and can leave it`() async throws {
        @Sendable @concurrent func elsewhere() async -> Int { 42 }
        try await withServer(handler: { _ in answer(200, "\(await elsewhere())") }) { _, port in
            let text = try await onThread {
                let client = try RawClient(port: port)
                client.send(Self.get)
                return try client.readAnswer().text
            }
            #expect(text == "42")
        }
    }

    @Test func `several loops share one port`() async throws {
        try await withServer {
            $0.loops = 3
        } _: { server, port in
            try await onThread {
                let clients = try (0..<12).map { _ in try RawClient(port: port) }
                for client in clients { client.send(Self.get) }
                for client in clients { #expect(try client.readAnswer().status == 200) }
                // Each loop counts its own; the sum is right once all of them have had a turn.
                for _ in 0..<1_000 where server.openConnectionCount != 12 { usleep(5_000) }
                #expect(server.openConnectionCount == 12)
                withExtendedLifetime(clients) {}
            }
        }
    }
}

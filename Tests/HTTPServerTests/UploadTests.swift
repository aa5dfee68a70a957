import HTTPServer
import Synchronization
import Testing

@Suite struct UploadTests {
    @Test(arguments: [false, true])
    func `a slow consumer stops the sender instead of filling memory`(isChunked: Bool) async throws {
        let start = Signal()
        let total = 64 << 20
        try await withServer(handler: { request in
            await start.wait()
            var count = 0
            var sum = 0
            do {
                for try await piece in request.body {
                    count += piece.count
                    sum &+= Int(piece[0])
                }
            } catch { return answer(500, "\(error)") }
            return answer(200, "\(count)")
        }) { _, port in
            let stuckAt = Atomic(0)
            let text = try await onThread {
                let client = try RawClient(port: port, sendBuffer: 64 * 1024)
                let block = [UInt8](repeating: 120, count: 64 * 1024)
                let chunk = Array("10000\r\n".utf8) + block + [13, 10]
                client.send(
                    "PUT / HTTP/1.1\r\nHost: h\r\n\(isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(total)")\r\n\r\n"
                )
                var script: [UInt8] = []
                for _ in 0..<(total / block.count) { script += isChunked ? chunk : block }
                if isChunked { script += Array("0\r\n\r\n".utf8) }
                // Send until the socket has refused for a while.
                var sent = 0
                var refusals = 0
                while refusals < 30, sent < script.count {
                    let count = client.sendSome(Array(script[sent..<min(script.count, sent + 65536)]))
                    sent += count
                    refusals = count == 0 ? refusals + 1 : 0
                    if count == 0 { pause(milliseconds: 10) }
                }
                stuckAt.store(sent, ordering: .relaxed)
                start.set()
                client.send(Array(script[sent...]))
                return try client.readAnswer().text
            }
            #expect(text == "\(total)")
            // High water, one read and the kernel's buffers; far from 64 MiB.
            #expect(stuckAt.load(ordering: .relaxed) < 16 << 20)
        }
    }

    @Test func `a million one-byte chunks are one body`() async throws {
        try await withServer { _, port in
            let count = try await onThread {
                let client = try RawClient(port: port)
                client.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
                let many = Array(String(repeating: "1\r\nx\r\n", count: 10_000).utf8)
                for _ in 0..<100 { client.send(many) }
                client.send("0\r\n\r\n")
                return try client.readAnswer().body.count
            }
            #expect(count == 1_000_000)
        }
    }

    @Test func `a handler may answer while the body still comes`() async throws {
        try await withServer(handler: { request in
            let body = request.body
            return HTTPResponse(
                body: .stream { writer in
                    for try await piece in body { try await writer.write(Array("\(piece.count) ".utf8)) }
                    try await writer.write(Array("end".utf8))
                })
        }) { _, port in
            try await onThread {
                let client = try RawClient(port: port)
                client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
                // Whole chunks: "3 " alone is in the head too, when a second or a day ends in 3.
                _ = try client.read(until: "\r\n2\r\n3 \r\n")
                client.send("4\r\nabcd\r\n")
                _ = try client.read(until: "2\r\n4 \r\n")
                client.send("0\r\n\r\n")
                _ = try client.read(until: "3\r\nend\r\n0\r\n\r\n")
            }
        }
    }

    @Test func `a body cut off ends the handler's reading`() async throws {
        let seen = Mutex<(any Error)?>(nil)
        try await withServer(handler: { request in
            do { _ = try await request.body.collect(upTo: 1 << 30) } catch { seen.withLock { $0 = error } }
            return answer(200)
        }) { _, port in
            try await onThread {
                let client = try RawClient(port: port)
                client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nabc")
                client.close()
            }
            #expect(await eventually { seen.withLock { $0 != nil } })
        }
        #expect(seen.withLock { $0 } as? HTTPError == .peerClosed)
    }

    @Test func `a reader of a broken body learns so`() async throws {
        let seen = Mutex<(any Error)?>(nil)
        try await withServer(handler: { request in
            do { _ = try await request.body.collect(upTo: 1 << 30) } catch { seen.withLock { $0 = error } }
            return answer(200, "the server's own answer must win")
        }) { _, port in
            let status = try await onThread {
                let client = try RawClient(port: port)
                client.send("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzzz\r\n")
                return try client.readAnswer().status
            }
            #expect(status == 400)
            #expect(await eventually { seen.withLock { $0 != nil } })
        }
        #expect(seen.withLock { $0 } as? HTTPError == .malformedBody)
    }

    @Test func `only one task can read a body`() async throws {
        try await withServer(handler: { request in
            let body = request.body
            async let first = body.collect(upTo: 100)
            async let second = body.collect(upTo: 100)
            var failures = 0
            do { _ = try await first } catch { failures += 1 }
            do { _ = try await second } catch { failures += 1 }
            return answer(200, "\(failures)")
        }) { _, port in
            let text = try await onThread {
                let client = try RawClient(port: port)
                client.send("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
                pause(milliseconds: 50)
                client.send("0\r\n\r\n")
                return try client.readAnswer().text
            }
            #expect(text == "0" || text == "1")
        }
    }
}

import HTTPServer
import Testing

/// Hostile and unusual requests over a real socket: what comes back, and that the server lives on.
@Suite struct HardnessTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var request: String
        var status: Int
        /// Where it is not what every answer to a refused request is: a closed connection.
        var stays = false
        var testDescription: String { name }
    }

    static let host = "Host: h\r\n"

    static let cases: [Case] = [
        Case(
            name: "length and chunked",
            request: "POST /echo HTTP/1.1\r\n\(host)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            status: 400),
        Case(
            name: "two equal lengths",
            request: "POST /echo HTTP/1.1\r\n\(host)Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", status: 400),
        Case(
            name: "two different lengths",
            request: "POST /echo HTTP/1.1\r\n\(host)Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", status: 400),
        Case(
            name: "list of lengths", request: "POST /echo HTTP/1.1\r\n\(host)Content-Length: 5, 5\r\n\r\nhello",
            status: 400),
        Case(
            name: "negative length", request: "POST /echo HTTP/1.1\r\n\(host)Content-Length: -5\r\n\r\nhello",
            status: 400),
        Case(
            name: "length overflows",
            request: "POST /echo HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999\r\n\r\n", status: 400),
        Case(
            name: "gzip, chunked",
            request: "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", status: 501),
        Case(
            name: "xchunked", request: "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            status: 501),
        Case(
            name: "chunked twice",
            request: "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", status: 501),
        Case(
            name: "chunked in 1.0", request: "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            status: 400),
        Case(name: "no length in 1.0", request: "POST /echo HTTP/1.0\r\n\r\nhello", status: 411),
        Case(name: "two hosts", request: "GET / HTTP/1.1\r\n\(host)\(host)\r\n", status: 400),
        Case(name: "no host", request: "GET / HTTP/1.1\r\n\r\n", status: 400),
        Case(name: "host with a path", request: "GET / HTTP/1.1\r\nHost: h/evil\r\n\r\n", status: 400),
        Case(name: "bare line feeds", request: "GET / HTTP/1.1\nHost: h\n\n", status: 400),
        Case(name: "bare carriage return", request: "GET / HTTP/1.1\r\n\(host)A: b\rc\r\n\r\n", status: 400),
        Case(name: "NUL in a value", request: "GET / HTTP/1.1\r\n\(host)A: b\0c\r\n\r\n", status: 400),
        Case(name: "folded line", request: "GET / HTTP/1.1\r\n\(host)A: b\r\n c\r\n\r\n", status: 400),
        Case(name: "space before the colon", request: "GET / HTTP/1.1\r\n\(host)A : b\r\n\r\n", status: 400),
        Case(name: "empty field name", request: "GET / HTTP/1.1\r\n\(host): b\r\n\r\n", status: 400),
        Case(name: "method is no token", request: "GE(T / HTTP/1.1\r\n\(host)\r\n", status: 400),
        Case(name: "two spaces", request: "GET  / HTTP/1.1\r\n\(host)\r\n", status: 400),
        Case(name: "space in the target", request: "GET /a b HTTP/1.1\r\n\(host)\r\n", status: 400),
        Case(name: "no version", request: "GET /\r\n\r\n", status: 400),
        Case(name: "version 2.0", request: "GET / HTTP/2.0\r\n\(host)\r\n", status: 505),
        Case(name: "version 1.2", request: "GET / HTTP/1.2\r\n\(host)\r\n", status: 505),
        Case(name: "CONNECT", request: "CONNECT h:443 HTTP/1.1\r\n\(host)\r\n", status: 501),
        Case(name: "asterisk for GET", request: "GET * HTTP/1.1\r\n\(host)\r\n", status: 400),
        Case(name: "TLS on the plain port", request: "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}", status: 400),
        Case(
            name: "bad chunk size", request: "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
            status: 400),
        Case(
            name: "chunk size 0x5",
            request: "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
            status: 400),
        Case(
            name: "chunk size overflows",
            request: "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
            status: 400),
        Case(
            name: "bad chunk end",
            request: "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n",
            status: 400),
        Case(
            name: "bare line feed in a chunk line",
            request: "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
            status: 400),
        Case(
            name: "bad trailer",
            request: "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n",
            status: 400),
        Case(
            name: "unknown expectation",
            request: "POST /echo HTTP/1.1\r\n\(host)Expect: tea\r\nContent-Length: 1\r\n\r\nx", status: 417),
        Case(
            name: "64 KB field", request: "GET / HTTP/1.1\r\n\(host)A: \(String(repeating: "a", count: 65536))\r\n\r\n",
            status: 431),
        Case(
            name: "64 KB target", request: "GET /\(String(repeating: "a", count: 65536)) HTTP/1.1\r\n\(host)\r\n",
            status: 414),
        Case(
            name: "500 fields", request: "GET / HTTP/1.1\r\n\(host)\(String(repeating: "A: b\r\n", count: 500))\r\n",
            status: 431),
        Case(
            name: "2 MB body, 1 MB route",
            request:
                "POST /limited HTTP/1.1\r\n\(host)Content-Length: 2097152\r\n\r\n\(String(repeating: "x", count: 2_097_152))",
            status: 413),
        Case(
            name: "2 MB chunk, 1 MB route",
            request:
                "POST /limited HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n200000\r\n\(String(repeating: "x", count: 2_097_152))\r\n0\r\n\r\n",
            status: 413),
        Case(
            name: "answer before the body",
            request:
                "POST /refuse HTTP/1.1\r\n\(host)Content-Length: 900000\r\n\r\n\(String(repeating: "x", count: 100_000))",
            status: 403),
        Case(name: "asterisk for OPTIONS", request: "OPTIONS * HTTP/1.1\r\n\(host)\r\n", status: 404, stays: true),
        Case(name: "unknown method", request: "BREW / HTTP/1.1\r\n\(host)\r\n", status: 200, stays: true),
        Case(name: "absolute target", request: "GET http://other/ HTTP/1.1\r\n\(host)\r\n", status: 200, stays: true),
        Case(name: "leading empty lines", request: "\r\n\r\nGET / HTTP/1.1\r\n\(host)\r\n", status: 200, stays: true),
        Case(
            name: "body of a GET", request: "GET / HTTP/1.1\r\n\(host)Content-Length: 3\r\n\r\nabc", status: 200,
            stays: true),
        Case(
            name: "chunk extension and trailer",
            request: "POST /echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nhi\r\n0\r\nT: x\r\n\r\n",
            status: 200, stays: true),
        Case(name: "HTTP/1.0 without host", request: "GET / HTTP/1.0\r\n\r\n", status: 200),
        Case(
            name: "keep-alive in 1.0", request: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", status: 200,
            stays: true),
        Case(
            name: "the client wants to close", request: "GET / HTTP/1.1\r\n\(host)Connection: close\r\n\r\n",
            status: 200),
    ]

    @Test(arguments: cases)
    func `the answer is the intended one`(test: Case) async throws {
        try await withServer { server, port in
            let (answer, closes) = try await onThread {
                let client = try RawClient(port: port)
                client.send(test.request)
                let answer = try client.readAnswer()
                if test.stays {
                    client.send("GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n")
                    #expect(try client.readAnswer().status == 204)
                    return (answer, false)
                }
                client.finishSending()
                return (answer, try client.readToEnd().isEmpty)
            }
            #expect(answer.status == test.status)
            #expect(answer.fields["date"]?.hasSuffix(" GMT") == true)
            #expect(closes == !test.stays)
            #expect((answer.fields["connection"] == "close") == !test.stays)
        }
    }

    @Test func `refusals are written by the configured hook`() async throws {
        try await withServer {
            $0 = HTTPServerConfiguration(listeners: $0.listeners) { status, reason, peer in
                #expect(peer == .ip("127.0.0.1"))
                return HTTPResponse(
                    status: 200, headers: ["Content-Type": "application/problem+json", "X-Request-Id": "r-1"],
                    body: .bytes(Array(#"{"status":\#(status),"detail":"\#(reason)"}"#.utf8)))
            }
        } _: { _, port in
            let answer = try await onThread {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\n\r\n")
                return try client.readAnswer()
            }
            #expect(answer.status == 400, "the status is the server's to say")
            #expect(answer.fields["content-type"] == "application/problem+json")
            #expect(answer.fields["x-request-id"] == "r-1")
            #expect(answer.text == #"{"status":400,"detail":"exactly one Host is needed"}"#)
        }
    }

    @Test func `a declared body above the server's limit never reaches a handler`() async throws {
        try await withServer {
            $0.limits.bodyByteCount = 1000
        } handler: { _ in
            Issue.record("the handler ran")
            return answer(200)
        } _: { _, port in
            let status = try await onThread {
                let client = try RawClient(port: port)
                client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n")
                return try client.readAnswer().status
            }
            #expect(status == 413)
        }
    }
}

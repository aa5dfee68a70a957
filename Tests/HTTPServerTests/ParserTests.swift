import HTTPServer
import Testing

@Suite struct ParserTests {
    @Test func `a request is read with its fields and body`() throws {
        let result = decode(
            "POST /x?y=1 HTTP/1.1\r\nHost: h\r\nX-Empty:\r\nX-Pad: \t a b \t\r\nContent-Length: 3\r\n\r\nabcGET")
        let message = try #require(result.messages.first)
        #expect(message.method == "POST")
        #expect(message.target == "/x?y=1")
        #expect(message.fields.map(\.value) == ["h", "", "a b", "3"])
        #expect(message.body == Array("abc".utf8))
        #expect(message.isComplete && message.keepsAlive)
        #expect(result.leftOver == 3)
        #expect(result.fault == nil)
    }

    @Test func `chunks, extensions and trailers are read and only the body is kept`() {
        let result = decode(
            "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
                + "5;name=\"v\"\r\nhello\r\n00000A\r\n 123456789\r\n0\r\nDigest: x\r\nOther:\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"
        )
        #expect(result.fault == nil)
        #expect(result.messages.map(\.body) == [Array("hello 123456789".utf8), []])
        #expect(result.messages.map(\.isComplete) == [true, true])
    }

    @Test(arguments: [
        ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close", false),
        ("HTTP/1.1", "Connection: foo , CLOSE", false),
        ("HTTP/1.0", "", false), ("HTTP/1.0", "Connection: Keep-Alive", true),
        ("HTTP/1.0", "Connection: keep-alive, close", false),
    ])
    func `the client's wish about the connection is understood`(version: String, field: String, keeps: Bool) {
        let result = decode("GET / \(version)\r\nHost: h\r\n\(field.isEmpty ? "" : field + "\r\n")\r\n")
        #expect(result.messages.first?.keepsAlive == keeps)
    }

    @Test func `an absolute target overrules Host`() {
        let result = decode("GET http://other:81/p HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n")
        #expect(result.messages.first?.fields.map(\.value) == ["other:81", "b"])
    }

    @Test func `two empty lines before a request are forgiven, not three`() {
        let request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
        #expect(decode("\r\n\r\n" + request).messages.count == 1)
        #expect(decode("\r\n\r\n\r\n" + request).fault?.status == 400)
        #expect(decode("\r" + request).fault?.status == 400)
    }

    /// Fault by request; `¶` stands for the end of a line.
    @Test(arguments: [
        ("GET / HTTP/1.1\nHost: h\n\n", 400), ("GET / HTTP/1.1\r\nHost: h\n\r\n", 400),
        ("GET / HTTP/1.1¶Host: a\rb¶¶", 400),
        ("GET / HTTP/1.1¶Host: h¶A: b\0c¶¶", 400), ("GET / HTTP/1.1¶Host: h¶A: b¶ c¶¶", 400),
        ("GET / HTTP/1.1¶Host : h¶¶", 400),
        ("GET / HTTP/1.1¶Host: h¶: x¶¶", 400), ("GET / HTTP/1.1¶Host: h¶A B: x¶¶", 400),
        ("GET / HTTP/1.1¶Host: h¶novalue¶¶", 400),
        ("GE(T / HTTP/1.1¶Host: h¶¶", 400), ("GET  / HTTP/1.1¶Host: h¶¶", 400), ("GET /  HTTP/1.1¶Host: h¶¶", 400),
        ("GET / HTTP/1.1 ¶Host: h¶¶", 400), ("GET /a b HTTP/1.1¶Host: h¶¶", 400),
        ("GET /\u{E9} HTTP/1.1¶Host: h¶¶", 400),
        ("GET /#f HTTP/1.1¶Host: h¶¶", 400), ("GET a HTTP/1.1¶Host: h¶¶", 400), ("GET * HTTP/1.1¶Host: h¶¶", 400),
        ("GET http:///p HTTP/1.1¶Host: h¶¶", 400), ("GET http://u@h/ HTTP/1.1¶Host: h¶¶", 400), ("GET /¶¶", 400),
        ("GET / http/1.1¶Host: h¶¶", 400),
        ("GET / HTTP/11¶Host: h¶¶", 400), ("GET / HTTP/2.0¶Host: h¶¶", 505), ("GET / HTTP/1.2¶Host: h¶¶", 505),
        ("GET / HTTP/0.9¶Host: h¶¶", 505),
        ("CONNECT h:1 HTTP/1.1¶Host: h¶¶", 501), ("ABCDEFGHIJKLMNOPQRSTU / HTTP/1.1¶Host: h¶¶", 501),
        ("GET / HTTP/1.1¶¶", 400), ("GET / HTTP/1.1¶Host: a¶Host: a¶¶", 400), ("GET / HTTP/1.0¶Host: a¶Host: a¶¶", 400),
        ("GET / HTTP/1.1¶Host: a/b¶¶", 400), ("GET / HTTP/1.1¶Host: a b¶¶", 400), ("GET / HTTP/1.1¶Host: u@a¶¶", 400),
        ("POST / HTTP/1.1¶Host: h¶Content-Length: 1¶Transfer-Encoding: chunked¶¶", 400),
        ("POST / HTTP/1.1¶Host: h¶Content-Length: 1¶Content-Length: 1¶¶", 400),
        ("POST / HTTP/1.1¶Host: h¶Content-Length: 1¶Content-Length: 2¶¶", 400),
        ("POST / HTTP/1.1¶Host: h¶Content-Length: +1¶¶", 400),
        ("POST / HTTP/1.1¶Host: h¶Content-Length: -1¶¶", 400), ("POST / HTTP/1.1¶Host: h¶Content-Length: 1, 1¶¶", 400),
        ("POST / HTTP/1.1¶Host: h¶Content-Length:¶¶", 400), ("POST / HTTP/1.1¶Host: h¶Content-Length: 0x1¶¶", 400),
        ("POST / HTTP/1.1¶Host: h¶Content-Length: 9999999999999999999¶¶", 400),
        ("POST / HTTP/1.1¶Host: h¶Transfer-Encoding: gzip, chunked¶¶", 501),
        ("POST / HTTP/1.1¶Host: h¶Transfer-Encoding: xchunked¶¶", 501),
        ("POST / HTTP/1.1¶Host: h¶Transfer-Encoding: chunked, chunked¶¶", 501),
        ("POST / HTTP/1.1¶Host: h¶Transfer-Encoding:¶¶", 501),
        ("POST / HTTP/1.1¶Host: h¶Transfer-Encoding: chunked¶Transfer-Encoding: chunked¶¶", 400),
        ("POST / HTTP/1.0¶Transfer-Encoding: chunked¶¶", 400), ("POST / HTTP/1.0¶¶", 411),
        ("GET / HTTP/1.1¶Host: h¶Expect: something¶¶", 417), ("\u{16}\u{3}\u{1}", 400),
        (" GET / HTTP/1.1¶Host: h¶¶", 400),
    ])
    func `what is not strictly HTTP is refused`(request: String, status: Int) {
        #expect(decode(request.replacing("¶", with: "\r\n")).fault?.status == status)
    }

    @Test(arguments: [
        "x\r\n", "0x5\r\nhello", "\r\n", "-1\r\n", "5 \r\nhello", "1000000000000000\r\n", "5\nhello", "5\r\nhelloX",
        "5\r\nhello\n",
        "5\r\nhello\rX", "5\rhello", "0\r\n\n", "0\r\nA: b\n\r\n", "0\r\nno colon\r\n", "0\r\n: x\r\n",
        "0\r\n A: b\r\n",
        "5;a\nb\r\n", "5;a\u{0}\r\n", "0\r\n\rX",
    ])
    func `broken chunks are refused`(chunks: String) {
        let result = decode("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
        #expect(result.fault?.status == 400)
    }

    @Test func `each limit has its answer`() {
        let long = String(repeating: "a", count: 9000)
        #expect(decode("GET /\(long) HTTP/1.1\r\nHost: h\r\n\r\n").fault?.status == 414)
        #expect(decode("GET /" + long).fault?.status == 414)
        #expect(decode("GET / HTTP/1.1\r\nHost: h\r\nA: \(long)\r\nB: \(long)").fault?.status == 431)
        let fields = String(repeating: "A: b\r\n", count: 101)
        #expect(decode("GET / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n").fault?.status == 431)
        var limits = HTTPLimits()
        limits.bodyByteCount = 10
        #expect(decode("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n", limits: limits).fault?.status == 413)
        #expect(decode("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n", limits: limits).fault == nil)
        let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(decode(head + "5;" + String(repeating: "e", count: 2000)).fault?.status == 400)
        #expect(decode(head + "0\r\nA: " + long).fault?.status == 431)
    }
}

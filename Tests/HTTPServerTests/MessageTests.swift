import HTTPServer
import Testing

@Suite struct MessageTests {
    @Test func `headers compare without case and keep their order`() {
        var headers: HTTPHeaders = ["Accept": "a", "X-One": "1", "accept": "b"]
        #expect(headers["ACCEPT"] == "a")
        #expect(headers.values("Accept") == ["a", "b"])
        headers.set("accept", "c")
        #expect(headers.fields.map(\.value) == ["c", "1"])
        headers.set("New", "n")
        headers.remove("x-one")
        #expect(headers.fields.map(\.name) == ["Accept", "New"])
        #expect(headers["missing"] == nil)
        // Only letters have a case: '[' and '{' differ by the same bit.
        headers.add("a[", "x")
        #expect(headers["A{"] == nil)
    }

    @Test(
        arguments: [
            ("/", "/", nil), ("/a/b?x=1?y", "/a/b", "x=1?y"), ("/?", "/", ""), ("*", "*", nil),
            ("http://host:1/p?q", "/p", "q"), ("HTTP://host", "/", nil), ("https://host?q", "/", "q"),
            ("/http://x", "/http://x", nil),
        ] as [(String, String, String?)])
    func `a target is taken apart`(target: String, path: String, query: String?) {
        let request = HTTPRequest(method: "GET", target: target)
        #expect(request.path == path)
        #expect(request.query == query)
        #expect(request.target == target)
    }

    @Test(
        arguments: [
            ("/", []), ("/a", ["a"]), ("/a/", ["a", ""]), ("//", ["", ""]), ("/a%2Fb/c%20d", ["a/b", "c d"]),
            ("/%C3%A9?q", ["é"]), ("/a+b", ["a+b"]), ("/...", ["..."]),
            ("/a/../b", nil), ("/.", nil), ("/%2e%2E/x", nil), ("/a%00", nil), ("/%FF", nil), ("/%4", nil),
            ("/%zz", nil), ("*", nil),
        ] as [(String, [String]?)])
    func `a path is split and decoded`(target: String, segments: [String]?) {
        #expect(HTTPRequest(method: "GET", target: target).pathSegments == segments)
    }

    @Test func `a query is split and decoded`() throws {
        func items(_ query: String) -> [String]? {
            HTTPRequest(method: "GET", target: "/?" + query).queryItems?.map { "\($0.name)=\($0.value)" }
        }
        #expect(items("a=1&b=x+y%26&c&=d&&a=2=3") == ["a=1", "b=x y&", "c=", "=d", "a=2=3"])
        #expect(items("") == [])
        #expect(items("a=%F") == nil)
        #expect(items("%80=1") == nil)
        #expect(HTTPRequest(method: "GET", target: "/").queryItems?.isEmpty == true)
    }

    @Test func `a body that is here is read once in one piece`() async throws {
        let body = RequestBody([1, 2, 3])
        #expect(body.contentLength == 3)
        #expect(try await body.collect(upTo: 3) == [1, 2, 3])
        await #expect(throws: HTTPError.bodyTooLarge(limit: 2)) { try await body.collect(upTo: 2) }
        var pieces: [[UInt8]] = []
        for try await piece in body { pieces.append(piece) }
        #expect(pieces == [[1, 2, 3]])
        for try await _ in RequestBody([]) { Issue.record("an empty body has no piece") }
    }

    @Test func `an answer cannot smuggle fields or framing`() {
        let head = String(
            decoding: ResponseHead.bytes(
                status: 200,
                headers: [
                    "X-Bad": "a\r\nSet-Cookie: b\0", "Bad Name": "x", "": "y", "Content-Length": "7",
                    "transfer-encoding": "gzip",
                    "Connection": "upgrade", "Date": "never", "X-Good": "é",
                ], framing: .length(2), persistence: .implied, date: Array("Date: now\r\n".utf8)),
            as: UTF8.self)
        #expect(
            head == "HTTP/1.1 200 OK\r\nDate: now\r\nX-Bad: a  Set-Cookie: b \r\nX-Good: é\r\nContent-Length: 2\r\n\r\n"
        )
    }

    @Test func `an answer's head says how it ends`() {
        func head(_ framing: ResponseHead.Framing, _ persistence: ResponseHead.Persistence) -> String {
            String(
                decoding: ResponseHead.bytes(
                    status: 599, headers: [:], framing: framing, persistence: persistence, date: []),
                as: UTF8.self)
        }
        #expect(
            head(.chunked, .close) == "HTTP/1.1 599 Status\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        #expect(head(.untilClose, .close) == "HTTP/1.1 599 Status\r\nConnection: close\r\n\r\n")
        #expect(head(.none, .keepAlive) == "HTTP/1.1 599 Status\r\nConnection: keep-alive\r\n\r\n")
    }
}

import HTTPServer
import Testing

/// Addresses, ranges, and what a proxy says of its client.
@Suite struct AddressTests {
    @Test(arguments: [
        ("1.2.3.4", "1.2.3.4"), ("::ffff:1.2.3.4", "1.2.3.4"), ("2001:DB8:0:0::1", "2001:db8::1"), ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1"), ("255.255.255.255", "255.255.255.255"), ("::", "::"),
    ])
    func `an address is written in one form`(text: String, expected: String) {
        #expect(IPAddress(text)?.description == expected)
    }

    @Test(arguments: ["", "1.2.3", "01.2.3.4x", "1.2.3.4:80", "[::1]", "localhost", "1.2.3.4/8", ":::", "1.2.3.256"])
    func `what is no address is none`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3", "10.1.2.4", false), ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/32", "2001:db9::1", false), ("2001:db8::/65", "2001:db8::7fff:0:0:1", true),
        ("2001:db8::/65", "2001:db8::8000:0:0:1", false), ("::1", "::1", true), ("128.0.0.0/1", "200.1.1.1", true),
        ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("10.0.0.0/8", "::10.1.1.1", false),
    ])
    func `a range holds what shares its first bits`(range: String, address: String, expected: Bool) throws {
        #expect(try #require(IPRange(range)).contains(try #require(IPAddress(address))) == expected)
    }

    @Test(arguments: [
        "0.0.0.0/0", "::/0", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "a/8", "::/129", "/8",
    ])
    func `a range that says something else than it means is refused`(text: String) {
        #expect(IPRange(text) == nil)
    }

    private static let loopbackAndNet = ["127.0.0.1", "10.0.0.0/8"]

    /// Fields as written, and the client and the security that follow from them.
    struct Case: Sendable {
        var fields: [(String, String)]
        var client: String
        var isSecure: Bool?

        init(_ fields: [(String, String)], _ client: String, _ isSecure: Bool? = nil) {
            self.fields = fields
            self.client = client
            self.isSecure = isSecure
        }
    }

    static let cases: [Case] = [
        Case([], "127.0.0.1"),
        Case([("X-Forwarded-For", "192.0.2.7")], "192.0.2.7"),
        // What the client wrote itself stands on the left.
        Case([("X-Forwarded-For", "1.1.1.1, 192.0.2.7")], "192.0.2.7"),
        Case([("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "192.0.2.7,10.1.2.3")], "192.0.2.7"),
        Case([("X-Forwarded-For", "10.0.0.1, 10.0.0.2")], "10.0.0.1"),
        Case([("X-Forwarded-For", "1.1.1.1, rubbish, 10.0.0.2")], "10.0.0.2"),
        Case([("X-Forwarded-For", "1.1.1.1, ")], "127.0.0.1"),
        Case([("X-Forwarded-For", "192.0.2.7:4711")], "192.0.2.7"),
        Case([("X-Forwarded-For", "[2001:db8::7]:4711")], "2001:db8::7"),
        Case([("X-Forwarded-For", "2001:db8::7")], "2001:db8::7"),
        Case([("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-Proto", "https")], "192.0.2.7", true),
        Case([("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-Proto", "https, http")], "192.0.2.7", false),
        Case([("X-Forwarded-Proto", "gopher")], "127.0.0.1"),
        Case([("Forwarded", "for=192.0.2.7;proto=https;by=10.0.0.9")], "192.0.2.7", true),
        Case([("Forwarded", "For=\"[2001:db8::7]:4711\"")], "2001:db8::7"),
        Case([("Forwarded", "for=1.1.1.1, for=192.0.2.7, for=10.0.0.2")], "192.0.2.7"),
        Case([("Forwarded", "for=unknown")], "127.0.0.1"),
        Case([("Forwarded", "for=1.1.1.1, for=_hidden, for=10.0.0.2")], "10.0.0.2"),
        Case([("Forwarded", "for=\"192.0.2.7, 1.1.1.1\"")], "127.0.0.1"),
        Case([("Forwarded", "for=\"a\\\"b\";for=192.0.2.7")], "192.0.2.7"),
        // Both, of one mind and of two.
        Case([("X-Forwarded-For", "192.0.2.7"), ("Forwarded", "for=192.0.2.7;proto=http")], "192.0.2.7", false),
        Case(
            [("X-Forwarded-For", "192.0.2.7"), ("Forwarded", "for=192.0.2.8"), ("X-Forwarded-Proto", "http")],
            "127.0.0.1"),
    ]

    @Test(arguments: cases.indices)
    func `the nearest address that is no proxy's is the client`(index: Int) throws {
        let entry = Self.cases[index]
        var headers = HTTPHeaders()
        for (name, value) in entry.fields { headers.add(name, value) }
        let proxies = try #require(TrustedProxies(Self.loopbackAndNet))
        let found = ForwardedClient(headers, from: .ip("127.0.0.1"), proxies: proxies)
        #expect(found.client == .ip(entry.client), "\(entry.fields)")
        #expect(found.isSecure == entry.isSecure, "\(entry.fields)")
    }

    @Test func `only the near end of a long list is read`() throws {
        let proxies = try #require(TrustedProxies(["10.0.0.0/8"]))
        let list = (0..<5_000).map { "10.0.\($0 / 256).\($0 % 256)" }.joined(separator: ",")
        let found = ForwardedClient(["X-Forwarded-For": list], from: .ip("10.0.0.1"), proxies: proxies)
        #expect(found.client == .ip("10.0.19.104"))
    }

    @Test func `a list of proxies with a mistake is no list`() {
        #expect(TrustedProxies(["unix", "10.0.0.0/8", "::1"]) != nil)
        #expect(TrustedProxies(["10.0.0.0/8", "proxy.example"]) == nil)
        #expect(TrustedProxies(["0.0.0.0/0"]) == nil)
    }
}

/// How many connections and requests one client may have.
@Suite struct ClientLimitTests {
    private static let ask = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test func `one address has its number of connections, and gets them back`() async throws {
        try await withServer {
            $0.limits.connectionsPerAddress = 3
            $0.limits.countsLoopback = true
        } _: { server, port in
            try await onThread {
                let clients = try (0..<3).map { _ in try RawClient(port: port) }
                for client in clients {
                    client.send(Self.ask)
                    #expect(try client.readAnswer().status == 200)
                }
                let fourth = try RawClient(port: port)
                #expect(try fourth.readToEnd().hasPrefix("HTTP/1.1 503 "))
                // Another address of the same machine has a count of its own.
                let other = try RawClient(port: port, from: "127.0.0.2")
                other.send(Self.ask)
                #expect(try other.readAnswer().status == 200)
                for client in clients { client.close() }
            }
            #expect(server.refusalCounts.ofOneClient == 1 && server.refusalCounts.ofAll == 0)
            #expect(await eventually { server.openConnectionCount == 0 })
            try await onThread {
                let again = try RawClient(port: port)
                again.send(Self.ask)
                #expect(try again.readAnswer().status == 200)
            }
        }
    }

    @Test func `loopback has no limit of its own`() async throws {
        try await withServer {
            $0.limits.connectionsPerAddress = 1
        } _: { _, port in
            try await onThread {
                for client in try (0..<5).map({ _ in try RawClient(port: port) }) {
                    client.send(Self.ask)
                    #expect(try client.readAnswer().status == 200)
                }
            }
        }
    }

    @Test func `a trusted proxy's clients are counted by request, and named to the handler`() async throws {
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
            return answer(200, "\(request.client) \(request.peer) \(request.isSecure)")
        } _: { server, port in
            @Sendable func ask(_ path: String, _ client: String) -> String {
                "GET \(path) HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: \(client)\r\nX-Forwarded-Proto: https\r\n\r\n"
            }
            try await onThread {
                let waiting = try (0..<2).map { _ in try RawClient(port: port) }
                for client in waiting { client.send(ask("/wait", "192.0.2.7")) }
                while arrived.value < 2 { pause(milliseconds: 1) }
                let third = try RawClient(port: port)
                third.send(ask("/", "192.0.2.7"))
                #expect(try third.readToEnd().hasPrefix("HTTP/1.1 503 "))
                let other = try RawClient(port: port)
                other.send(ask("/", "192.0.2.8"))
                #expect(try other.readAnswer().text == "ip(\"192.0.2.8\") ip(\"127.0.0.1\") true")
                released.set()
                for client in waiting { #expect(try client.readAnswer().status == 200) }
                // Nothing stays counted on a connection that goes on.
                for _ in 0..<5 {
                    other.send(ask("/", "192.0.2.7"))
                    #expect(try other.readAnswer().status == 200)
                }
            }
            #expect(server.refusalCounts.ofOneClient == 1)
        }
    }

    @Test func `nobody else is believed`() async throws {
        let proxies = try #require(TrustedProxies(["192.0.2.1"]))
        try await withServer {
            $0.trustedProxies = proxies
        } handler: { request in
            answer(200, "\(request.client) \(request.isSecure)")
        } _: { _, port in
            let text = try await onThread {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\n\r\n")
                return try client.readAnswer().text
            }
            #expect(text == "ip(\"127.0.0.1\") false")
        }
    }
}

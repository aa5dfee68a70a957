import Appliance
import HTTPServer
import JSON
import Testing

/// `Host` and `Origin`, and where the server agrees to listen.
@Suite struct DoorHostTests {
    struct Case: Sendable {
        var listen = "127.0.0.1"
        var publicURL: String?
        var allowed: [String] = []
        var host: String?
        var origin: String?
        var peer = PeerAddress.ip("127.0.0.1")
        var expected: ApplianceError?
    }

    static let cases: [Case] = [
        Case(host: "127.0.0.1:8080"), Case(host: "localhost"), Case(host: "LOCALHOST:9"), Case(host: "[::1]:8080"),
        Case(host: "127.1.2.3"),
        Case(host: nil, expected: .hostNotServed), Case(host: "", expected: .hostNotServed),
        Case(host: "evil.example.com", expected: .hostNotServed),
        Case(host: "127.0.0.1.evil.example.com", expected: .hostNotServed),
        Case(host: "localhost.evil.com", expected: .hostNotServed),
        Case(host: "127.0.0.1:99999", expected: .hostNotServed), Case(host: "user@127.0.0.1", expected: .hostNotServed),
        Case(publicURL: "https://search.example.com", host: "search.example.com"),
        Case(publicURL: "https://search.example.com", host: "127.0.0.1"),
        Case(allowed: ["box.lan"], host: "box.lan:8080"), Case(host: "box.lan", expected: .hostNotServed),
        Case(listen: "192.0.2.1", host: "192.0.2.1:8080"),
        Case(listen: "192.0.2.1", host: "localhost", expected: .hostNotServed),
        Case(listen: "0.0.0.0", publicURL: "http://box:8080", host: "box:8080", peer: .ip("192.0.2.9")),
        Case(
            listen: "0.0.0.0", publicURL: "http://box:8080", host: "localhost", peer: .ip("192.0.2.9"),
            expected: .hostNotServed),
        Case(listen: "0.0.0.0", publicURL: "http://box:8080", host: "localhost"),
        Case(listen: "192.0.2.1", host: "localhost", peer: .unixSocket),
        Case(host: "localhost", origin: "http://localhost:3000"), Case(host: "localhost", origin: "https://127.0.0.1"),
        Case(host: "localhost", origin: "https://evil.example.com", expected: .originNotAllowed),
        Case(host: "localhost", origin: "null", expected: .originNotAllowed),
        Case(host: "localhost", origin: "", expected: .originNotAllowed),
        Case(host: "localhost", origin: "file://", expected: .originNotAllowed),
        Case(publicURL: "https://search.example.com", host: "search.example.com", origin: "https://search.example.com"),
        Case(
            publicURL: "https://search.example.com", host: "search.example.com",
            origin: "https://search.example.com:443"),
        Case(
            publicURL: "https://search.example.com", host: "search.example.com", origin: "http://search.example.com",
            expected: .originNotAllowed),
        Case(
            publicURL: "https://search.example.com", host: "search.example.com",
            origin: "https://search.example.com:8443",
            expected: .originNotAllowed),
    ]

    @Test(arguments: cases.indices) func `host and origin`(index: Int) {
        let entry = Self.cases[index]
        let hosts = ServedHosts(
            listenHosts: [entry.listen], publicURL: entry.publicURL.flatMap { WebOrigin($0) },
            allowedHosts: entry.allowed)
        var headers = HTTPHeaders()
        if let host = entry.host { headers.add("Host", host) }
        if let origin = entry.origin { headers.add("Origin", origin) }
        var found: ApplianceError?
        do throws(ApplianceError) {
            try hosts.check(HTTPRequest(method: "GET", target: "/", headers: headers, peer: entry.peer))
        } catch {
            found = error
        }
        #expect(found == entry.expected, "\(entry)")
    }

    @Test func `two hosts or two origins are refused`() {
        let hosts = ServedHosts(listenHosts: ["127.0.0.1"], publicURL: nil, allowedHosts: [])
        let twice: HTTPHeaders = ["Host": "localhost", "Host": "localhost"]
        #expect(throws: ApplianceError.hostNotServed) {
            try hosts.check(HTTPRequest(method: "GET", target: "/", headers: twice))
        }
        let origins: HTTPHeaders = ["Host": "localhost", "Origin": "http://localhost", "Origin": "http://localhost"]
        #expect(throws: ApplianceError.originNotAllowed) {
            try hosts.check(HTTPRequest(method: "GET", target: "/", headers: origins))
        }
    }

    @Test func `beside a listener off loopback only callers from loopback may say its names`() {
        let hosts = ServedHosts(listenHosts: ["127.0.0.1", "192.0.2.1"], publicURL: nil, allowedHosts: [])
        func isServed(_ host: String, _ peer: PeerAddress) -> Bool {
            (try? hosts.check(HTTPRequest(method: "GET", target: "/", headers: ["Host": host], peer: peer))) != nil
        }
        for peer in [PeerAddress.ip("127.0.0.1"), .ip("::1"), .unixSocket, .sharedSocket] {
            #expect(isServed("localhost", peer))
        }
        #expect(!isServed("localhost", .ip("192.0.2.9")))
        #expect(!isServed("127.0.0.1", .ip("192.0.2.9")))
        #expect(isServed("192.0.2.1", .ip("192.0.2.9")))
    }

    @Test func `behind a proxy that ends TLS a page that came in the clear is refused`() throws {
        let hosts = ServedHosts(listenHosts: ["127.0.0.1"], publicURL: nil, allowedHosts: ["box.example"])
        var request = HTTPRequest(
            method: "GET", target: "/", headers: ["Host": "box.example", "Origin": "http://box.example"])
        try hosts.check(request)
        request.isSecure = true
        #expect(throws: ApplianceError.originNotAllowed) { try hosts.check(request) }
    }

    @Test func `only the folder's own socket makes a command of this machine`() {
        func call(_ peer: PeerAddress) -> Call { Call(HTTPRequest(method: "GET", target: "/", peer: peer)) }
        #expect(call(.unixSocket).isFromFolder)
        #expect(!call(.sharedSocket).isFromFolder)
        #expect(!call(.ip("127.0.0.1")).isFromFolder)
        var forwarded = HTTPRequest(method: "GET", target: "/", peer: .sharedSocket)
        forwarded.client = .ip("192.0.2.7")
        #expect(Call(forwarded).clientAddress == "192.0.2.7")
    }

    @Test func `every route checks both, also open ones and unknown ones`() async throws {
        try await DoorHarness.run { harness in
            for path in ["/", "/health", "/mcp", "/v1/search", "/nothing", "/.well-known/jwks.json"] {
                #expect(
                    try await harness.send("GET", path, headers: [("Host", "evil.example.com")]).status == 421,
                    "\(path)")
                let answer = try await harness.send("POST", path, headers: [("Origin", "https://evil.example.com")])
                #expect(answer.status == 403, "\(path)")
                #expect(answer.json["code"] == "origin_not_allowed")
            }
        }
    }

    @Test func `off loopback it listens only when told how clients come`() throws {
        func check(_ host: String, _ change: (inout Configuration) -> Void = { _ in }) throws {
            var configuration = Configuration()
            configuration.listenHost = host
            change(&configuration)
            try configuration.checkListener()
        }
        try check("127.0.0.1")
        try check("localhost")
        try check("::1")
        #expect(throws: ApplianceError.self) { try check("192.0.2.1") }
        try check("192.0.2.1") { $0.plainHTTP = true }
        #expect(throws: ApplianceError.self) { try check("0.0.0.0") { $0.plainHTTP = true } }
        #expect(throws: ApplianceError.self) { try check("0.0.0.0") { $0.publicURL = WebOrigin("https://a.example") } }
        try check("0.0.0.0") {
            $0.plainHTTP = true
            $0.publicURL = WebOrigin("https://a.example")
        }
        // With TLS nobody needs to promise anything; half a pair, or a promise of plain HTTP beside it, is a mistake.
        func tls(_ configuration: inout Configuration) {
            configuration.tlsCertificate = "cert.pem"
            configuration.tlsKey = "key.pem"
        }
        try check("192.0.2.1", tls)
        #expect(throws: ApplianceError.self) { try check("0.0.0.0", tls) }
        #expect(throws: ApplianceError.self) { try check("127.0.0.1") { $0.tlsKey = "key.pem" } }
        #expect(throws: ApplianceError.self) {
            try check("127.0.0.1") {
                tls(&$0)
                $0.plainHTTP = true
            }
        }
        #expect(throws: ApplianceError.self) {
            try check("127.0.0.1") {
                tls(&$0)
                $0.publicURL = WebOrigin("http://a.example")
            }
        }
    }

    @Test func `with TLS a page that came in the clear may call from loopback only`() throws {
        let hosts = ServedHosts(
            listenHosts: ["127.0.0.1"], publicURL: nil, allowedHosts: ["box.example"], servesTLS: true)
        func check(_ host: String, _ origin: String) throws {
            try hosts.check(HTTPRequest(method: "GET", target: "/", headers: ["Host": host, "Origin": origin]))
        }
        try check("box.example", "https://box.example")
        try check("localhost", "http://localhost:3000")
        #expect(throws: ApplianceError.originNotAllowed) { try check("box.example", "http://box.example") }
    }
}

import Access
import Appliance
import Glibc
import HTTPServer
import JSON
import TenantStore
import Testing

/// What is left behind by calls: log lines, metrics, usage and audit rows, revocations.
@Suite struct DoorRecordTests {
    @Test func `a suspended tenant's refusals open nothing and are logged`() async throws {
        try await DoorHarness.run { harness in
            let acme = try await harness.makeTenant("acme")
            let token = try harness.token(acme)
            _ = try await harness.appliance.tenants.setState(.suspended, of: TenantName("acme"))
            #expect(try await harness.send("GET", "/v1/collections", token: token).status == 403)
            #expect(try await harness.tool("list_collections", [:], token: token).status == 403)
            #expect(harness.appliance.registry.openCount == 0)
            #expect(harness.lines.all.contains(#""code":"tenant_suspended""#))
            #expect(harness.lines.all.contains(#""tenant_id":"acme""#))
        }
    }

    @Test(arguments: [
        ("GET", "/nowhere", [("Host", "127.0.0.1:8080")], 404, "route_not_found"),
        ("POST", "/v1/documents/1", [("Host", "127.0.0.1:8080")], 405, "method_not_allowed"),
        ("GET", "/health", [("Host", "elsewhere.example")], 421, "host_not_served"),
        ("GET", "/health", [("Origin", "http://elsewhere.example")], 403, "origin_not_allowed"),
    ])
    func `what comes to no door is recorded`(
        method: String, path: String, headers: [(String, String)], status: Int, code: String
    ) async throws {
        try await DoorHarness.run { harness in
            let answer = try await harness.send(method, path, headers: headers + [("X-Request-Id", "mine-1")])
            #expect(answer.status == status)
            #expect(answer.json["code"]?.stringValue == code)
            #expect(answer.json["request_id"] == "mine-1")
            #expect(answer.headers["X-Request-Id"] == "mine-1")
            #expect(answer.headers["traceparent"] != nil)
            let lines = harness.lines.all.split(separator: "\n").filter { $0.contains(#""request_id":"mine-1""#) }
            #expect(lines.count == 1)
            #expect(lines.first?.contains(#""operation":"none","status":\#(status),"code":"\#(code)""#) == true)
            #expect(!harness.lines.all.contains(path), "paths are callers' text")
            let text = try await harness.send("GET", "/metrics", token: harness.token(nil)).text
            #expect(
                text.contains("carrel_request_duration_seconds_count{operation=\"none\",status=\"\(status)\"} 1\n"))
        }
    }

    @Test func `bytes that are no request are recorded and named`() async throws {
        try await DoorHarness.run({ $0.listenPort = 0 }) { harness in
            guard case .tcp(_, let port)? = try harness.appliance.start().first else { return }
            let text = try exchange(port, "GET  / HTTP/1.1\r\n\r\n")
            let answer = try JSONValue(parsing: Array(text.split(separator: "\r\n\r\n")[1].utf8))
            #expect(text.hasPrefix("HTTP/1.1 400 "))
            #expect(answer["code"] == "http_400")
            let id = try #require(answer["request_id"]?.stringValue)
            #expect(text.contains("X-Request-Id: \(id)\r\n"))
            #expect(harness.lines.all.contains(#""operation":"http","status":400,"code":"http_400""#))
            #expect(harness.lines.all.contains(#""request_id":"\#(id)""#))
            let metrics = try await harness.send("GET", "/metrics", token: harness.token(nil)).text
            #expect(metrics.contains("carrel_request_duration_seconds_count{operation=\"http\",status=\"400\"} 1\n"))
        }
    }

    /// Sends bytes to a server on this machine and reads to the end.
    private func exchange(_ port: UInt16, _ bytes: String) throws -> String {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(client) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let code = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(code == 0)
        _ = send(client, bytes, bytes.utf8.count, Int32(MSG_NOSIGNAL))
        shutdown(client, Int32(SHUT_WR))
        var text: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while case let count = recv(client, &block, block.count, 0), count > 0 { text += block[..<count] }
        return String(decoding: text, as: UTF8.self)
    }

    @Test func `an MCP body that is too large is recorded`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            let body = String(repeating: " ", count: (4 << 20) + 1)
            #expect(try await harness.send("POST", "/mcp", token: token, body: body).status == 413)
            #expect(harness.lines.all.contains(#""operation":"mcp","status":413,"code":"payload_too_large""#))
        }
    }

    @Test func `changes name what they changed and count what came in`() async throws {
        try await DoorHarness.run { harness in
            let acme = try await harness.makeTenant("acme")
            let token = try harness.token(acme)
            _ = try await harness.send("PUT", "/v1/documents/a%2Fb", token: token, body: #"{"text": "alpha"}"#)
            _ = try await harness.tool(
                "add_documents", ["documents": [["id": "1", "text": "beta"], ["id": "2", "text": "gamma"]]],
                token: token)
            _ = try await harness.tool("delete_documents", ["ids": ["1"], "collection": "default"], token: token)
            _ = try await harness.tool("delete_documents", ["ids": ["2", "3"]], token: token)
            _ = try await harness.send(
                "POST", "/v1/collections", token: token, body: #"{"name":"notes","passages":"whole"}"#)
            await harness.appliance.registry.close(uid: acme.uid)
            let reader = try TenantReader.open(harness.appliance.folder.tenantDatabase(TenantName("acme")))
            #expect(
                try reader.audit(after: 0, limit: 10).map(\.row.target) == [
                    "search://documents/default/a%2Fb", "default (2 documents)", "search://documents/default/1",
                    "(2 documents)", "notes",
                ])
            let usage = try reader.usage(limit: 10).map(\.row)
            #expect(usage.allSatisfy { $0.byteCount > 0 })
            #expect(usage.allSatisfy { $0.status == "200" })
        }
    }

    @Test func `revocations of long expired tokens are forgotten, others kept`() async throws {
        try await DoorHarness.run { harness in
            let database = harness.appliance.database
            let now = Timestamp.now.seconds
            try database.revoke(Revocation(tokenID: "old", expiresAt: now - 3600))
            try database.revoke(Revocation(tokenID: "recent", expiresAt: now - 30))
            try database.revoke(Revocation(tokenID: "live", expiresAt: now + 3600))
            let token = try harness.token(try await harness.makeTenant("acme"))
            #expect(try await harness.send("GET", "/v1/collections", token: token).status == 200)
            for _ in 0..<400 where try database.revocations().count != 2 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(try database.revocations().map(\.tokenID).sorted() == ["live", "recent"])
            // Not at every look: the next is an hour away.
            try database.revoke(Revocation(tokenID: "old again", expiresAt: now - 3600))
            try await Task.sleep(for: .milliseconds(600))
            #expect(try await harness.send("GET", "/v1/collections", token: token).status == 200)
            #expect(try database.revocations().count == 3)
        }
    }
}

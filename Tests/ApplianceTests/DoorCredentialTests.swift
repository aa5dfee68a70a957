import Access
import Appliance
import HTTPServer
import JSON
import TenantStore
import Testing

/// Who is let in, who is not, and what they are told.
@Suite struct DoorCredentialTests {
    private static let metadata =
        "resource_metadata=\"http://127.0.0.1:8080/.well-known/oauth-protected-resource/mcp\""

    @Test func `a good token searches its tenant`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            let answer = try await harness.send("GET", "/v1/collections", token: token)
            #expect(answer.status == 200)
            #expect(answer.json == ["tenant_id": "acme", "collections": [], "warnings": []])
            #expect(answer.headers["Cache-Control"] == "no-store")
        }
    }

    @Test func `a bad credential is 401 with invalid_token first`() async throws {
        try await DoorHarness.run({ $0.refusalsPerMinute = 0 }) { harness in
            let acme = try await harness.makeTenant("acme")
            let good = try harness.token(acme)
            let other = try DoorHarness()
            let foreign = try other.token(acme)
            await other.appliance.close()
            let expired = try harness.token(acme, ttl: .seconds(60), issuedAt: Timestamp.now.seconds - 3600)
            let unsigned = "eyJhbGciOiJub25lIn0." + good.split(separator: ".")[1] + "."
            let headers = [
                "Bearer " + foreign, "Bearer " + expired, "Bearer " + unsigned, "Bearer " + good.dropLast(3) + "AAA",
                "Bearer ", "Bearer", "Basic " + good, good, "Bearer a b",
                "Bearer " + String(repeating: "a", count: 9000),
            ]
            for header in headers {
                for path in ["/v1/collections", "/mcp"] {
                    let answer = try await harness.send(
                        path == "/mcp" ? "POST" : "GET", path, headers: [("Authorization", header)])
                    #expect(answer.status == 401, "\(header.prefix(40))")
                    let challenge = try #require(answer.headers["WWW-Authenticate"])
                    #expect(challenge.hasPrefix("Bearer error=\"invalid_token\", error_description=\""))
                    #expect(challenge.hasSuffix("\", \(Self.metadata), scope=\"search\""))
                    #expect(
                        challenge.split(separator: "error_description=\"")[1].prefix { $0 != "\"" }.contains("=")
                            == false)
                }
            }
            #expect(harness.lines.all.contains(good.split(separator: ".")[2]) == false, "no token in the log")
        }
    }

    @Test func `a token in the query string is no credential`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            #expect(try await harness.send("GET", "/v1/collections?access_token=\(token)").status == 401)
        }
    }

    @Test func `MCP refusals echo the id`() async throws {
        try await DoorHarness.run { harness in
            let answer = try await harness.call("tools/list", token: nil)
            #expect(answer.status == 401)
            #expect(answer.json["id"] == 7)
            #expect(answer.json["error"]?["code"] == -31001)
            #expect(answer.json["error"]?["data"]?["articleCode"] == -32001)
            let large = try await harness.send(
                "POST", "/mcp", body: "{\"id\":7,\"x\":\"" + String(repeating: "x", count: 70_000) + "\"}")
            #expect(large.status == 401)
            #expect(large.json["id"] == .null)
            #expect(large.headers["Connection"] == "close")
        }
    }

    @Test func `a scope that is missing is 403 and named`() async throws {
        try await DoorHarness.run { harness in
            let acme = try await harness.makeTenant("acme")
            let reader = try harness.token(acme, scopes: .search)
            let answer = try await harness.send("PUT", "/v1/documents/1", token: reader, body: #"{"text": "x"}"#)
            #expect(answer.status == 403)
            #expect(answer.headers["Content-Type"] == "application/problem+json")
            #expect(answer.json["code"] == "insufficient_scope")
            #expect(
                answer.headers["WWW-Authenticate"]
                    == "Bearer error=\"insufficient_scope\", scope=\"write\", \(Self.metadata)")
            for (method, path) in [
                ("GET", "/metrics"), ("GET", "/v1/admin/tenants"), ("DELETE", "/v1/admin/tenants/acme"),
            ] {
                let all = try harness.token(acme, scopes: [.search, .write, .admin, .audit])
                #expect(try await harness.send(method, path, token: all).status == 403, "\(path)")
            }
        }
    }

    @Test func `the operator runs the box and opens no document`() async throws {
        try await DoorHarness.run { harness in
            try await harness.makeTenant("acme")
            let token = try harness.token(nil)
            #expect(try await harness.send("GET", "/metrics", token: token).status == 200)
            #expect(
                try await harness.send("GET", "/v1/admin/tenants", token: token).json["tenants"]?.arrayValue?.count == 1
            )
            for (method, path) in [("GET", "/v1/documents"), ("GET", "/v1/collections"), ("POST", "/v1/search")] {
                #expect(try await harness.send(method, path, token: token).status == 403, "\(path)")
            }
            let list = try await harness.call("tools/list", token: token)
            #expect(list.json["result"]?["tools"] == [])
        }
    }

    @Test func `suspended, deleted, made anew and revoked`() async throws {
        try await DoorHarness.run { harness in
            let acme = try await harness.makeTenant("acme")
            let token = try harness.token(acme)
            let claims = try harness.claims(acme)
            let operatorToken = try harness.token(nil)
            func status() async throws -> Int { try await harness.send("GET", "/v1/collections", token: token).status }
            #expect(try await status() == 200)
            #expect(
                try await harness.send("POST", "/v1/admin/tenants/acme/suspend", token: operatorToken).status == 200)
            let answer = try await harness.send("GET", "/v1/collections", token: token)
            #expect(answer.status == 403)
            #expect(answer.json["code"] == "tenant_suspended")
            #expect(try await harness.send("POST", "/v1/admin/tenants/acme/resume", token: operatorToken).status == 200)
            #expect(try await status() == 200)
            // Revoked by another process: seen within a second.
            let revoked = try harness.appliance.keys.issue(claims)
            #expect(try await harness.send("GET", "/v1/collections", token: revoked).status == 200)
            try harness.appliance.database.revoke(Revocation(tokenID: claims.id, expiresAt: claims.expiresAt))
            try await Task.sleep(for: .milliseconds(900))
            #expect(try await harness.send("GET", "/v1/collections", token: revoked).status == 401)
            #expect(try await status() == 200, "only that one")
            // A later tenant of the same name is another.
            _ = try await harness.send("PUT", "/v1/documents/1", token: token, body: #"{"text": "alpha secret"}"#)
            #expect(try await harness.send("DELETE", "/v1/admin/tenants/acme", token: operatorToken).status == 200)
            #expect(try await status() == 401)
            let again = try await harness.makeTenant("acme")
            #expect(again.uid != acme.uid)
            #expect(try await status() == 401)
            let fresh = try harness.token(again)
            #expect(try await harness.send("GET", "/v1/documents", token: fresh).json["documents"] == [])
        }
    }

    @Test func `after ten refused credentials an address gets 429, a good one is served`() async throws {
        try await DoorHarness.run { harness in
            let good = try harness.token(try await harness.makeTenant("acme"))
            let peer = PeerAddress.ip("192.0.2.7")
            for round in 0..<12 {
                let answer = try await harness.send("GET", "/v1/collections", token: "nonsense", peer: peer)
                #expect(answer.status == (round < 10 ? 401 : 429), "\(round)")
                #expect(round < 10 || answer.headers["Retry-After"] != nil)
                #expect(
                    try await harness.send("GET", "/v1/collections", peer: peer).status == 401,
                    "a missing one does not count")
            }
            #expect(try await harness.call("ping", token: "nonsense", era: .legacy).status == 401, "another address")
            #expect(try await harness.send("GET", "/v1/collections", token: good, peer: peer).status == 200)
        }
    }

    @Test func `a tenant has its burst, then 429, and handshakes go on`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme", callsWithoutRefill: 10))
            for _ in 0..<10 { #expect(try await harness.send("GET", "/v1/collections", token: token).status == 200) }
            let rest = try await harness.send("GET", "/v1/collections", token: token)
            #expect(rest.status == 429)
            #expect(rest.json["code"] == "rate_limit_exceeded")
            #expect((Int(rest.headers["Retry-After"] ?? "") ?? 0) >= 1)
            let modern = try await harness.tool("list_collections", [:], token: token)
            #expect(modern.status == 429)
            #expect(modern.json["error"]?["code"] == -31003)
            #expect(modern.headers["Retry-After"] != nil)
            let legacy = try await harness.tool("list_collections", [:], token: token, era: .legacy)
            #expect(legacy.status == 200)
            #expect(legacy.json["error"]?["code"] == -31003)
            #expect(try await harness.call("server/discover", token: token).status == 200)
            #expect(try await harness.call("ping", token: token, era: .legacy).json["result"] == [:])
            let initialize: JSONObject = [
                "protocolVersion": "2025-11-25", "capabilities": [:], "clientInfo": ["name": "t", "version": "1"],
            ]
            #expect(
                try await harness.call("initialize", initialize, token: token, era: .legacy).json["result"]?[
                    "protocolVersion"] == "2025-11-25")
            #expect(try await harness.send("GET", "/health").status == 200)
            // Scope comes before rate.
            #expect(try await harness.send("GET", "/metrics", token: token).status == 403)
        }
    }

    @Test func `audit rows tell reads and changes, not words`() async throws {
        try await DoorHarness.run { harness in
            let acme = try await harness.makeTenant("acme")
            let token = try harness.token(acme)
            _ = try await harness.send("PUT", "/v1/documents/1", token: token, body: #"{"text": "alpha"}"#)
            _ = try await harness.send("POST", "/v1/search", token: token, body: #"{"query": "zebra stripes"}"#)
            await harness.appliance.registry.close(uid: acme.uid)
            let reader = try TenantReader.open(harness.appliance.folder.tenantDatabase(TenantName("acme")))
            let rows = try reader.audit(after: 0, limit: 10).map(\.row)
            #expect(rows.map(\.operation) == ["rest.documents.put", "rest.search"])
            #expect(rows.map(\.outcome) == ["ok", "ok"])
            #expect(rows[1].queryHash.count == 32)
            #expect(harness.lines.all.contains("zebra") == false)
        }
    }
}

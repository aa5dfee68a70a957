import Access
import Appliance
import HTTPServer
import JSON
import TenantStore
import Testing

/// Keys behind the gate, in memory: what the box knows of them decides, at every door alike.
@Suite struct APIKeyRollTests {
    @Test func `a key made a moment ago works at once and carries user, kind and scopes`() async throws {
        try await DoorHarness.run { harness in
            let acme = try await harness.makeTenant("acme")
            let roll = APIKeyRoll(harness.appliance.database)
            for round in 0..<3 {
                let made = try roll.create(tenant: acme, user: "robot-\(round)", scopes: [.search, .write])
                let answer = try await harness.send(
                    "POST", "/v1/documents", token: made.key.text, body: #"{"id": "a\#(round)", "text": "x"}"#)
                #expect(answer.status == 201)
            }
        }
    }

    @Test func `only tenants' scopes and real names make a key`() async throws {
        try await DoorHarness.run { harness in
            let acme = try await harness.makeTenant("acme")
            let roll = APIKeyRoll(harness.appliance.database)
            #expect(throws: AccessError.self) { try roll.create(tenant: acme, user: "x", scopes: .operator) }
            #expect(throws: AccessError.self) {
                try roll.create(tenant: acme, user: "x", scopes: [.search, .operator])
            }
            #expect(throws: AccessError.self) { try roll.create(tenant: acme, user: "x", scopes: []) }
            #expect(throws: AccessError.self) { try roll.create(tenant: acme, user: "", scopes: .search) }
            #expect(throws: AccessError.self) { try roll.create(tenant: acme, user: "a\u{7}", scopes: .search) }
            #expect(try roll.all() == [])
        }
    }

    @Test func `a stored operator scope opens nothing`() async throws {
        try await DoorHarness.run { harness in
            let acme = try await harness.makeTenant("acme")
            let key = APIKey()
            let record = APIKeyRecord(
                id: key.id, tenantUID: acme.uid, tenantName: "acme", user: "x", scopes: "search operator",
                secretHash: key.secretHash, createdAt: 0, expiresAt: Timestamp.now.seconds + 60)
            try harness.appliance.database.createAPIKey(record, audit: .ofCommand("test", target: ""))
            #expect(try await harness.send("GET", "/v1/collections", token: key.text).status == 200)
            #expect(try await harness.send("GET", "/metrics", token: key.text).status == 403)
            #expect(try await harness.send("GET", "/v1/admin/tenants", token: key.text).status == 403)
        }
    }

    @Test func `a wrong secret learns nothing of the key`() async throws {
        try await DoorHarness.run({ $0.refusalsPerMinute = 0 }) { harness in
            let acme = try await harness.makeTenant("acme")
            let roll = APIKeyRoll(harness.appliance.database)
            let good = try roll.create(tenant: acme, user: "x", scopes: .search).key
            let ended = try roll.create(tenant: acme, user: "x", scopes: .search).key
            _ = try roll.revoke(ended.id)
            let secret = String(repeating: "0", count: 64)
            var told: Set<String> = []
            for id in [good.id, ended.id, "crl_" + String(repeating: "f", count: 16)] {
                let answer = try await harness.send("GET", "/v1/collections", token: "\(id)_\(secret)")
                #expect(answer.status == 401)
                told.insert(answer.json["detail"]?.stringValue ?? "")
            }
            #expect(told == ["The API key is not valid"])
            let refusal = try await harness.send("GET", "/v1/collections", token: ended.text)
            #expect(refusal.json["detail"] == "The API key has been revoked")
            #expect(!harness.lines.all.contains(secret) && !harness.lines.all.contains(ended.text))
        }
    }

    @Test func `what is no key's id is not found and not repeated`() async throws {
        try await DoorHarness.run { harness in
            let roll = APIKeyRoll(harness.appliance.database)
            let secret = String(repeating: "a", count: 64)
            for text in ["", "crl_", "crl_0123456789abcdef_\(secret.dropLast())", "x\(secret)"] {
                do {
                    _ = try roll.revoke(text)
                    Issue.record("\(text) was found")
                } catch {
                    #expect(!"\(error)".contains(secret.prefix(32)))
                }
            }
        }
    }
}

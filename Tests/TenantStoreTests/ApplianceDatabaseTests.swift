import Glibc
import TenantStore
import TestKit
import Testing

@Suite struct ApplianceDatabaseTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.appending("appliance.sqlite") }

    init() throws {
        directory = try TemporaryDirectory("appliance")
    }

    private func open() throws -> ApplianceDatabase { try ApplianceDatabase.open(path, auditHash: weakHash) }

    @Test func `tenants are made, changed and removed`() throws {
        let database = try open()
        let acme = TenantRecord(name: "acme", uid: "u1", tier: "local", createdAt: 7)
        let beta = TenantRecord(name: "beta", uid: "u2", tier: "pro", ratePerMinute: 60.5, burst: 3, createdAt: 8)
        try database.createTenant(beta)
        try database.createTenant(acme)
        #expect(try database.tenants() == [acme, beta])
        #expect(try database.tenant(named: "acme") == acme)
        #expect(throws: StoreError.alreadyExists(.tenant(name: "acme"))) {
            try database.createTenant(TenantRecord(name: "acme", uid: "u3", tier: "local", createdAt: 9))
        }
        // A uid is for ever one tenant's.
        #expect(throws: StoreError.self) {
            try database.createTenant(TenantRecord(name: "gamma", uid: "u1", tier: "local", createdAt: 9))
        }
        try database.setState(.suspended, ofTenant: "acme")
        try database.setLimits(tier: "free", ratePerMinute: nil, burst: 2, ofTenant: "acme")
        try database.renameTenant("acme", to: "acme-2")
        let changed = try #require(try database.tenant(named: "acme-2"))
        #expect(
            changed == TenantRecord(name: "acme-2", uid: "u1", tier: "free", burst: 2, state: .suspended, createdAt: 7))
        #expect(throws: StoreError.alreadyExists(.tenant(name: "beta"))) {
            try database.renameTenant("acme-2", to: "beta")
        }
        try database.deleteTenant("beta")
        #expect(throws: StoreError.notFound(.tenant(name: "beta"))) { try database.deleteTenant("beta") }
        #expect(throws: StoreError.notFound(.tenant(name: "beta"))) { try database.setState(.active, ofTenant: "beta") }
        #expect(try open().tenants().map(\.name) == ["acme-2"])
    }

    @Test func `every change moves the counter, seen by another connection`() throws {
        let (server, tool) = (try open(), try open())
        var counter = try server.changeCounter()
        func expectChange(_ body: () throws -> Void) throws {
            try body()
            let now = try server.changeCounter()
            #expect(now == counter + 1)
            #expect(try tool.changeCounter() == now)
            counter = now
        }
        try expectChange { try tool.createTenant(TenantRecord(name: "a", uid: "u", tier: "local", createdAt: 1)) }
        try expectChange { try server.setState(.suspended, ofTenant: "a") }
        try expectChange { try tool.revoke(Revocation(tokenID: "t", expiresAt: 5)) }
        try expectChange { try tool.recordSigningKey(SigningKeyRecord(id: "k", algorithm: "RS256", createdAt: 1)) }
        try expectChange { try tool.retireSigningKey("k", at: 3) }
        #expect(throws: StoreError.self) { try tool.deleteTenant("nobody") }
        try tool.appendAudit([auditRow("x")])
        #expect(try server.changeCounter() == counter)
        #expect(try server.signingKeys() == [SigningKeyRecord(id: "k", algorithm: "RS256", createdAt: 1, retiredAt: 3)])
    }

    @Test func `revocations last until their time`() throws {
        let database = try open()
        try database.revoke(Revocation(tokenID: "one", expiresAt: 10))
        try database.revoke(Revocation(tokenID: "two", expiresAt: 20))
        try database.revoke(Revocation(tokenID: "one", expiresAt: 5))
        #expect(
            try database.revocations() == [
                Revocation(tokenID: "one", expiresAt: 10), Revocation(tokenID: "two", expiresAt: 20),
            ])
        #expect(try database.purgeRevocations(expiredBefore: 20) == 1)
        #expect(try database.revocations().map(\.tokenID) == ["two"])
    }

    private func key(_ id: String, expiresAt: Int64 = 500) -> APIKeyRecord {
        APIKeyRecord(
            id: id, tenantUID: "u1", tenantName: "acme", user: "ann", scopes: "search write",
            secretHash: [UInt8](repeating: 7, count: 32), createdAt: 1_000, expiresAt: expiresAt)
    }

    @Test func `API keys are made and ended with their audit rows, and go with their tenant`() throws {
        let database = try open()
        try database.createTenant(TenantRecord(name: "acme", uid: "u1", tier: "local", createdAt: 7))
        try database.createAPIKey(key("k1"), audit: auditRow("made 1"))
        try database.createAPIKey(key("k2"), audit: auditRow("made 2"))
        #expect(try database.apiKeys() == [key("k1"), key("k2")])
        let before = try database.changeCounter()
        #expect(try database.revokeAPIKey("k1", at: 9_000, audit: auditRow("ended")).revokedAt == nil)
        #expect(try database.revokeAPIKey("k1", at: 9_999, audit: auditRow("again")).revokedAt == 9_000)
        #expect(try database.changeCounter() > before)
        #expect(throws: StoreError.notFound(.apiKey(id: "k3"))) {
            try database.revokeAPIKey("k3", at: 1, audit: auditRow("nobody's"))
        }
        #expect(try database.audit(limit: 9).map(\.row) == ["made 1", "made 2", "ended"].map(auditRow))
        // Renamed with its tenant, gone with it; a later tenant of the name has none.
        try database.renameTenant("acme", to: "beta")
        #expect(try database.apiKeys().map(\.tenantName) == ["beta", "beta"])
        try database.deleteTenant("beta")
        try database.createTenant(TenantRecord(name: "acme", uid: "u2", tier: "local", createdAt: 8))
        #expect(try database.apiKeys() == [])
        // No key for a tenant that is not there, and no row that says there was.
        #expect(throws: StoreError.notFound(.tenant(name: "acme"))) {
            try database.createAPIKey(key("k4"), audit: auditRow("late"))
        }
        #expect(try database.audit(limit: 9).count == 3)
    }

    @Test func `API keys that ended long ago are forgotten`() throws {
        let database = try open()
        try database.createTenant(TenantRecord(name: "acme", uid: "u1", tier: "local", createdAt: 7))
        for (id, expiry) in [("old", Int64(99)), ("new", 100), ("ended", 5_000)] {
            try database.createAPIKey(key(id, expiresAt: expiry), audit: auditRow(id))
        }
        _ = try database.revokeAPIKey("ended", at: 99_999, audit: auditRow("x"))
        #expect(try database.apiKeys().first { $0.id == "ended" }?.endedAt == 99)
        #expect(try database.purgeAPIKeys(endedBefore: 100) == 2)
        #expect(try database.apiKeys().map(\.id) == ["new"])
    }

    private func client(_ id: String, expiresAt: Int64 = 500) -> ClientRecord {
        ClientRecord(
            id: id, tenantUID: "u1", tenantName: "acme", user: "ann", scopes: "search write",
            secretHash: [UInt8](repeating: 7, count: 32), tokenSeconds: 60, createdAt: 1_000, expiresAt: expiresAt)
    }

    @Test func `clients are made and ended with their audit rows, and go with their tenant`() throws {
        let database = try open()
        try database.createTenant(TenantRecord(name: "acme", uid: "u1", tier: "local", createdAt: 7))
        try database.createClient(client("c1"), audit: auditRow("made 1"))
        try database.createClient(client("c2"), audit: auditRow("made 2"))
        #expect(try database.clients() == [client("c1"), client("c2")])
        #expect(try database.client("c2") == client("c2"))
        let before = try database.changeCounter()
        #expect(try database.revokeClient("c1", at: 9_000, audit: auditRow("ended")).revokedAt == nil)
        #expect(try database.revokeClient("c1", at: 9_999, audit: auditRow("again")).revokedAt == 9_000)
        #expect(try database.changeCounter() > before)
        #expect(throws: StoreError.notFound(.client(id: "c3"))) {
            try database.revokeClient("c3", at: 1, audit: auditRow("nobody's"))
        }
        #expect(try database.audit(limit: 9).map(\.row) == ["made 1", "made 2", "ended"].map(auditRow))
        try database.deleteTenant("acme")
        try database.createTenant(TenantRecord(name: "acme", uid: "u2", tier: "local", createdAt: 8))
        #expect(try database.clients() == [])
        #expect(throws: StoreError.notFound(.tenant(name: "acme"))) {
            try database.createClient(client("c4"), audit: auditRow("late"))
        }
    }

    @Test func `clients that ended long ago are forgotten`() throws {
        let database = try open()
        try database.createTenant(TenantRecord(name: "acme", uid: "u1", tier: "local", createdAt: 7))
        for (id, expiry) in [("old", Int64(99)), ("new", 100), ("ended", 5_000)] {
            try database.createClient(client(id, expiresAt: expiry), audit: auditRow(id))
        }
        _ = try database.revokeClient("ended", at: 99_999, audit: auditRow("x"))
        #expect(try database.purgeClients(endedBefore: 100) == 2)
        #expect(try database.clients().map(\.id) == ["new"])
    }

    @Test func `many threads append to one chain`() async throws {
        let (one, two) = (try open(), try open())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                let database = task % 2 == 0 ? one : two
                group.addTask { for row in 0..<25 { try database.appendAudit([auditRow("\(task)/\(row)")]) } }
            }
            try await group.waitForAll()
        }
        #expect(try one.audit(limit: 1_000).count == 100)
        guard case .intact(let head) = try two.verifyAudit() else {
            Issue.record("the chain broke")
            return
        }
        #expect(head.number == 100)
        try one.close()
        #expect(throws: StoreError.self) { try one.tenants() }
        #expect(try two.audit(after: 99, limit: 5).count == 1)
    }

    @Test func `the two kinds of files are told apart`() throws {
        try open().close()
        #expect(throws: StoreError.foreignFile(path: path)) { try TenantWriter.open(path, auditHash: weakHash) }
        #expect(throws: StoreError.foreignFile(path: path)) { try TenantReader.open(path) }
    }
}

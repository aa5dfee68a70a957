import TenantStore
import TestKit
import Testing

@Suite struct AuditTests {
    private func fixtureWithRows(_ count: Int) throws -> (Fixture, TenantWriter) {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        for number in 1...count { try writer.transaction { try writer.appendAudit([auditRow("t\(number)")]) } }
        return (fixture, writer)
    }

    @Test func `rows are chained from row one`() throws {
        let (fixture, writer) = try fixtureWithRows(3)
        try writer.transaction { try writer.appendAudit([auditRow("t4"), auditRow("t5")]) }
        let reader = try fixture.reader()
        let rows = try reader.audit(limit: 10)
        #expect(rows.map(\.number) == [1, 2, 3, 4, 5])
        #expect(rows[0].previousHash == AuditChainHead.genesis)
        #expect(rows.map(\.row) == (1...5).map { auditRow("t\($0)") })
        var previous = AuditChainHead.genesis
        for row in rows {
            #expect(row.previousHash == previous)
            previous = weakHash(previous, row.row.canonicalBytes(number: row.number))
            #expect(row.hash == previous)
        }
        #expect(try reader.verifyAudit(hash: weakHash) == .intact(try reader.auditHead()))
        #expect(try reader.auditHead() == AuditChainHead(number: 5, hash: previous))
        #expect(try reader.audit(after: 3, limit: 1).map(\.number) == [4])
    }

    @Test(arguments: [
        "UPDATE audit SET target = 'x' WHERE id = 2", "DELETE FROM audit WHERE id = 3", "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT 2, time, '', user, credential_id, operation, target, outcome, query_hash, prev_hash, hash FROM audit WHERE id = 2",
        "INSERT INTO audit SELECT 9, time, '', user, credential_id, operation, target, outcome, query_hash, prev_hash, hash FROM audit WHERE id = 3",
        "INSERT INTO audit SELECT 4, time, '', user, credential_id, operation, target, outcome, query_hash, prev_hash, hash FROM audit WHERE id = 3",
        "UPDATE OR REPLACE audit SET id = 1 WHERE id = 2",
    ])
    func `SQL cannot change what was written`(sql: String) throws {
        let (fixture, writer) = try fixtureWithRows(3)
        #expect(throws: StoreError.self) { try writer.connection.run(sql) }
        #expect(try fixture.reader().audit(limit: 9).count == 3)
        guard case .intact = try fixture.reader().verifyAudit(hash: weakHash) else {
            Issue.record("the chain broke")
            return
        }
    }

    @Test(
        arguments: [
            ("UPDATE audit SET outcome = 'denied' WHERE id = 4", 4), ("UPDATE audit SET time = 6 WHERE id = 1", 1),
            ("UPDATE audit SET user = 'uc', credential_id = '' WHERE id = 2", 2),
            ("UPDATE audit SET query_hash = x'0103' WHERE id = 6", 6), ("DELETE FROM audit WHERE id = 3", 3),
            ("UPDATE audit SET hash = zeroblob(32) WHERE id = 5", 5), ("DELETE FROM audit WHERE id = 1", 1),
            ("UPDATE audit SET prev_hash = zeroblob(32) WHERE id = 2", 2),
        ] as [(String, Int64)])
    func `verification names the first row that was tampered with`(sql: String, row: Int64) throws {
        let (fixture, writer) = try fixtureWithRows(6)
        // What somebody with the file and another program can do.
        writer.connection.seal(false)
        try writer.connection.execute(script: "DROP TRIGGER audit_update; DROP TRIGGER audit_delete; \(sql)")
        #expect(try fixture.reader().verifyAudit(hash: weakHash) == .broken(firstRow: row))
    }

    @Test func `a cut tail shows in the head alone`() throws {
        let (fixture, writer) = try fixtureWithRows(3)
        let head = try fixture.reader().auditHead()
        writer.connection.seal(false)
        try writer.connection.execute(script: "DROP TRIGGER audit_delete; DELETE FROM audit WHERE id = 3")
        #expect(try fixture.reader().verifyAudit(hash: weakHash) != .intact(head))
    }

    @Test func `moved field borders change the record`() {
        var (left, right) = (auditRow("ab"), auditRow("a"))
        right.outcome = "b" + left.outcome
        #expect(left.canonicalBytes(number: 1) != right.canonicalBytes(number: 1))
        left.queryHash = []
        #expect(left.canonicalBytes(number: 1) != left.canonicalBytes(number: 2))
    }

    @Test func `usage rows come back and add up`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let rows = (1...5).map { number in
            UsageRow(
                time: Int64(number), requestID: "r\(number)", user: number < 4 ? "a" : "b", operation: "search",
                status: "ok",
                duration: 10, byteCount: 100, tokenCount: 3, cost: Int64(number))
        }
        try writer.transaction { try writer.appendUsage(rows) }
        let reader = try fixture.reader()
        #expect(try reader.usage(limit: 99).map(\.row) == rows)
        #expect(try reader.usage(after: 3, limit: 1).map(\.number) == [4])
        let totals = try reader.usageTotals(from: 2, until: 5)
        #expect(totals.map(\.user) == ["a", "b"])
        #expect(totals.map(\.requestCount) == [2, 1])
        #expect(totals.map(\.cost) == [5, 4])
        #expect(totals.map(\.byteCount) == [200, 100])
    }
}

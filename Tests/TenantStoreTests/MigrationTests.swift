import Glibc
import IndexCore
import TenantStore
import TestKit
import Testing

@Suite struct MigrationTests {
    private let one = Migrations(applicationID: 77, steps: ["CREATE TABLE a (x); INSERT INTO a VALUES (1)"])
    private let three = Migrations(
        applicationID: 77,
        steps: [
            "CREATE TABLE a (x); INSERT INTO a VALUES (1)", "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1",
            "CREATE TABLE b (z)",
        ])
    private let failing = Migrations(
        applicationID: 77,
        steps: ["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = 5", "CREATE TABLE a (again)"])

    private func migrated(_ path: String, _ migrations: Migrations) throws -> Connection {
        let connection = try Connection(path, role: .writer)
        try migrations.migrate(connection)
        return connection
    }

    @Test func `an older file moves forward and leaves a copy of itself`() throws {
        let fixture = try Fixture()
        try migrated(fixture.path, one).close()
        let copy = Migrations.copyPath(of: fixture.path, version: 1)
        #expect(access(copy, F_OK) != 0)
        let connection = try migrated(fixture.path, three)
        #expect(try connection.first("SELECT y FROM a") { $0.integer(0) } == 2)
        #expect(try connection.first("PRAGMA user_version") { $0.integer(0) } == 3)
        var status = stat()
        #expect(lstat(copy, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        let old = try migrated(copy, one)
        #expect(try old.first("SELECT x FROM a") { $0.integer(0) } == 1)
        #expect(throws: StoreError.self) { try old.run("SELECT y FROM a") }
    }

    @Test func `a step that fails changes nothing`() throws {
        let fixture = try Fixture()
        try migrated(fixture.path, one).close()
        let connection = try Connection(fixture.path, role: .writer)
        #expect(throws: StoreError.self) { try failing.migrate(connection) }
        #expect(!connection.isInTransaction)
        #expect(try connection.first("PRAGMA user_version") { $0.integer(0) } == 1)
        #expect(throws: StoreError.self) { try connection.run("SELECT y FROM a") }
        // The schema is sealed again, and a right step still goes through.
        #expect(throws: StoreError.self) { try connection.run("DROP TABLE a") }
        try three.migrate(connection)
        #expect(try connection.first("SELECT y FROM a") { $0.integer(0) } == 2)
    }

    @Test func `a newer file is refused and left alone`() throws {
        let fixture = try Fixture()
        try migrated(fixture.path, three).close()
        let bytes = try readFile(fixture.path)
        #expect(throws: StoreError.newerSchema(path: fixture.path, found: 3, known: 1)) {
            try migrated(fixture.path, one)
        }
        #expect(try readFile(fixture.path) == bytes)

        let tenant = try Fixture()
        let writer = try tenant.writer()
        writer.connection.seal(false)
        try writer.connection.execute(script: "PRAGMA user_version=99")
        let known = TenantSchema.migrations.version
        let expected = StoreError.newerSchema(path: tenant.path, found: 99, known: known)
        #expect(throws: expected) { try tenant.writer() }
        #expect(throws: expected) { try tenant.reader() }
    }

    @Test func `a reader does not migrate`() throws {
        let fixture = try Fixture()
        _ = try Connection(fixture.path, role: .writer)
        #expect(throws: StoreError.olderSchema(path: fixture.path, found: 0, known: TenantSchema.migrations.version)) {
            try fixture.reader()
        }
    }

    @Test func `another program's file is refused`() throws {
        let fixture = try Fixture()
        let connection = try Connection(fixture.path, role: .writer)
        connection.seal(false)
        try connection.execute(script: "CREATE TABLE theirs (x)")
        #expect(throws: StoreError.foreignFile(path: fixture.path)) { try fixture.writer() }
    }

    @Test func `schema 1 of both files is what it was`() throws {
        let fixture = try Fixture()
        let steps = Array(TenantSchema.migrations.steps.prefix(1))
        let tenant = try migrated(
            fixture.path, Migrations(applicationID: TenantSchema.migrations.applicationID, steps: steps))
        #expect(try dump(tenant) == goldenTenantSchema)
        let appliance = try migrated(
            fixture.directory.appending("appliance.sqlite"),
            Migrations(
                applicationID: ApplianceSchema.migrations.applicationID,
                steps: Array(ApplianceSchema.migrations.steps.prefix(1))))
        #expect(try dump(appliance) == goldenApplianceSchema)
    }

    @Test func `schema 2 of the appliance file adds OAuth clients to schema 1`() throws {
        let fixture = try Fixture()
        let appliance = try migrated(fixture.directory.appending("appliance.sqlite"), ApplianceSchema.migrations)
        #expect(try dump(appliance).filter { !goldenApplianceSchema.contains($0) } == goldenClientTable2)
        #expect(try dump(appliance).count == goldenApplianceSchema.count + goldenClientTable2.count)
    }

    @Test func `schema 2 of a tenant adds pages and headings to schema 1`() throws {
        let fixture = try Fixture()
        let steps = Array(TenantSchema.migrations.steps.prefix(2))
        let tenant = try migrated(
            fixture.path, Migrations(applicationID: TenantSchema.migrations.applicationID, steps: steps))
        let changed = try dump(tenant).filter { !goldenTenantSchema.contains($0) }
        #expect(changed == [goldenPassageTable2])
        #expect(try dump(tenant).count == goldenTenantSchema.count)
    }

    @Test func `schema 3 of a tenant adds uploads to schema 2`() throws {
        let fixture = try Fixture()
        let steps = Array(TenantSchema.migrations.steps.prefix(3))
        let tenant = try migrated(
            fixture.path, Migrations(applicationID: TenantSchema.migrations.applicationID, steps: steps))
        let changed = try dump(tenant).filter { !goldenTenantSchema.contains($0) && $0 != goldenPassageTable2 }
        #expect(changed == goldenUploadTable3)
        #expect(try dump(tenant).count == goldenTenantSchema.count + goldenUploadTable3.count)
    }

    @Test func `schema 4 of a tenant adds tasks to schema 3`() throws {
        let fixture = try Fixture()
        let steps = Array(TenantSchema.migrations.steps.prefix(4))
        let tenant = try migrated(
            fixture.path, Migrations(applicationID: TenantSchema.migrations.applicationID, steps: steps))
        let known = Set(goldenTenantSchema + [goldenPassageTable2] + goldenUploadTable3)
        #expect(try dump(tenant).filter { !known.contains($0) } == goldenTaskTables4)
        #expect(
            try dump(tenant).count == goldenTenantSchema.count + goldenUploadTable3.count + goldenTaskTables4.count)
    }

    @Test func `schema 7 of a tenant adds manifests to schema 6`() throws {
        let before = try dumped(6)
        let after = try dumped(7)
        #expect(after.filter { !before.contains($0) } == goldenManifestTables7)
        #expect(after.count == before.count + goldenManifestTables7.count)
    }

    @Test func `schema 8 of a tenant finds vectors by their arrival`() throws {
        let before = try dumped(7)
        #expect(try dumped(8).filter { !before.contains($0) } == [goldenVectorArrival8])
    }

    @Test func `schema 9 of a tenant adds judgments to schema 8`() throws {
        let before = try dumped(8)
        let after = try dumped(9)
        #expect(after.filter { !before.contains($0) } == goldenJudgmentTables9)
        #expect(after.count == before.count + goldenJudgmentTables9.count)
    }

    @Test func `schema 10 of a tenant adds what is known of rankings to schema 9`() throws {
        let before = try dumped(9)
        #expect(try dumped(10).filter { !before.contains($0) } == [goldenLegHealthTable])
    }

    @Test func `passages of schema 1 stay, without page and heading`() throws {
        let fixture = try Fixture()
        let steps = Array(TenantSchema.migrations.steps.prefix(1))
        let old = try migrated(
            fixture.path, Migrations(applicationID: TenantSchema.migrations.applicationID, steps: steps))
        try old.transaction("BEGIN IMMEDIATE") {
            try old.run(
                """
                INSERT INTO collection (name, passage_mode, title_weight, next_passage, document_count, passage_count)
                VALUES ('c', 'auto', 1, 2, 1, 1)
                """)
            try old.run(
                """
                INSERT INTO document (key, collection, id, passage_count, sequence, updated_at, content_hash, title, metadata)
                VALUES (4294967297, 1, 'd', 1, 1, 0, zeroblob(32), 'T', x'7b7d')
                """)
            try old.run("INSERT INTO passage VALUES (4294967297, 0, 1, 0, 3, zeroblob(16), '# a')")
        }
        try old.close()
        _ = try fixture.writer()
        let passage = try #require(try fixture.reader().passages([PassageID(1)], in: 1).first)
        #expect(passage.text == "# a" && passage.page == nil && passage.heading == nil)
        #expect(access(Migrations.copyPath(of: fixture.path, version: 1), F_OK) == 0)
    }

    /// What a tenant's schema of this version has.
    private func dumped(_ version: Int) throws -> [String] {
        let fixture = try Fixture()
        return try dump(
            try migrated(
                fixture.path,
                Migrations(
                    applicationID: TenantSchema.migrations.applicationID,
                    steps: Array(TenantSchema.migrations.steps.prefix(version)))))
    }

    /// Every table, index and trigger, with white space made equal.
    private func dump(_ connection: Connection) throws -> [String] {
        try connection.all("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name") { row in
            row.text(1).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
    }
}

import Glibc
import TenantStore
import TestKit
import Testing

@Suite struct FileTests {
    @Test func `files are for their owner alone`() throws {
        let mask = umask(0)
        defer { umask(mask) }
        let fixture = try Fixture()
        let writer = try fixture.writer()
        _ = try writer.makeCollection()
        for suffix in ["", "-wal", "-shm"] { #expect(try mode(fixture.path + suffix) == 0o600, "\(suffix)") }
        chmod(fixture.path, 0o644)
        let second = try fixture.writer()
        #expect(try mode(fixture.path) == 0o600)
        try second.close()
        try writer.close()
    }

    @Test func `a symbolic link is refused, as file and as folder`() throws {
        let fixture = try Fixture()
        try fixture.writer().close()
        let link = fixture.directory.appending("link.sqlite")
        #expect(symlink(fixture.path, link) == 0)
        #expect(performing: { _ = try TenantWriter.open(link, auditHash: weakHash) }, throws: isCannotOpen)
        #expect(performing: { _ = try TenantReader.open(link) }, throws: isCannotOpen)
        let folder = fixture.directory.appending("folder")
        #expect(symlink(fixture.directory.path, folder) == 0)
        #expect(performing: { _ = try TenantReader.open(folder + "/tenant.sqlite") }, throws: isCannotOpen)
        #expect(performing: { _ = try TenantReader.open(fixture.directory.appending("none")) }, throws: isCannotOpen)
    }

    @Test func `attach, loaded code, schema changes and pragmas are refused`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let other = fixture.directory.appending("other.sqlite")
        for sql in [
            "ATTACH '\(other)' AS other", "DETACH main", "SELECT load_extension('x')", "CREATE TABLE t (x)",
            "DROP TRIGGER audit_delete", "DROP TABLE passage", "PRAGMA synchronous=OFF", "PRAGMA writable_schema=ON",
            "PRAGMA journal_mode=DELETE", "UPDATE sqlite_schema SET sql = ''", "VACUUM",
        ] {
            #expect(throws: StoreError.self, "\(sql)") { try writer.connection.run(sql) }
        }
        #expect(access(other, F_OK) != 0)
        // While a schema is being made ATTACH is forbidden as well.
        writer.connection.seal(false)
        #expect(throws: StoreError.self) { try writer.connection.run("ATTACH '\(other)' AS other") }
        #expect(access(other, F_OK) != 0)
    }

    @Test func `errors name the statement, never the values`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let error = #expect(throws: StoreError.self) {
            try writer.connection.run("INSERT INTO counter VALUES (?, ?)", .text("sequence"), .text("secret"))
        }
        let text = "\(try #require(error))"
        #expect(text.contains("INSERT INTO counter VALUES (?, ?)"))
        #expect(!text.contains("secret"))
    }

    @Test func `statements are prepared once, also inside loops over themselves`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        for round in 0..<3 {
            try writer.transaction { try writer.put(makeDocument("a\(round)", ["x", "y"]), in: collection.id) }
        }
        let prepared = writer.connection.preparedCount
        for round in 0..<50 {
            try writer.transaction { try writer.put(makeDocument("b\(round)", ["x", "y"]), in: collection.id) }
        }
        #expect(writer.connection.preparedCount == prepared)
        let reader = try fixture.reader()
        var pairs = 0
        try reader.forEachPassage(in: collection.id) { _, _ in
            try reader.forEachPassage(in: collection.id) { _, _ in
                pairs += 1
                return true
            }
            return true
        }
        #expect(pairs == 106 * 106)
    }

    @Test(arguments: [1, 2, 3])
    func `a copy taken at any moment opens at a commit`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        for round in 0..<12 {
            try writer.transaction {
                for document in 0...round {
                    try writer.put(makeDocument("d\(document)", ["round \(round)"]), in: collection.id)
                }
                // The copy holds frames of a transaction that was never committed, spilled by the small cache.
                if round % 3 == 2 {
                    for filler in 0..<40 {
                        let text = String(repeating: "\(filler) ", count: 4_000)
                        try writer.put(makeDocument("filler\(filler)", [text]), in: collection.id)
                    }
                    try check(copyOf: fixture, round: round - 1, collection: collection.id, cut: 0)
                }
            }
            try check(copyOf: fixture, round: round, collection: collection.id, cut: nil)
            try check(copyOf: fixture, round: round, collection: collection.id, cut: Int(random.next() % 9_000))
            if random.next() % 3 == 0 { try writer.checkpoint(random.next() % 2 == 0 ? .passive : .truncate) }
        }
    }

    /// Opens a copy of file and log; `cut` bytes are torn off the log's end, so an earlier round may be seen, never a mixture.
    private func check(copyOf fixture: Fixture, round: Int, collection: UInt32, cut: Int?) throws {
        let copy = try Fixture()
        try copyFile(fixture.path, copy.path)
        try copyFile(fixture.path + "-wal", copy.path + "-wal")
        if let cut {
            let size = try fileSize(copy.path + "-wal")
            truncate(copy.path + "-wal", max(0, size - cut))
        }
        let writer = try copy.writer()
        let reader = try copy.reader()
        #expect(try reader.integrityProblems() == [])
        var texts: Set<String> = []
        var count = 0
        for document in try reader.listDocuments(in: collection, limit: 1_000) where document.id.hasPrefix("d") {
            texts.insert(try reader.documentText(document))
            count += 1
        }
        #expect(texts.count <= 1, "a mixture of rounds")
        if cut == nil || cut == 0 {
            #expect(count == round + 1)
            #expect(texts == ["round \(round)"])
        } else if count > 0 {
            #expect(texts == ["round \(count - 1)"])
        }
        try reader.close()
        try writer.close()
    }

    @Test func `the log shrinks when asked`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        try writer.transaction { try writer.put(makeDocument("a", ["x"]), in: collection.id) }
        #expect(writer.walBytes > 0)
        #expect(writer.pendingLogBytes > 0)
        try writer.checkpoint(.passive)
        #expect(writer.pendingLogBytes == 0)
        try writer.checkpoint(.truncate)
        #expect(writer.walBytes == 0)
        #expect(try fileSize(fixture.path + "-wal") == 0)
        try writer.transaction { try writer.put(makeDocument("b", ["x"]), in: collection.id) }
        #expect(writer.pendingLogBytes > 0)
        try writer.close()
        #expect(access(fixture.path + "-wal", F_OK) != 0)
        #expect(throws: StoreError.self) { try writer.collections() }
        #expect(throws: StoreError.self) { try writer.checkpoint(.passive) }
    }

    private func mode(_ path: String) throws -> UInt32 {
        var status = stat()
        try #require(lstat(path, &status) == 0)
        return status.st_mode & 0o777
    }
}

func fileSize(_ path: String) throws -> Int {
    var status = stat()
    try #require(lstat(path, &status) == 0)
    return Int(status.st_size)
}

func readFile(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: try fileSize(path))
    let count = read(descriptor, &bytes, bytes.count)
    try #require(count == bytes.count)
    return bytes
}

func writeFile(_ path: String, _ bytes: [UInt8]) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
}

/// The copy is made through `cp`: a descriptor of the file closed in this process would drop SQLite's locks.
func copyFile(_ source: String, _ target: String) throws {
    var child = pid_t()
    let arguments = ["/bin/cp", source, target].map { (argument: String) in strdup(argument) }
    defer { arguments.forEach { free($0) } }
    try #require(posix_spawn(&child, "/bin/cp", nil, nil, arguments + [nil], environ) == 0)
    var status: Int32 = 0
    try #require(waitpid(child, &status, 0) == child && status == 0)
}

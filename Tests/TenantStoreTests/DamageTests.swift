import Glibc
import IndexCore
import TenantStore
import TestKit
import Testing

@Suite struct DamageTests {
    @Test func `a file that is no database is corrupt`() throws {
        for garbage in [[UInt8](repeating: 0x5A, count: 8_192), Array("SQLite format 3\u{0}".utf8) + [1, 2, 3]] {
            let fixture = try Fixture()
            try writeFile(fixture.path, garbage)
            #expect(performing: { _ = try fixture.writer() }, throws: isCorrupt)
            #expect(performing: { _ = try fixture.reader() }, throws: isCorrupt)
        }
    }

    @Test(arguments: Array(UInt64(1)...24))
    func `flipped bytes give errors or other rows, never a trap`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        try writer.transaction {
            for number in 0..<60 {
                try writer.put(makeDocument("d\(number)", ["text \(number) ", "more"]), in: collection.id)
            }
            try writer.insertVectors(
                (0..<60).map { (PassageID($0), [1, 2, 3, 4]) }, collection: collection.id, space: space)
            try writer.appendAudit([auditRow("one"), auditRow("two")])
        }
        try writer.close()
        var bytes = try readFile(fixture.path)
        // Whole pages in some rounds, single bytes in others; the header only in some.
        let lowest = seed % 3 == 0 ? 0 : 100
        for _ in 0..<Int.random(in: 1...40, using: &random) {
            let place = Int.random(in: lowest..<bytes.count, using: &random)
            if seed % 4 == 0 {
                for offset in place..<min(place + 700, bytes.count) {
                    bytes[offset] = UInt8.random(in: 0...255, using: &random)
                }
            } else {
                bytes[place] ^= UInt8.random(in: 1...255, using: &random)
            }
        }
        try writeFile(fixture.path, bytes)
        var errors: [any Error] = []
        func attempt(_ body: () throws -> Void) {
            do { try body() } catch { errors.append(error) }
        }
        attempt {
            let reader = try fixture.reader()
            attempt { _ = try reader.collections() }
            attempt { try reader.forEachPassage(in: collection.id) { _, _ in true } }
            attempt { try reader.forEachVector(in: collection.id, space: space) { _, _, _ in true } }
            attempt { for document in try reader.listDocuments(limit: 100) { _ = try reader.documentText(document) } }
            attempt { _ = try reader.pendingPassages(space: space, limit: 1_000) }
            attempt { _ = try reader.liveChunks(in: collection.id) }
            attempt { _ = try reader.verifyAudit(hash: weakHash) }
            attempt { _ = try reader.integrityProblems() }
        }
        attempt {
            let writer = try fixture.writer()
            for number in 0..<60 {
                attempt {
                    _ = try writer.transaction {
                        try writer.put(makeDocument("d\(number)", ["new"]), in: collection.id)
                    }
                }
            }
            attempt { try writer.close() }
        }
        #expect(errors.allSatisfy { $0 is StoreError || $0 is ExpectationFailedError })
    }

    @Test func `a full file is full, keeps what it had and goes on`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        try writer.transaction { try writer.put(makeDocument("kept", ["x"]), in: collection.id) }
        let pages = try #require(try writer.connection.first("PRAGMA page_count") { $0.integer(0) })
        _ = try writer.connection.first("PRAGMA max_page_count=\(pages + 20)") { $0.integer(0) }
        let before = writer.sequence
        let large = makeDocument("large", [String(repeating: "word ", count: 100_000)])
        for _ in 0..<3 {
            #expect(
                performing: { _ = try writer.transaction { try writer.put(large, in: collection.id) } }, throws: isFull)
            #expect(writer.sequence == before)
        }
        // A body that swallows the error cannot commit half of its work.
        #expect(
            performing: {
                try writer.transaction {
                    try writer.put(makeDocument("half", ["x"]), in: collection.id)
                    _ = try? writer.put(large, in: collection.id)
                }
            }, throws: isFull)
        try writer.transaction { try writer.put(makeDocument("small", ["y"]), in: collection.id) }
        #expect(try fixture.reader().listDocuments(limit: 9).map(\.id) == ["kept", "small"])
        #expect(try fixture.reader().integrityProblems() == [])
    }

    @Test func `a disk at its limit is full, and usable once there is room`() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            let fixture = try Fixture()
            let writer = try fixture.writer()
            let collection = try writer.makeCollection()
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(UInt32(1)), &limit)
            let soft = limit.rlim_cur
            limit.rlim_cur = 1 << 20
            // 1 is RLIMIT_FSIZE.
            setrlimit(__rlimit_resource_t(UInt32(1)), &limit)
            var acknowledged: [String] = []
            var failures = 0
            for round in 0..<40 {
                do {
                    try writer.transaction {
                        try writer.put(
                            makeDocument("d\(round)", [String(repeating: "word ", count: 20_000)]), in: collection.id)
                    }
                    acknowledged.append("d\(round)")
                } catch let error where isFull(error) {
                    failures += 1
                }
            }
            guard failures > 5, acknowledged.count > 3 else { exit(10) }
            limit.rlim_cur = soft
            setrlimit(__rlimit_resource_t(UInt32(1)), &limit)
            try writer.transaction { try writer.put(makeDocument("after", ["x"]), in: collection.id) }
            let stored = try fixture.reader().listDocuments(limit: 99).map(\.id)
            guard Set(stored) == Set(acknowledged + ["after"]) else { exit(11) }
            guard try fixture.reader().integrityProblems() == [] else { exit(12) }
            try writer.close()
            guard try fixture.writer().collections().first?.documentCount == stored.count else { exit(13) }
        }
    }

    @Test func `a file that cannot be written says so`() async {
        await #expect(processExitsWith: .success) {
            let fixture = try Fixture()
            let writer = try fixture.writer()
            let collection = try writer.makeCollection()
            try writer.transaction { try writer.put(makeDocument("a", ["x"]), in: collection.id) }
            try writer.close()
            if getuid() == 0 {
                // Root may write anything, so this process becomes somebody who may not.
                for path in [fixture.directory.path, fixture.path] { chown(path, 65_534, 65_534) }
                guard setuid(65_534) == 0 else { exit(10) }
            }
            func outcome(_ path: String) -> StoreError? {
                do { try TenantWriter.open(path, auditHash: weakHash).close() } catch { return error }
                return nil
            }
            chmod(fixture.directory.path, 0o500)
            guard let error = outcome(fixture.path), isReadOnly(error) else { exit(12) }
            guard let error = outcome(fixture.path + "2"), isReadOnly(error) else { exit(13) }
            chmod(fixture.directory.path, 0o700)
            chmod(fixture.path, 0o400)
            guard let error = outcome(fixture.path), isReadOnly(error) else { exit(11) }
            chmod(fixture.path, 0o600)
            guard outcome(fixture.path) == nil else { exit(14) }
            guard try fixture.reader().collections().first?.documentCount == 1 else { exit(15) }
        }
    }

    @Test func `a lock held elsewhere is busy`() throws {
        let fixture = try Fixture()
        let (one, two) = (try fixture.writer(), try fixture.writer())
        _ = try one.makeCollection()
        try two.connection.setBusyTimeout(milliseconds: 10)
        try one.transaction {
            #expect(performing: { try two.transaction {} }, throws: isBusy)
        }
        try two.transaction {}
    }
}

func auditRow(_ target: String) -> AuditRow {
    AuditRow(
        time: 5, requestID: "r", user: "u", credentialID: "c", operation: "search", target: target, outcome: "ok",
        queryHash: [1, 2])
}

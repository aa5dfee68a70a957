import TenantStore
import TestKit
import Testing

/// How far uploads have come: with the rows, by user, and for the newest run alone.
@Suite struct UploadTests {
    private func begin(
        _ writer: TenantWriter, _ name: String = "u", of user: String = "ann", after line: Int = 0, at time: Int64 = 10
    ) throws -> UploadRecord {
        try writer.transaction {
            try writer.beginUpload(name, of: user, collection: "c", after: line, at: time, forgettingBefore: 0)
        }
    }

    private func progress(_ run: Int64, _ lines: Int, isComplete: Bool = false, _ counts: UploadCounts = UploadCounts())
        -> UploadProgress
    {
        UploadProgress(
            user: "ann", name: "u", run: run, committedLines: lines, isComplete: isComplete, counts: counts)
    }

    @Test func `progress adds up over commits and runs, and line one begins anew`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let first = try begin(writer)
        #expect((first.run, first.committedLines, first.startedAt) == (1, 0, 10))
        try writer.transaction {
            try writer.recordUpload(progress(1, 5, UploadCounts(added: 3, failed: 2)), at: 20)
        }
        let second = try begin(writer, after: 4, at: 30)
        #expect((second.run, second.committedLines, second.startedAt) == (2, 4, 10))
        try writer.transaction {
            try writer.recordUpload(
                progress(2, 9, isComplete: true, UploadCounts(added: 1, updated: 1, unchanged: 2)), at: 40)
        }
        let known = try #require(try fixture.reader().upload("u", of: "ann"))
        #expect(known.counts == UploadCounts(added: 4, updated: 1, unchanged: 2, failed: 2))
        #expect((known.committedLines, known.isComplete, known.updatedAt) == (9, true, 40))
        let third = try begin(writer, at: 50)
        #expect((third.run, third.isComplete, third.startedAt) == (3, false, 50))
        #expect(third.counts == UploadCounts())
    }

    @Test func `only the newest run may write`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        _ = try begin(writer)
        _ = try begin(writer)
        #expect(throws: StoreError.self) { try writer.transaction { try writer.recordUpload(progress(1, 5), at: 20) } }
        #expect(try writer.upload("u", of: "ann")?.committedLines == 0)
        try writer.transaction { try writer.recordUpload(progress(2, 5), at: 20) }
        #expect(try writer.upload("u", of: "ann")?.committedLines == 5)
    }

    @Test func `a transaction that fails takes the progress back`() throws {
        struct Failure: Error {}
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let run = try begin(writer).run
        #expect(throws: Failure.self) {
            try writer.transaction {
                try writer.recordUpload(progress(run, 7), at: 20)
                throw Failure()
            }
        }
        #expect(try writer.upload("u", of: "ann")?.committedLines == 0)
        #expect(throws: StoreError.notInTransaction) { try writer.recordUpload(progress(run, 7), at: 20) }
    }

    @Test func `names are a user's own and lists have the latest first`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        for (index, name) in ["a", "b", "c"].enumerated() { _ = try begin(writer, name, at: Int64(10 + index)) }
        _ = try begin(writer, "a", of: "ben", at: 99)
        let reader = try fixture.reader()
        #expect(try reader.uploads(of: "ann", limit: 2).map(\.name) == ["c", "b"])
        #expect(try reader.uploads(of: "ben", limit: 9).map(\.name) == ["a"])
        #expect(try reader.uploads(of: "eve", limit: 9) == [])
        #expect(try reader.upload("b", of: "ben") == nil)
    }

    @Test func `old ones and too many are forgotten, the one that begins never`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        for number in 0..<TenantWriter.uploadLimit + 5 { _ = try begin(writer, "u\(number)", at: Int64(number)) }
        let reader = try fixture.reader()
        let names = try reader.uploads(of: "ann", limit: 5_000).map(\.name)
        #expect(names.count == TenantWriter.uploadLimit)
        #expect(names.first == "u1004" && names.last == "u5")
        try writer.transaction {
            _ = try writer.beginUpload("new", of: "ann", collection: "", after: 0, at: 1_004, forgettingBefore: 1_004)
        }
        #expect(try reader.uploads(of: "ann", limit: 9).map(\.name) == ["new", "u1004"])
    }
}

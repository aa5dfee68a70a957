import Appliance
import Glibc
import IndexCore
import TenantStore
import TestKit
import Testing

@Suite struct IndexFileTests {
    @Test func `a small tenant has no files`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await IndexCorpus.put(0..<1_500, into: engine)
            try await harness.settle()
            #expect(
                harness.indexFiles.isEmpty && access(harness.directory.path + "/data/tenants/acme/index", F_OK) != 0)
        }
    }

    @Test func `files are written by size, and an opening replays only what came later`() async throws {
        let first = try EngineHarness()
        let before: [[UInt8]]
        do {
            let engine = try await first.engine()
            try await IndexCorpus.put(0..<3_000, into: engine)
            try await first.settle()
            #expect(first.metric("flushes_total") >= 1 && !first.indexFiles.isEmpty)
            try await IndexCorpus.put(3_000..<3_700, into: engine)
            try await first.settle()
            before = try await IndexCorpus.answers(engine)
        }
        await first.close()
        let kept = first.indexFiles
        try await EngineHarness.run(reopening: first) { harness in
            let engine = try await harness.engine()
            try await IndexCorpus.expect(before, of: engine)
            let replayed = harness.metric("replayed_passages_total")
            #expect((700..<2_000).contains(replayed), "\(replayed)")
            #expect(harness.indexFiles == kept)
        }
        // Without its files the tenant is the same.
        TemporaryDirectory.removeTree(first.directory.path + "/data/tenants/acme/index")
        try await EngineHarness.run(reopening: first) { harness in
            let engine = try await harness.engine()
            try await IndexCorpus.expect(before, of: engine)
            #expect(harness.metric("replayed_passages_total") == 3_700)
            #expect(harness.metric("damaged_files_total") == kept.count)
            try await harness.eventually("the files come back") { harness.metric("flushes_total") > 0 }
        }
    }

    @Test func `many files become few, and answers stay as they are`() async throws {
        let first = try EngineHarness()
        let before: [[UInt8]]
        do {
            let engine = try await first.engine()
            for round in 0..<10 {
                try await IndexCorpus.put(round * 2_000..<(round + 1) * 2_000, into: engine)
                try await first.settle()
                #expect(first.indexFiles.count <= 12)
            }
            #expect(first.metric("merges_total") >= 1 && first.indexFiles.count <= 8)
            before = try await IndexCorpus.answers(engine)
        }
        await first.close()
        TemporaryDirectory.removeTree(first.directory.path + "/data/tenants/acme/index")
        try await EngineHarness.run(reopening: first) { harness in try await IndexCorpus.expect(before, of: harness) }
    }

    @Test func `a tenant that is left in peace has one file, and answers stay as they are`() async throws {
        let first = try EngineHarness(restingPause: .milliseconds(20))
        let before: [[UInt8]]
        do {
            let engine = try await first.engine()
            try await IndexCorpus.put(0..<6_500, into: engine)
            _ = try await engine.delete((0..<300).map { "d\($0 * 7)" }, collection: "notes")
            before = try await IndexCorpus.answers(engine)
            try await first.settle()
            #expect(first.metric("flushes_total") >= 2)
            try await first.eventually("its files become one") { first.indexFiles.count == 1 && engine.isIndexQuiet }
            try await IndexCorpus.expect(before, of: engine)
        }
        await first.close()
        // What was in memory went along.
        try await EngineHarness.run(reopening: first) { harness in
            try await IndexCorpus.expect(before, of: harness)
            #expect(harness.metric("replayed_passages_total") == 0)
        }
    }

    /// Writes go on while files are written and joined; at the end, and after every restart, the answers are those of the
    /// survivors indexed afresh.
    @Test(arguments: [11, 12] as [UInt64])
    func `any history answers as a fresh index`(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        var harness = try EngineHarness()
        for _ in 0..<3 {
            let engine = try await harness.engine()
            for _ in 0..<12 {
                let start = Int.random(in: 0..<4_000, using: &random)
                if Int.random(in: 0..<3, using: &random) == 0 {
                    let ids = (0..<300).map { _ in "d\(Int.random(in: 0..<4_000, using: &random))" }
                    _ = try? await engine.delete(ids, collection: "notes")
                } else {
                    try await IndexCorpus.put(start..<start + 700, into: engine, seed: random.next() % 5)
                }
            }
            let before = try await IndexCorpus.answers(engine)
            await harness.close()
            harness = try EngineHarness(folderOf: harness)
            try await IndexCorpus.expect(before, of: harness)
            try await harness.settle()
            try await IndexCorpus.expect(before, of: harness)
        }
        let last = try await IndexCorpus.answers(harness)
        await harness.close()
        TemporaryDirectory.removeTree(harness.directory.path + "/data/tenants/acme/index")
        try await EngineHarness.run(reopening: harness) { fresh in
            try await IndexCorpus.expect(last, of: fresh)
        }
    }

    @Test func `files that cannot be written are written when they can, by themselves`() async throws {
        try await EngineHarness.run(retryPause: .milliseconds(20)) { harness in
            let engine = try await harness.engine()
            let folder = harness.directory.path + "/data/tenants/acme/index"
            EngineHarness.write([], to: folder)
            try await IndexCorpus.put(0..<2_600, into: engine)
            try await harness.eventually("it failed again and again") { harness.metric("write_failures_total") >= 3 }
            #expect(harness.services.ledger.warnings.contains { $0.contains("cannot be written") })
            let before = try await IndexCorpus.answers(engine)
            unlink(folder)
            // No write, no opening: time alone.
            try await harness.eventually("it is tried again") { harness.metric("flushes_total") >= 1 }
            try await harness.settle()
            #expect(harness.services.ledger.warnings.isEmpty && !harness.allIndexFiles.isEmpty)
            #expect(try await IndexCorpus.answers(engine) == before)
        }
    }

    @Test func `files that cannot be written are kept in memory and told of`() async throws {
        // So long a pause that the number of passages alone brings the next attempt.
        try await EngineHarness.run(retryPause: .seconds(3_600)) { harness in
            let engine = try await harness.engine()
            try await IndexCorpus.put(0..<10, into: engine)
            // A file in the place of the folder: nothing can be made below it, even by root.
            EngineHarness.write([], to: harness.directory.path + "/data/tenants/acme/index")
            try await IndexCorpus.put(10..<2_600, into: engine)
            try await harness.eventually("a failure is counted") { harness.metric("write_failures_total") >= 1 }
            try await harness.settle()
            #expect(harness.services.ledger.warnings.contains { $0.contains("cannot be written") })
            let failures = harness.metric("write_failures_total")
            try await IndexCorpus.put(2_600..<2_700, into: engine)
            try await harness.settle()
            #expect(harness.metric("write_failures_total") == failures, "not tried again at once")
            let before = try await IndexCorpus.answers(engine)
            unlink(harness.directory.path + "/data/tenants/acme/index")
            try await IndexCorpus.put(2_700..<6_700, into: engine)
            try await harness.eventually("it is tried again") { harness.metric("flushes_total") >= 1 }
            try await harness.settle()
            #expect(harness.services.ledger.warnings.isEmpty)
            _ = try await engine.delete((2_700..<6_700).map { "d\($0)" }, collection: "notes")
            // Equal but for the sequence.
            let after = try await IndexCorpus.answers(engine)
            #expect(zip(before, after).allSatisfy { Self.withoutFingerprint($0) == Self.withoutFingerprint($1) })
        }
    }

    /// The fingerprint holds the sequence, and the cursor the fingerprint.
    static func withoutFingerprint(_ answer: [UInt8]) -> String {
        var text = String(decoding: answer, as: UTF8.self)
        for member in ["index_fingerprint", "next_cursor"] {
            guard let range = text.firstRange(of: "\"\(member)\":\"") else { continue }
            text = String(text[..<range.upperBound]) + String(text[range.upperBound...].drop { $0 != "\"" })
        }
        return text
    }

    @Test func `a dropped collection takes its files along`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await IndexCorpus.put(0..<2_500, into: engine)
            try await harness.settle()
            #expect(!harness.indexFiles.isEmpty)
            _ = try await engine.dropCollection("notes")
            try await harness.settle()
            #expect(access(harness.indexFolder, F_OK) != 0)
        }
    }
}

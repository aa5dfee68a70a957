import Appliance
import Glibc
import IndexCore
import Synchronization
import TenantStore
import TestKit
import Testing

@Suite struct VectorFileTests {
    @Test func `an opening reads only the vectors that came later`() async throws {
        let first = try EngineHarness()
        let before: [[UInt8]]
        do {
            let engine = try await first.engine()
            try await VectorCorpus.put(0..<600, into: engine)
            try await first.settle()
            #expect(first.vectorFiles.isEmpty, "so few need no files")
            try await first.compact()
            #expect(first.vectorFiles.count == 2 && first.metric("vector_merges_total") == 1)
            try await VectorCorpus.put(600..<650, into: engine)
            _ = try await engine.delete(["d3", "d610"], collection: "notes")
            before = try await VectorCorpus.answers(engine)
        }
        await first.close()
        let kept = first.allIndexFiles
        try await EngineHarness.run(reopening: first) { harness in
            let engine = try await harness.engine()
            #expect(try await VectorCorpus.answers(engine) == before)
            #expect(harness.metric("replayed_vectors_total") == 49)
            #expect(harness.allIndexFiles == kept, "an opening writes nothing")
        }
        TemporaryDirectory.removeTree(first.directory.path + "/data/tenants/acme/index")
        try await EngineHarness.run(reopening: first) { harness in
            try await harness.waitUntilWhole()
            #expect(harness.metric("replayed_vectors_total") == 648)
            let again = try await VectorCorpus.responses(try await harness.engine())
            #expect(again.map(\.hits.count).allSatisfy { $0 == 20 })
            try await harness.eventually("the files come back") { harness.vectorFiles.count == 2 }
        }
    }

    /// Commits of other sizes, deaths at other times, openings and compactions on the way: at the end the files are the same.
    @Test(arguments: [(count: 700, seed: 1), (700, 2), (10_200, 3)] as [(count: Int, seed: UInt64)])
    func `any history that leaves the same rows is compacted to the same bytes`(count: Int, seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let dead = (0..<count).filter { _ in Int.random(in: 0..<5, using: &random) == 0 }.map { "d\($0)" }
        let plain = try EngineHarness(mergeThreads: 1)
        do {
            let engine = try await plain.engine()
            try await VectorCorpus.put(0..<count, into: engine)
            _ = try await engine.delete(dead, collection: "notes")
            try await plain.settle()
            try await plain.compact()
        }
        await plain.close()
        let expected = plain.allIndexFiles
        #expect(expected.count == 3, "\(expected)")

        var harness = try EngineHarness(mergeThreads: 2)
        var start = 0
        var waiting = dead[...]
        while start < count {
            let end = min(count, start + Int.random(in: count / 5..<count / 2, using: &random))
            try await VectorCorpus.put(start..<end, into: try await harness.engine())
            let numbers = Set((0..<end).map { "d\($0)" })
            let now = waiting.prefix { numbers.contains($0) && Int.random(in: 0..<50, using: &random) > 0 }
            waiting = waiting.dropFirst(now.count)
            _ = try await harness.engine().delete(Array(now), collection: "notes")
            start = end
            switch Int.random(in: 0..<3, using: &random) {
            case 0: try await harness.compact()
            case 1:
                await harness.close()
                harness = try EngineHarness(folderOf: harness, mergeThreads: 2)
            default: break
            }
        }
        _ = try await harness.engine().delete(Array(waiting), collection: "notes")
        try await harness.settle()
        try await harness.compact()
        #expect(harness.allIndexFiles == expected)
        let answers = try await VectorCorpus.responses(try await harness.engine())
        await harness.close()
        try await EngineHarness.run(reopening: plain) { other in
            let others = try await VectorCorpus.responses(try await other.engine())
            #expect(others.map { $0.hits.map(\.documentID) } == answers.map { $0.hits.map(\.documentID) })
            #expect(others.map { $0.hits.map(\.score) } == answers.map { $0.hits.map(\.score) })
        }
    }

    @Test func `a compaction drops the dead, and the last of them the files`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await VectorCorpus.put(0..<500, into: engine)
            try await harness.compact()
            let files = harness.allIndexFiles
            _ = try await engine.delete((0..<200).map { "d\($0)" }, collection: "notes")
            let before = try await VectorCorpus.responses(engine)
            try await harness.compact()
            #expect(harness.allIndexFiles.count == 3 && Set(harness.allIndexFiles).isDisjoint(with: files))
            let after = try await VectorCorpus.responses(engine)
            #expect(after.map { $0.hits.map(\.score) } == before.map { $0.hits.map(\.score) })
            _ = try await engine.delete((200..<500).map { "d\($0)" }, collection: "notes")
            try await harness.compact()
            #expect(harness.allIndexFiles.isEmpty, "\(harness.allIndexFiles)")
        }
    }

    @Test func `replaced files are let go, also when a compaction follows on another`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await VectorCorpus.put(0..<2_000, into: engine)
            for _ in 0..<4 {
                for _ in 0..<3 { try await engine.compact("notes") }
                try await harness.settle()
            }
            #expect(harness.allIndexFiles.count == 3)
            try await harness.eventually("mappings of removed files are gone") {
                harness.mappings.allSatisfy { !$0.hasSuffix("(deleted)") }
            }
        }
    }

    @Test func `documents that bring vectors wait while very many of these wait for their merge`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            let (isMerging, mayMerge, isThrough) = (Flag(), Flag(), Flag())
            defer { mayMerge.raise() }
            // Whatever is to be merged finds its thread busy.
            let isAccepted = harness.services.merges.submit {
                isMerging.raise()
                while !mayMerge.isRaised { usleep(1_000) }
            }
            #expect(isAccepted)
            try await VectorCorpus.put(0..<40_000, into: engine)
            let last = Task {
                try await VectorCorpus.put(40_000..<40_001, into: engine)
                isThrough.raise()
            }
            try await Task.sleep(for: .milliseconds(300))
            #expect(isMerging.isRaised && !isThrough.isRaised)
            mayMerge.raise()
            try await last.value
            #expect(engine.collections().map(\.documents) == [40_001])
        }
    }

    @Test func `the fingerprint names the file of the graph`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await VectorCorpus.put(0..<300, into: engine)
            let scanned = try await VectorCorpus.responses(engine, count: 1)[0]
            try await harness.compact()
            let merged = try await VectorCorpus.responses(engine, count: 1)[0]
            #expect(merged.indexFingerprint != scanned.indexFingerprint)
            #expect(merged.hits.map(\.score) == scanned.hits.map(\.score))
            try await harness.compact()
            let again = try await VectorCorpus.responses(engine, count: 1)[0]
            #expect(again.bytes == merged.bytes, "the same rows give the same file")
        }
    }

    @Test func `a compaction that cannot write says so, and the next one can`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await VectorCorpus.put(0..<300, into: engine)
            let before = try await VectorCorpus.answers(engine)
            // A file in the place of the folder: nothing can be made below it, even by root.
            let folder = harness.directory.path + "/data/tenants/acme/index"
            EngineHarness.write([], to: folder)
            try await harness.compact()
            #expect(harness.metric("write_failures_total") >= 1)
            #expect(harness.services.ledger.warnings.contains { $0.contains("cannot be written") })
            #expect(try await VectorCorpus.answers(engine) == before)
            unlink(folder)
            try await harness.compact()
            #expect(harness.allIndexFiles.count == 3 && harness.services.ledger.warnings.isEmpty)
        }
    }

    @Test func `what could not be read again is tried again by itself`() async throws {
        let first = try EngineHarness()
        try await VectorCorpus.put(0..<300, into: try await first.engine())
        try await first.compact()
        await first.close()
        TemporaryDirectory.removeTree(first.directory.path + "/data/tenants/acme/index")
        var writer = try first.outsideWriter()
        let sound = try writer.connection.all("SELECT key, data FROM vector WHERE key & 0xffffffff = 40") {
            (key: $0.integer(0), data: $0.blob(1))
        }
        try writer.transaction {
            try writer.connection.run("UPDATE vector SET data = x'00' WHERE key & 0xffffffff = 40")
        }
        try writer.close()
        try await EngineHarness.run(reopening: first, replayLimit: 0, retryPause: .milliseconds(20)) { harness in
            let engine = try await harness.engine()
            var request = SearchRequest(query: "w17")
            request.mode = .vector
            var random = SeededRandom(seed: 5)
            request.embedding = RandomText.vector(&random)
            try await Task.sleep(for: .milliseconds(300))
            #expect(try await engine.search(request).degraded)
            writer = try harness.outsideWriter()
            try writer.transaction {
                for row in sound {
                    try writer.connection.run(
                        "UPDATE vector SET data = ? WHERE key = ?", .blob(row.data), .integer(row.key))
                }
            }
            try writer.close()
            // No write, no opening: time alone.
            try await harness.eventually("tried again") { try await engine.search(request).degraded == false }
        }
    }
}

/// Something that has happened.
private final class Flag: Sendable {
    private let value = Atomic(false)
    var isRaised: Bool { value.load(ordering: .acquiring) }
    func raise() { value.store(true, ordering: .releasing) }
}

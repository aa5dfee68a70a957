import Appliance
import Glibc
import IndexCore
import TenantStore
import TestKit
import Testing

@Suite struct VectorDamageTests {
    /// A tenant with files of vectors and what is in none, made once, and its answers.
    private static let original = Task {
        let harness = try EngineHarness()
        let engine = try await harness.engine()
        try await VectorCorpus.put(0..<600, into: engine)
        _ = try await engine.delete((50..<90).map { "d\($0)" }, collection: "notes")
        try await harness.compact()
        try await VectorCorpus.put(600..<640, into: engine)
        let hits = try await VectorCorpus.responses(engine).map(Hits.init)
        await harness.close()
        return (harness, hits)
    }

    /// What an answer found, without what merges change.
    struct Hits: Equatable, Sendable {
        var ids: [String]
        var scores: [Double]

        init(_ response: SearchResponse) {
            ids = response.hits.map(\.documentID)
            scores = response.hits.map(\.score)
        }
    }

    private static func closedTenant() async throws -> (EngineHarness, [Hits]) {
        let (original, hits) = try await original.value
        let copy = try EngineHarness()
        await copy.close()
        let (from, to) = (original.directory.path + "/data/tenants/acme", copy.directory.path + "/data/tenants/acme")
        for folder in ["", "/index", "/index/1"] { mkdir(to + folder, 0o700) }
        for name in ["tenant.sqlite"] + original.allIndexFiles.map({ "index/1/" + $0 }) {
            EngineHarness.write(EngineHarness.bytes("\(from)/\(name)"), to: "\(to)/\(name)")
        }
        #expect(copy.vectorFiles.count == 2)
        return (copy, hits)
    }

    /// Every answer is right or says that it is not whole; at the end all are right.
    private static func expectRecovery(_ harness: EngineHarness, _ hits: [Hits]) async throws {
        let engine = try await harness.engine()
        for (response, expected) in zip(try await VectorCorpus.responses(engine), hits) where !response.degraded {
            #expect(Hits(response) == expected)
        }
        try await harness.waitUntilWhole()
        #expect(try await VectorCorpus.responses(engine).map(Hits.init) == hits)
        #expect(harness.services.ledger.warnings.isEmpty)
        try await harness.eventually("index files made anew") { harness.vectorFiles.count == 2 }
    }

    enum Damage: String, CaseIterable { case missing, empty, cut, header, footer, garbage, otherFile, swapped }

    @Test(arguments: Damage.allCases, [".vec", ".hnsw"])
    func `a lost file is put aside and made anew`(damage: Damage, suffix: String) async throws {
        for replayLimit in [20_000, 0] {
            let (closed, hits) = try await Self.closedTenant()
            let name = try #require(closed.vectorFiles.first { $0.hasSuffix(suffix) })
            let other = try #require(closed.vectorFiles.first { !$0.hasSuffix(suffix) })
            switch damage {
            case .missing: unlink(closed.indexFolder + "/" + name)
            case .empty: closed.replace(name) { $0 = [] }
            case .cut: closed.replace(name) { $0.removeLast($0.count / 2) }
            case .header: closed.replace(name) { $0[70] ^= 4 }
            case .footer: closed.replace(name) { $0[$0.count - 20] ^= 1 }
            case .garbage: closed.replace(name) { bytes in bytes = bytes.map { $0 &+ 1 } }
            case .otherFile: closed.replace(name) { $0 = Array("Not an index file at all, but something else.".utf8) }
            case .swapped: closed.replace(name) { $0 = EngineHarness.bytes(closed.indexFolder + "/" + other) }
            }
            try await EngineHarness.run(reopening: closed, replayLimit: replayLimit) { harness in
                try await Self.expectRecovery(harness, hits)
                #expect(harness.metric("damaged_files_total") == 1)
                let aside = harness.allIndexFiles.count { $0.hasSuffix(".damaged") }
                #expect(aside == (damage == .missing ? 0 : 1))
            }
            // What was made anew is sound.
            try await EngineHarness.run(reopening: closed) { harness in
                try await Self.expectRecovery(harness, hits)
                #expect(harness.metric("damaged_files_total") == 0)
            }
        }
    }

    @Test(arguments: [".vec", ".hnsw"])
    func `rot in any section is found before it answers`(suffix: String) async throws {
        let (sample, _) = try await Self.closedTenant()
        let name = try #require(sample.vectorFiles.first { $0.hasSuffix(suffix) })
        let kind = SegmentKind.of(suffix)
        let file = try SegmentFile(sample.indexFolder + "/" + name, kind: kind)
        let whole = try #require(file.section(file.sectionNames[0])?.baseAddress) - 4_096
        for section in file.sectionNames {
            let bytes = try #require(file.section(section))
            guard let base = bytes.baseAddress, !bytes.isEmpty else { continue }
            let offset = base - whole + bytes.count / 2
            let (closed, hits) = try await Self.closedTenant()
            closed.replace(name) { $0[offset] ^= 0x81 }
            try await EngineHarness.run(reopening: closed) { harness in
                try await Self.expectRecovery(harness, hits)
                #expect(harness.metric("damaged_files_total") == 1, "section \(section)")
            }
        }
    }

    @Test(arguments: [".vec", ".hnsw"], [4_096, 8_192, 100_000])
    func `a file cut short under its readers`(suffix: String, length: Int) async throws {
        let (closed, hits) = try await Self.closedTenant()
        try await EngineHarness.run(reopening: closed) { harness in
            let engine = try await harness.engine()
            #expect(try await VectorCorpus.responses(engine).map(Hits.init) == hits)
            let name = try #require(closed.vectorFiles.first { $0.hasSuffix(suffix) })
            let size = EngineHarness.bytes(harness.indexFolder + "/" + name).count
            #expect(truncate(harness.indexFolder + "/" + name, off_t(min(length, size / 2))) == 0)
            try await Self.expectRecovery(harness, hits)
        }
    }

    /// Rot must not get into a new file with right checksums.
    @Test func `a merge does not copy what has rotted`() async throws {
        let (closed, hits) = try await Self.closedTenant()
        let name = try #require(closed.vectorFiles.first { $0.hasSuffix(".vec") })
        closed.replace(name) { $0[$0.count / 3] ^= 0x40 }
        try await EngineHarness.run(reopening: closed) { harness in
            try await harness.compact()
            try await Self.expectRecovery(harness, hits)
        }
        try await EngineHarness.run(reopening: closed) { harness in try await Self.expectRecovery(harness, hits) }
    }

    @Test func `documents come and go while lost vectors are read again`() async throws {
        let (closed, _) = try await Self.closedTenant()
        TemporaryDirectory.removeTree(closed.directory.path + "/data/tenants/acme/index")
        let second = try EngineHarness(folderOf: closed, replayLimit: 0)
        let engine = try await second.engine()
        try await VectorCorpus.put(100..<300, into: engine, seed: 2)
        _ = try await engine.delete((300..<350).map { "d\($0)" }, collection: "notes")
        try await VectorCorpus.put(900..<950, into: engine)
        try await second.waitUntilWhole()
        let last = try await VectorCorpus.responses(engine).map(Hits.init)
        await second.close()
        TemporaryDirectory.removeTree(closed.directory.path + "/data/tenants/acme/index")
        try await EngineHarness.run(reopening: closed) { harness in
            try await harness.waitUntilWhole()
            let engine = try await harness.engine()
            #expect(try await VectorCorpus.responses(engine).map(Hits.init) == last)
        }
    }

    /// Of six slices of 2,048 vectors of 6 kB, codes included, the fifth makes a merge due and the last makes it urgent: the
    /// first is stopped while it builds its graph, and nobody writes who would have the next begun.
    @Test func `a merge stopped for one at normal priority begins again by itself`() async throws {
        let count = 6 * 2_048
        var random = SeededRandom(seed: 1_200)
        let closed = try EngineHarness()
        let first = try await closed.engine()
        try await first.createCollection("notes", passages: .whole)
        try await first.put(
            SpaceChange(collection: "notes", space: "wide", dimension: 1_200, settings: SpaceSettings()))
        for start in stride(from: 0, to: count, by: 512) {
            let documents = (start..<start + 512).map { number in
                var document = DocumentInput(
                    id: "d\(number)", text: "text", embedding: (0..<1_200).map { _ in random.unit() - 0.5 })
                document.space = "wide"
                return document
            }
            #expect(try await first.put(documents, collection: "notes").added == documents.count)
        }
        await closed.close()
        TemporaryDirectory.removeTree(closed.directory.path + "/data/tenants/acme/index")
        try await EngineHarness.run(reopening: closed, replayLimit: 0) { harness in
            let engine = try await harness.engine()
            try await harness.eventually("files made anew") { engine.isIndexQuiet && harness.vectorFiles.count == 2 }
        }
    }

    @Test func `a manifest of other settings, or from before, makes the index anew`() async throws {
        for change in [{ $0.settings ^= 1 }, { $0.sequence = 0 }, { $0.files.removeLast() }]
            as [@Sendable (inout Manifest) -> Void]
        {
            let (closed, hits) = try await Self.closedTenant()
            let writer = try closed.outsideWriter()
            var manifest = try #require(try writer.manifest(of: 1, engine: .hnsw, space: "caller"))
            change(&manifest)
            try writer.transaction { try writer.saveManifest(manifest, of: 1, engine: .hnsw, space: "caller") }
            try writer.close()
            try await EngineHarness.run(reopening: closed) { harness in
                try await harness.waitUntilWhole()
                let engine = try await harness.engine()
                #expect(try await VectorCorpus.responses(engine).map(Hits.init) == hits)
            }
        }
    }

    @Test func `a dropped collection takes its files along`() async throws {
        let (closed, _) = try await Self.closedTenant()
        try await EngineHarness.run(reopening: closed) { harness in
            _ = try await harness.engine().dropCollection("notes")
            try await harness.settle()
            #expect(access(harness.indexFolder, F_OK) != 0)
        }
    }
}

extension SegmentKind {
    fileprivate static func of(_ suffix: String) -> SegmentKind {
        suffix == ".vec" ? SegmentKind("vecs") : SegmentKind("hnsw")
    }
}

import Appliance
import Glibc
import IndexCore
import TenantStore
import TestKit
import Testing

@Suite struct IndexDamageTests {
    /// A tenant with index files, made once, and its answers.
    private static let original = Task {
        let harness = try EngineHarness()
        let engine = try await harness.engine()
        try await IndexCorpus.put(0..<2_600, into: engine)
        try await harness.settle()
        let answers = try await IndexCorpus.answers(engine)
        await harness.close()
        return (harness, answers)
    }

    /// A copy of it, closed.
    private static func closedTenant() async throws -> (EngineHarness, [[UInt8]]) {
        let (original, answers) = try await original.value
        let copy = try EngineHarness()
        await copy.close()
        let (from, to) = (original.directory.path + "/data/tenants/acme", copy.directory.path + "/data/tenants/acme")
        for folder in ["", "/index", "/index/1"] { mkdir(to + folder, 0o700) }
        for name in ["tenant.sqlite"] + original.indexFiles.map({ "index/1/" + $0 }) {
            EngineHarness.write(EngineHarness.bytes("\(from)/\(name)"), to: "\(to)/\(name)")
        }
        #expect(!copy.indexFiles.isEmpty)
        return (copy, answers)
    }

    enum Damage: String, CaseIterable {
        case missing, empty, cut, header, body, footer, garbage, otherFile, folderGone
    }

    /// Small enough to be indexed again at once, nobody notices but the log; with a limit of 0 it happens behind the opening.
    @Test(arguments: Damage.allCases.map { ($0, 20_000) } + [(.missing, 0), (.header, 0), (.body, 0)])
    func `a damaged file is put aside and made anew`(damage: Damage, replayLimit: Int) async throws {
        let (closed, before) = try await Self.closedTenant()
        let name = try #require(closed.indexFiles.first)
        let fileCount = closed.indexFiles.count
        let path = closed.indexFolder + "/" + name
        switch damage {
        case .missing: unlink(path)
        case .empty: closed.replace(name) { $0 = [] }
        case .cut: closed.replace(name) { $0.removeLast($0.count / 2) }
        case .header: closed.replace(name) { $0[70] ^= 4 }
        case .body: closed.replace(name) { $0[$0.count / 2] ^= 1 }
        case .footer: closed.replace(name) { $0[$0.count - 20] ^= 1 }
        case .garbage: closed.replace(name) { bytes in bytes = bytes.map { $0 &+ 1 } }
        case .otherFile:
            closed.replace(name) { $0 = Array("Not an index file at all, but one that somebody saved here.".utf8) }
        case .folderGone: TemporaryDirectory.removeTree(closed.directory.path + "/data/tenants/acme/index")
        }
        try await EngineHarness.run(reopening: closed, replayLimit: replayLimit) { harness in
            let engine = try await harness.engine()
            var request = SearchRequest(query: "w17 privacy")
            request.mode = .bm25
            let first = try await engine.search(request)
            if replayLimit == 0 {
                // Either it was still being made, and the answer says so, or it was there already.
                #expect(first.degraded == first.warnings.contains { $0.contains("being indexed again") })
                #expect(first.degraded || first.hits.first?.documentID == "d17")
            } else if damage != .body, damage != .footer {
                // Those two are found by the first search, the others by the opening.
                #expect(!first.degraded && first.hits.first?.documentID == "d17")
            }
            try await harness.eventually("whole again") {
                try await engine.search(request).degraded == false && engine.isIndexQuiet
            }
            try await IndexCorpus.expect(before, of: engine)
            #expect(harness.metric("damaged_files_total") == (damage == .folderGone ? fileCount : 1))
            #expect(harness.services.ledger.warnings.isEmpty)
            let aside = harness.allIndexFiles.filter { $0.hasSuffix(".damaged") }
            #expect(aside.count == (damage == .missing || damage == .folderGone ? 0 : 1))
        }
        // What was made anew is sound.
        try await EngineHarness.run(reopening: closed) { harness in
            let engine = try await harness.engine()
            try await IndexCorpus.expect(before, of: engine)
            #expect(harness.metric("damaged_files_total") == 0)
        }
    }

    @Test func `a file cut short under its readers`() async throws {
        let (closed, before) = try await Self.closedTenant()
        try await EngineHarness.run(reopening: closed) { harness in
            let engine = try await harness.engine()
            try await IndexCorpus.expect(before, of: engine)
            for name in harness.indexFiles { #expect(truncate(harness.indexFolder + "/" + name, 4_096) == 0) }
            var request = SearchRequest(query: "w17 privacy")
            request.mode = .bm25
            // The search that meets it says so, or comes when all is made anew; none traps, none lacks a word about it.
            let met = try await engine.search(request)
            #expect(met.degraded || met.hits.first?.documentID == "d17")
            try await harness.eventually("whole again") {
                try await engine.search(request).degraded == false && engine.isIndexQuiet
            }
            #expect(harness.metric("damaged_files_total") >= 1 && harness.metric("rebuilt_passages_total") > 0)
            try await IndexCorpus.expect(before, of: engine)
        }
        try await EngineHarness.run(reopening: closed) { harness in
            try await IndexCorpus.expect(before, of: harness)
            #expect(harness.metric("damaged_files_total") == 0)
        }
    }

    @Test func `documents come and go while a lost file is made anew`() async throws {
        let (closed, _) = try await Self.closedTenant()
        for name in closed.indexFiles { unlink(closed.indexFolder + "/" + name) }
        let last: [[UInt8]]
        let second = try EngineHarness(folderOf: closed, replayLimit: 0)
        do {
            let engine = try await second.engine()
            try await IndexCorpus.put(1_000..<1_400, into: engine, seed: 2)
            _ = try await engine.delete((0..<200).map { "d\($0)" }, collection: "notes")
            try await IndexCorpus.put(9_000..<9_300, into: engine)
            try await second.settle()
            var request = SearchRequest(query: "privacy")
            request.mode = .bm25
            try await second.eventually("whole again") { try await engine.search(request).degraded == false }
            last = try await IndexCorpus.answers(engine)
        }
        await second.close()
        TemporaryDirectory.removeTree(closed.directory.path + "/data/tenants/acme/index")
        try await EngineHarness.run(reopening: closed) { harness in
            try await IndexCorpus.expect(last, of: harness)
        }
    }

    @Test func `only the newest damaged files are kept`() async throws {
        let (closed, before) = try await Self.closedTenant()
        for round in 0..<4 {
            let name = try #require(closed.indexFiles.first)
            closed.replace(name) { $0[round + 20] ^= 1 }
            try await EngineHarness.run(reopening: closed) { harness in
                try await harness.settle()
                try await IndexCorpus.expect(before, of: harness)
                #expect(harness.allIndexFiles.count { $0.hasSuffix(".damaged") } <= 2)
            }
        }
    }

    /// The states of the disk that a crash can leave: before and after the new file has its name, before and after the
    /// manifest names it, before the old files are gone.
    @Test func `what broken-off work leaves is swept away`() async throws {
        let (closed, before) = try await Self.closedTenant()
        let folder = closed.indexFolder
        let name = try #require(closed.indexFiles.first)
        let bytes = EngineHarness.bytes(folder + "/" + name)
        EngineHarness.write(Array(bytes.prefix(bytes.count / 2)), to: folder + "/abc.unfinished")
        EngineHarness.write(bytes, to: folder + "/" + String(repeating: "a", count: 64) + ".bm25")
        mkdir(closed.directory.path + "/data/tenants/acme/index/77", 0o700)
        EngineHarness.write(bytes, to: closed.directory.path + "/data/tenants/acme/index/77/" + name)
        EngineHarness.write([], to: closed.directory.path + "/data/tenants/acme/index/stray")
        let kept = closed.indexFiles.filter { !$0.hasPrefix("aaaa") }
        try await EngineHarness.run(reopening: closed) { harness in
            try await IndexCorpus.expect(before, of: harness)
            try await harness.settle()
            #expect(harness.allIndexFiles == kept)
            #expect(access(closed.directory.path + "/data/tenants/acme/index/77", F_OK) != 0)
            #expect(access(closed.directory.path + "/data/tenants/acme/index/stray", F_OK) != 0)
        }
    }

    @Test func `a manifest from before a flush or a merge finds its files gone and makes them anew`() async throws {
        let (closed, before) = try await Self.closedTenant()
        let writer = try closed.outsideWriter()
        let manifest = try #require(try writer.manifest(of: 1, engine: .bm25))
        var older = manifest
        older.files = [ManifestFile(name: "0.bm25", byteCount: 1, passageCount: 5, passages: 1...5)]
        (older.nextPassage, older.sequence) = (6, 6)
        try writer.transaction { try writer.saveManifest(older, of: 1, engine: .bm25) }
        try writer.close()
        try await EngineHarness.run(reopening: closed) { harness in
            try await IndexCorpus.expect(before, of: harness)
            #expect(harness.metric("damaged_files_total") == 1)
        }
    }

    @Test func `files of other settings are made anew`() async throws {
        let (closed, before) = try await Self.closedTenant()
        let writer = try closed.outsideWriter()
        var manifest = try #require(try writer.manifest(of: 1, engine: .bm25))
        manifest.settings ^= 1
        try writer.transaction { try writer.saveManifest(manifest, of: 1, engine: .bm25) }
        try writer.close()
        try await EngineHarness.run(reopening: closed, replayLimit: 0) { harness in
            let engine = try await harness.engine()
            var request = SearchRequest(query: "privacy")
            request.mode = .bm25
            try await harness.eventually("whole again") {
                try await engine.search(request).degraded == false && engine.isIndexQuiet
            }
            try await IndexCorpus.expect(before, of: engine)
        }
        try await EngineHarness.run(reopening: closed) { harness in
            try await IndexCorpus.expect(before, of: harness)
            #expect(harness.metric("damaged_files_total") == 0)
        }
    }
}

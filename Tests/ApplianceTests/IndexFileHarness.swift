import Appliance
import Glibc
import IndexCore
import TenantStore
import TestKit
import Testing

/// Helpers of the tests of index files: texts, answers and the files of the first collection.
extension EngineHarness {
    /// Where the files of collection 1 of tenant acme lie.
    var indexFolder: String { directory.path + "/data/tenants/acme/index/1" }

    /// The names in it, without those put aside.
    var indexFiles: [String] { allIndexFiles.filter { $0.hasSuffix(".bm25") } }

    var allIndexFiles: [String] {
        guard let folder = opendir(indexFolder) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The number of a metric.
    func metric(_ name: String) -> Int {
        for line in services.ledger.exposition.split(separator: "\n") where line.hasPrefix("carrel_index_\(name) ") {
            return Int(line.split(separator: " ")[1]) ?? -1
        }
        return -1
    }

    /// Waits until `condition` holds; bounded.
    func eventually(_ what: Comment, _ condition: () async throws -> Bool) async throws {
        for _ in 0..<4_800 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record(what)
    }

    /// Waits until no work on index files is due or running.
    func settle() async throws {
        let engine = try await engine()
        try await eventually("index files settle") { engine.isIndexQuiet }
    }

    /// A new file in the place of an index file, so that what is mapped stays as it is.
    func replace(_ name: String, _ change: (inout [UInt8]) -> Void) {
        let path = indexFolder + "/" + name
        var bytes = Self.bytes(path)
        change(&bytes)
        unlink(path)
        Self.write(bytes, to: path)
    }

    /// The files of this folder that the process has mapped, with what the system says of them: ` (deleted)` behind
    /// those that have no name any more.
    var mappings: [String] {
        let descriptor = open("/proc/self/maps", O_RDONLY)
        defer { Glibc.close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(descriptor, &piece, piece.count), count > 0 { bytes += piece[..<count] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { $0.contains(directory.path) }
    }

    static func bytes(_ path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY)
        defer { Glibc.close(descriptor) }
        var status = stat()
        fstat(descriptor, &status)
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        #expect(read(descriptor, &bytes, bytes.count) == bytes.count)
        return bytes
    }

    static func write(_ bytes: [UInt8], to path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        Glibc.close(descriptor)
    }
}

/// Documents of a few words each, and questions about them.
enum IndexCorpus {
    static func documents(_ range: Range<Int>, seed: UInt64) -> [DocumentInput] {
        range.map { number in
            var random = SeededRandom(seed: seed &* 1_000_003 &+ UInt64(number))
            return DocumentInput(
                id: "d\(number)", title: "Note \(number % 11)",
                text: "w\(number) " + RandomText.sentence(&random, words: 6 + number % 5))
        }
    }

    static func put(_ range: Range<Int>, into engine: TenantEngine, seed: UInt64 = 1) async throws {
        for start in stride(from: range.lowerBound, to: range.upperBound, by: 500) {
            let end = min(start + 500, range.upperBound)
            _ = try await engine.put(documents(start..<end, seed: seed), collection: "notes")
        }
    }

    static func answers(_ harness: EngineHarness) async throws -> [[UInt8]] {
        try await answers(try await harness.engine())
    }

    static func expect(
        _ answers: [[UInt8]], of engine: TenantEngine, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await self.answers(engine)
        let first = zip(found, answers).first { $0 != $1 }
        #expect(
            found == answers,
            "found \(first.map { String(decoding: $0.0, as: UTF8.self) } ?? ""), not \(first.map { String(decoding: $0.1, as: UTF8.self) } ?? "")",
            sourceLocation: sourceLocation)
    }

    static func expect(
        _ answers: [[UInt8]], of harness: EngineHarness, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await expect(answers, of: try await harness.engine(), sourceLocation: sourceLocation)
    }

    /// Answers to many questions, byte for byte.
    static func answers(_ engine: TenantEngine, count: Int = 40) async throws -> [[UInt8]] {
        var random = SeededRandom(seed: 99)
        var answers: [[UInt8]] = []
        for number in 0..<count {
            var request = SearchRequest(query: RandomText.sentence(&random, words: 1 + number % 4) + "w\(number * 61)")
            request.mode = .bm25
            request.limit = 20
            answers.append(try await engine.search(request).bytes)
        }
        return answers
    }
}

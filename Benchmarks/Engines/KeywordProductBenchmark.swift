import Access
import Appliance
import BM25
import Glibc
import IndexCore
import TenantStore

/// Keyword search as the product does it, driven by `Lexical/lexical.py --product`. usage: keywords DOCS.tsv FOLDER DELETED
/// [loaded] [new]
///
/// Puts DOCS.tsv (id, title, text) into a tenant under FOLDER in batches of 1,000, each document one passage, deletes the
/// ids in the file DELETED, and waits until the index is at rest, or with `loaded` only until no bound asks for a merge; a
/// FOLDER that is there is taken as it is. With `new` no names of hits are remembered, as where nobody asked for them lately. Then reads commands: `bench QUERIES MODE K OUT` runs each query once as a `SearchRequest` in mode `bm25` and writes the
/// microseconds of CPU of the whole process, threads that hand the request on included; `run QUERIES MODE K OUT` writes query, document,
/// rank, score; `tokens FILE or|query 0 OUT` writes documents (title and text apart) or queries as terms. MODE is `or`,
/// `and` or `phrase`.
struct KeywordProductBenchmark {
    private static let collection = "techdocs"
    /// Documents in one write, as the doors bring them.
    private static let batch = 1_000

    private let services: EngineServices
    private let registry: TenantRegistry
    private let engine: TenantEngine
    private let analyzer = BM25Parameters().analyzer

    init(_ words: [String]) async throws {
        let options = Set(words.dropFirst(3))
        guard words.count >= 3, options.isSubset(of: ["loaded", "new"]) else {
            throw BenchmarkFailure("keywords DOCS.tsv FOLDER DELETED [loaded] [new]")
        }
        let rests = !options.contains("loaded")
        let isThere = access(words[1], R_OK) == 0
        let folder = try DataFolder(words[1])
        services = EngineServices(
            embedder: nil, log: .silent, seal: TokenSeal(key: [UInt8](repeating: 7, count: 32)), cores: 1,
            restingPause: rests ? .seconds(1) : .seconds(86_400),
            recentNames: options.contains("new") ? 0 : RecentNames.standardCapacity)
        registry = TenantRegistry(folder: folder, services: services, openLimit: 1)
        engine = try await registry.engine(
            for: try .local(
                record: TenantRecord(
                    name: "bench", uid: "bench", tier: "local", ratePerMinute: nil, burst: nil, state: .active,
                    createdAt: 0)))
        if !isThere { try await fill(words[0], deleted: words[2]) }
        try await waitForQuiet()
        if rests { try await wait(until: { engine.isIndexAtRest }) }
    }

    private func fill(_ documents: String, deleted: String) async throws {
        let start = Self.processNanoseconds()
        var batches: [[DocumentInput]] = [[]]
        try readLines(documents) { line in
            let parts = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { throw BenchmarkFailure("a line has no three parts: \(line.prefix(80))") }
            if batches[batches.count - 1].count == Self.batch { batches.append([]) }
            // A text that begins as a heading does would have it indexed with the title, which Lucene is not told.
            let text = parts[2].hasPrefix("#") ? " " + parts[2] : parts[2]
            batches[batches.count - 1].append(DocumentInput(id: parts[0], title: parts[1], text: text))
        }
        for batch in batches {
            _ = try await engine.put(
                batch, collection: Self.collection, options: WriteOptions(passages: .whole))
        }
        var ids: [String] = []
        try readLines(deleted) { ids.append($0) }
        for first in stride(from: 0, to: ids.count, by: Self.batch) {
            _ = try await engine.delete(
                Array(ids[first..<min(first + Self.batch, ids.count)]), collection: Self.collection)
        }
        try await waitForQuiet()
        let seconds = Double(Self.processNanoseconds() - start) / 1e9
        print("stored and indexed in \(fixed(seconds)) s of CPU, rows, merges and deletions included")
    }

    /// Waits until no work on index files is left: a quarter of an hour at most.
    private func waitForQuiet() async throws { try await wait(until: { engine.isIndexQuiet }) }

    private func wait(until isSo: () -> Bool) async throws {
        for _ in 0..<18_000 {
            if isSo() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw BenchmarkFailure("merges do not end")
    }

    func run() async throws {
        print("ready")
        fflush(nil)
        while let command = readLine() {
            let words = command.split(separator: " ").map(String.init)
            guard words.count == 5, let k = Int(words[3]) else { throw BenchmarkFailure("what is \(command)?") }
            print(try await answer(words, k: k) ? "done" : "cannot")
            fflush(nil)
        }
        await registry.close()
        services.close()
    }

    private func answer(_ words: [String], k: Int) async throws -> Bool {
        guard let out = fopen(words[4], "w") else { throw BenchmarkFailure("\(words[4]) cannot be written") }
        defer { fclose(out) }
        switch words[0] {
        case "bench":
            for (id, request) in try requests(words[1], mode: words[2], k: k) {
                let start = Self.processNanoseconds()
                let hits = try await engine.search(request, deadline: .none).hits
                let time = Self.processNanoseconds() - start
                guard hits.count <= k else { throw BenchmarkFailure("more than \(k) answers") }
                fputs("\(id)\t\(fixed(Double(time) / 1_000))\n", out)
            }
        case "run":
            for (id, request) in try requests(words[1], mode: words[2], k: k) {
                let hits = try await engine.search(request, deadline: .none).hits
                for (rank, hit) in hits.enumerated() {
                    fputs("\(id)\t\(hit.documentID)\t\(rank + 1)\t\(hit.keywordScore)\n", out)
                }
            }
        default: try tokens(words[1], asQueries: words[2] == "query", out)
        }
        return true
    }

    private func requests(_ path: String, mode: String, k: Int) throws -> [(id: String, request: SearchRequest)] {
        var requests: [(id: String, request: SearchRequest)] = []
        try readLines(path) { line in
            let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { return }
            var request = SearchRequest(query: parts[1])
            request.mode = .bm25
            request.limit = k
            request.collection = Self.collection
            request.detail = .ids
            // Lucene looks for no other words either.
            request.typos = false
            switch mode {
            case "and":
                var words: [String] = []
                for token in analyzer.tokens(of: parts[1], asQuery: true) where !words.contains(token.word) {
                    words.append(token.word)
                }
                request.expression = .group(QueryGroup(must: words.map { .term($0, field: .combined) }))
            case "phrase": request.expression = .phrase(parts[1], slop: 0, field: .combined)
            default: break
            }
            requests.append((parts[0], request))
        }
        return requests
    }

    private func tokens(_ path: String, asQueries: Bool, _ out: UnsafeMutablePointer<FILE>) throws {
        let terms = { (text: String, field: TextField) in
            analyzer.tokens(of: text, field: field, asQuery: asQueries).map(\.term).joined(separator: " ")
        }
        try readLines(path) { line in
            let parts = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            if asQueries, parts.count == 2 {
                fputs("\(parts[0])\t\(terms(parts[1], .content))\n", out)
            } else if parts.count == 3 {
                fputs("\(parts[0])\t\(terms(parts[1], .title))\t\(terms(parts[2], .content))\n", out)
            }
        }
    }

    /// CPU time of all threads: a request goes through more than one.
    private static func processNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

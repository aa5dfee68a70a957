import BM25
import Glibc
import IndexCore

/// The keyword engine as one of the engines that `Lexical/lexical.py` drives. usage: lexical DOCS.tsv FOLDER [stems]
///
/// Indexes DOCS.tsv (id, title, text; joined by a space into one field) into a file in FOLDER, unless there is one, and
/// prints what that cost; opens the file, prints what that cost, and reads commands: `bench QUERIES MODE K OUT` runs
/// each query once and writes its thread's microseconds of CPU, analysis included; `run QUERIES MODE K OUT` writes query, document,
/// rank, score; modes are `or`, `and`, `two` (any two words), `most` (three quarters of them), `phrase`, `fuzzy`; `tokens FILE or|query 0 OUT` writes texts or queries as the terms the index knows them by. Each is
/// answered with `done`, or with `cannot` where there is no such mode. With `stems` the index has no surface words, as the rivals'
/// have none: no prefixes, no fuzzy words.
struct LexicalBenchmark {
    private let identifiers: [String]
    private let snapshot: BM25Snapshot
    private let live: IDSet
    private let hasWords: Bool

    init(_ words: [String]) throws {
        guard words.count == 2 || words.count == 3 && words[2] == "stems" else {
            throw BenchmarkFailure("lexical DOCS.tsv FOLDER [stems]")
        }
        let indexing = try IndexingBenchmark(words)
        hasWords = indexing.hasWords
        let path = "\(indexing.folder)/\(indexing.name)"
        if access(path, R_OK) != 0 {
            try indexing.run()
        }
        var ids: [String] = []
        try readLines(words[0]) { line in
            ids.append(String(Substring(line.utf8.prefix { $0 != UInt8(ascii: "\t") })))
        }
        var live = IDSet()
        live.insert(0..<UInt32(ids.count))
        let start = threadNanoseconds()
        var index = BM25Index(parameters: indexing.parameters)
        index.attach(
            try BM25Segment(sections: SegmentSections(SegmentFile(path, kind: SegmentKind("BM25")))), live: live)
        print("opened in \(fixed(Double(threadNanoseconds() - start) / 1e6)) ms of CPU")
        snapshot = index.snapshot
        identifiers = ids
        self.live = live
    }

    func run() throws {
        print("ready")
        fflush(nil)
        while let command = readLine() {
            let words = command.split(separator: " ").map(String.init)
            guard words.count == 5, let k = Int(words[3]) else { throw BenchmarkFailure("what is \(command)?") }
            print(try answer(words, k: k) ? "done" : "cannot")
            fflush(nil)
        }
    }

    private func answer(_ words: [String], k: Int) throws -> Bool {
        guard hasWords || words[2] != "fuzzy" else { return false }
        guard let out = fopen(words[4], "w") else { throw BenchmarkFailure("\(words[4]) cannot be written") }
        defer { fclose(out) }
        switch words[0] {
        case "bench" where words[2] == "complete": try complete(words[1], count: k, out)
        case "bench": try bench(words[1], mode: words[2], k: k, out)
        case "run": try run(words[1], mode: words[2], k: k, out)
        default: try tokens(words[1], asQueries: words[2] == "query", out)
        }
        return true
    }

    private func bench(_ path: String, mode: String, k: Int, _ out: UnsafeMutablePointer<FILE>) throws {
        for (id, text) in try queries(path) {
            let start = threadNanoseconds()
            let hits = try search(text, mode: mode, k: k)
            let time = threadNanoseconds() - start
            guard hits.count <= k else { throw BenchmarkFailure("more than \(k) answers") }
            fputs("\(id)\t\(fixed(Double(time) / 1_000))\n", out)
        }
    }

    /// Writes for each query the nanoseconds that the exact score of one passage costs for one of its words, where `count` passages
    /// at equal distances, as another leg may bring them, are asked for together.
    private func complete(_ path: String, count: Int, _ out: UnsafeMutablePointer<FILE>) throws {
        let step = max(1, identifiers.count / max(1, count))
        let passages = stride(from: 0, to: step * count, by: step).map { PassageID(UInt32($0)) }
        for (id, text) in try queries(path) {
            let query = snapshot.analyze(text)
            guard !query.terms.isEmpty else { continue }
            let start = threadNanoseconds()
            let scores = try snapshot.scores(of: passages, for: query)
            let time = threadNanoseconds() - start
            guard scores.count == count else { throw BenchmarkFailure("not a score for each passage") }
            fputs("\(id)\t\(fixed(Double(time) / Double(count * query.terms.count)))\n", out)
        }
    }

    private func run(_ path: String, mode: String, k: Int, _ out: UnsafeMutablePointer<FILE>) throws {
        for (id, text) in try queries(path) {
            for (rank, hit) in try search(text, mode: mode, k: k).enumerated() {
                fputs("\(id)\t\(identifiers[Int(hit.document.rawValue)])\t\(rank + 1)\t\(hit.score)\n", out)
            }
        }
    }

    private func search(_ text: String, mode: String, k: Int) throws -> [DocumentHit] {
        switch mode {
        case "and":
            let terms = snapshot.analyze(text).terms
            let all = BM25Expression.boolean(must: terms.map { .term(BM25Term($0)) })
            return try snapshot.search(all, k: k, live: live).hits
        case "two", "most":
            let terms = snapshot.analyze(text).terms
            let least = mode == "two" ? min(2, terms.count) : (terms.count * 3 + 3) / 4
            let some = BM25Expression.boolean(should: terms.map { .term(BM25Term($0)) }, minimumShouldMatch: least)
            return try snapshot.search(some, k: k, live: live).hits
        case "phrase":
            let tokens = snapshot.parameters.analyzer.tokens(of: text, field: .content, asQuery: true)
            let words = tokens.map { PhraseTerm($0.term, position: UInt32($0.position)) }
            return try snapshot.search(.phrase(.combined, words, slop: 0), k: k, live: live).hits
        case "fuzzy":
            let word = QueryTree.fuzzy(text, distance: text.unicodeScalars.count <= 5 ? 1 : 2, field: .combined)
            return try snapshot.search(snapshot.compile(word).expression, k: k, live: live).hits
        default:
            return try snapshot.search(snapshot.analyze(text), k: k, live: live).hits
        }
    }

    /// Each text as the terms the index holds for it, in order, spaces between.
    private func tokens(_ path: String, asQueries: Bool, _ out: UnsafeMutablePointer<FILE>) throws {
        let analyzer = snapshot.parameters.analyzer
        let terms = { (text: String) in
            analyzer.tokens(of: text, field: .content, asQuery: asQueries).map(\.term).joined(separator: " ")
        }
        if asQueries {
            for (id, text) in try queries(path) {
                fputs("\(id)\t\(terms(text))\n", out)
            }
        } else {
            try readLines(path) { line in
                let parts = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
                guard parts.count == 3 else { throw BenchmarkFailure("a line has no three parts") }
                fputs("\(parts[0])\t\t\(terms(parts[1].isEmpty ? String(parts[2]) : "\(parts[1]) \(parts[2])"))\n", out)
            }
        }
    }

    private func queries(_ path: String) throws -> [(id: String, text: String)] {
        var queries: [(id: String, text: String)] = []
        try readLines(path) { line in
            let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 {
                queries.append((String(parts[0]), String(parts[1])))
            }
        }
        return queries
    }
}

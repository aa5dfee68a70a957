import BM25
import IndexCore

/// The keyword engine alone. usage: bm25 DOCS.jsonl QUERIES.jsonl
struct BM25Benchmark {
    let documents: [TextRecord]
    let queries: [TextRecord]

    init(_ words: [String]) throws {
        guard words.count == 2 else { throw BenchmarkFailure("bm25 DOCS.jsonl QUERIES.jsonl") }
        documents = try readRecords(words[0])
        queries = try readRecords(words[1])
    }

    func run() throws {
        var index = BM25Index()
        var live = IDSet()
        let start = threadNanoseconds()
        var next: UInt32 = 1
        for first in stride(from: 0, to: documents.count, by: 1_000) {
            var builder = BM25SegmentBuilder()
            for document in documents[first..<min(first + 1_000, documents.count)] {
                builder.add(PassageID(next), document: PassageID(next), title: document.title, text: document.text)
                live.insert(PassageID(next))
                next += 1
            }
            index.append(builder.build(), live: live)
        }
        let indexing = Double(threadNanoseconds() - start) / 1e9
        let snapshot = index.snapshot
        var times: [Double] = []
        var matched = 0
        for query in queries {
            var best = Double.infinity
            for _ in 0..<5 {
                let start = threadNanoseconds()
                let result = try snapshot.search(snapshot.analyze(query.text), k: 10, live: live)
                best = min(best, Double(threadNanoseconds() - start) / 1_000)
                matched = max(matched, result.hits.count)
            }
            times.append(best)
        }
        guard matched == 10 else { throw BenchmarkFailure("no query found ten documents") }
        print(
            "bm25: \(Int(Double(documents.count) / indexing)) documents/s of CPU, "
                + "\(snapshot.byteCount / max(1, documents.count)) index bytes a passage; top 10 of \(queries.count) queries: "
                + "mean \(fixed(times.reduce(0, +) / Double(times.count))), p50 \(fixed(percentile(times, 0.5))), "
                + "p99 \(fixed(percentile(times, 0.99))) µs of CPU (best of 5 each)")
    }
}

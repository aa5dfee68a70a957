import Embedding

/// The embedder alone on the queries that ``ServeBenchmark`` sends as new ones. usage: queries PACK QUERIES.jsonl
///
/// Prints whole microseconds of CPU a query: what a server that embeds cannot go below.
struct QueryEmbeddingBenchmark {
    let model: MiniLM
    let queries: [String]

    init(_ words: [String]) throws {
        guard words.count == 2 else { throw BenchmarkFailure("queries PACK QUERIES.jsonl") }
        model = try MiniLM(packAt: words[0])
        queries = try readRecords(words[1]).map(\.text)
    }

    func run() throws {
        let scratch = model.makeScratch()
        let start = threadNanoseconds()
        for (index, query) in queries.enumerated() {
            _ = try model.embed([ServeBenchmark.fresh(query, connection: index % 16, turn: index)], scratch: scratch)
        }
        print((threadNanoseconds() - start) / UInt64(1_000 * max(1, queries.count)))
    }
}

/// The embedder alone, one thread. usage: embedding PACK DOCS.jsonl
struct EmbeddingBenchmark {
    let model: MiniLM
    let documents: [TextRecord]

    init(_ words: [String]) throws {
        guard words.count == 2 else { throw BenchmarkFailure("embedding PACK DOCS.jsonl") }
        model = try MiniLM(packAt: words[0])
        documents = try Array(readRecords(words[1]).prefix(300))
    }

    func run() throws {
        let scratch = model.makeScratch()
        let short = "how long may personal data be kept"
        var times: [Double] = []
        for _ in 0..<200 {
            let start = threadNanoseconds()
            _ = try model.embed([short], scratch: scratch)
            times.append(Double(threadNanoseconds() - start) / 1e6)
        }
        var tokens = 0
        let start = threadNanoseconds()
        for document in documents {
            tokens += try model.embed([document.title + "\n" + document.text], scratch: scratch)[0].tokenCount
        }
        let seconds = Double(threadNanoseconds() - start) / 1e9
        print(
            "embedding: a query of \(model.tokenCount(short)) word pieces \(fixed(percentile(times, 0.5))) ms of CPU; "
                + "\(documents.count) documents: \(Int(Double(tokens) / seconds)) tokens/s, "
                + "\(fixed(Double(documents.count) / seconds)) documents/s of CPU")
    }
}

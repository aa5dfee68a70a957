import Embedding

/// The embedder alone, one thread. usage: embedding PACK DOCS.jsonl
struct EmbeddingBenchmark {
    let model: MiniLM
    let documents: [TextRecord]

    init(_ words: [String]) throws {
        guard words.count == 2 else { throw BenchmarkFailure("embedding PACK DOCS.jsonl") }
        model = try MiniLM(packAt: words[0])
        documents = try readRecords(words[1], limit: 300)
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

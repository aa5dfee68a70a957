import Glibc

// One subcommand a part; `Scripts/bench.sh` prepares the data and calls them.
let words = Array(CommandLine.arguments.dropFirst())
do {
    switch words.first {
    case "serve": try ServeBenchmark(words.dropFirst().map { $0 }).run()
    case "streams": try StreamBenchmark(words.dropFirst().map { $0 }).run()
    case "bm25": try BM25Benchmark(words.dropFirst().map { $0 }).run()
    case "indexing": try IndexingBenchmark(words.dropFirst().map { $0 }).run()
    case "lexical": try LexicalBenchmark(words.dropFirst().map { $0 }).run()
    case "vectors": try VectorBenchmark(words.dropFirst().map { $0 }).run()
    case "opening": try OpeningBenchmark(words.dropFirst().map { $0 }).run()
    case "keywords": try await KeywordProductBenchmark(words.dropFirst().map { $0 }).run()
    case "product": try await ProductBenchmark(words.dropFirst().map { $0 }).run()
    case "filters": try FilterBenchmark(words.dropFirst().map { $0 }).run()
    case "views": try VectorViewsBenchmark(words.dropFirst().map { $0 }).run()
    case "queries": try QueryEmbeddingBenchmark(words.dropFirst().map { $0 }).run()
    case "embedding": try EmbeddingBenchmark(words.dropFirst().map { $0 }).run()
    case "updates": try UpdateBenchmark(words.dropFirst().map { $0 }).run()
    default:
        let parts =
            "serve|streams|bm25|indexing|lexical|vectors|embedding|filters|keywords|opening|product|queries|updates|views"
        print("usage: Benchmarks \(parts) ...  (see Benchmarks/README.md)")
        exit(2)
    }
} catch {
    print("benchmark failed: \(error)")
    exit(1)
}

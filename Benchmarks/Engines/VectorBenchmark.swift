import Embedding
import HNSW
import IndexCore

/// Scan and graph on real vectors. usage: vectors PACK DOCS.jsonl
///
/// Sentences of the documents are embedded, the last 200 are questions. Recall@10 against the exact search is printed
/// with each speed.
struct VectorBenchmark {
    let model: MiniLM
    let sentences: [String]

    init(_ words: [String]) throws {
        guard words.count == 2 else { throw BenchmarkFailure("vectors PACK DOCS.jsonl") }
        model = try MiniLM(packAt: words[0])
        sentences = try readRecords(words[1]).lazy.flatMap { record in
            record.text.split(separator: ". ").map(String.init).filter { (20...200).contains($0.utf8.count) }
        }.prefix(12_200).map { $0 }
    }

    func run() throws {
        let scratch = model.makeScratch()
        var vectors: [[Float]] = []
        for start in stride(from: 0, to: sentences.count, by: 8) {
            vectors += try model.embed(Array(sentences[start..<min(start + 8, sentences.count)]), scratch: scratch).map(
                \.vector)
        }
        let queries = vectors.suffix(200)
        let base = vectors.dropLast(200)
        var index = VectorIndex(dimension: model.dimension, parameters: HNSWParameters(scanLimit: 0, graphThreshold: 1))
        var live = IDSet()
        for (place, vector) in base.enumerated() {
            let id = PassageID(UInt32(place + 1))
            try index.append(id, document: id, vector: vector)
            live.insert(id)
        }
        try report("scan of \(base.count) vectors", index.snapshot, queries: Array(queries), live: live, ef: nil)
        let start = threadNanoseconds()
        let merge = index.merge(live: live)
        index.install(try merge.run().segment, from: merge)
        print("graph of \(base.count) vectors built in \(fixed(Double(threadNanoseconds() - start) / 1e9)) s of CPU")
        for ef in [16, 32, 64, 128] {
            try report("graph, ef \(ef)", index.snapshot, queries: Array(queries), live: live, ef: ef)
        }
    }

    private func report(_ name: String, _ snapshot: VectorSnapshot, queries: [[Float]], live: IDSet, ef: Int?) throws {
        var found = 0
        for query in queries {
            let exact = Set(try snapshot.exactSearch(query, k: 10, live: live).map(\.document))
            found += try snapshot.search(query, k: 10, ef: ef, live: live).count { exact.contains($0.document) }
        }
        let start = threadNanoseconds()
        for _ in 0..<5 {
            for query in queries {
                _ = try snapshot.search(query, k: 10, ef: ef, live: live)
            }
        }
        let seconds = Double(threadNanoseconds() - start) / 1e9
        let rate = Double(5 * queries.count) / seconds
        print("\(name): recall@10 \(fixed(Double(found) / Double(10 * queries.count))), \(Int(rate)) queries/s of CPU")
    }
}

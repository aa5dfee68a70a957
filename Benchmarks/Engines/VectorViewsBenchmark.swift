import Embedding
import Glibc

/// Vectors of real passages for the benchmarks of the vector engine. usage: views PACK DOCS.jsonl OUT
///
/// Writes 4 x 384 little-endian floats a passage: the four views of its title, newline and text.
/// `Benchmarks/Vectors/views.py` makes base and query files of 384 and 1,536 dimensions of them.
struct VectorViewsBenchmark {
    let model: MiniLM
    let documents: [TextRecord]
    let path: String

    init(_ words: [String]) throws {
        guard words.count == 3 else { throw BenchmarkFailure("views PACK DOCS.jsonl OUT") }
        model = try MiniLM(packAt: words[0])
        documents = try readRecords(words[1])
        path = words[2]
    }

    func run() throws {
        guard let file = fopen(path, "wb") else { throw BenchmarkFailure("\(path) cannot be written") }
        defer { fclose(file) }
        let scratch = model.makeScratch()
        for start in stride(from: 0, to: documents.count, by: 64) {
            let texts = documents[start..<min(start + 64, documents.count)].map { $0.title + "\n" + $0.text }
            guard let views = model.views(of: texts, scratch: scratch) else {
                throw BenchmarkFailure("the pack holds no 8-bit model")
            }
            for view in views where fwrite(view, 4, view.count, file) != view.count {
                throw BenchmarkFailure("\(path) cannot be written")
            }
        }
    }
}

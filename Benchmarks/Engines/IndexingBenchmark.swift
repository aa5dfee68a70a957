import BM25
import Glibc
import IndexCore

/// Indexing as `Lexical/lexical.py` times it. usage: indexing DOCS.tsv FOLDER [stems] [apart|titled]
///
/// Indexes DOCS.tsv (id, title, text) into one file in FOLDER, which is synchronised, and prints what that cost. Title and text are
/// joined by a space into one field, as in the table of queries; with `apart` titles are a field and texts another, each with
/// positions; with `titled` the words of a title are in both. These two also write the ids to a file in the order of the passages'
/// numbers: the rivals store theirs. With `stems` there are no surface words.
struct IndexingBenchmark {
    let documents: String
    let folder: String
    let hasWords: Bool
    private let titleWeight: Int?

    /// Documents analysed into one segment.
    ///
    /// The process holds some 370 MB then; the buffers of Lucene and Tantivy have 512 MB here.
    private static let batch = 320_000

    init(_ words: [String]) throws {
        let options = words.dropFirst(2)
        guard words.count >= 2, options.allSatisfy(["stems", "apart", "titled"].contains) else {
            throw BenchmarkFailure("indexing DOCS.tsv FOLDER [stems] [apart|titled]")
        }
        (documents, folder) = (words[0], words[1])
        hasWords = !options.contains("stems")
        titleWeight = options.contains("titled") ? 1 : options.contains("apart") ? 0 : nil
    }

    var parameters: BM25Parameters { BM25Parameters(titleWeight: titleWeight ?? 0, surfaceWords: hasWords) }
    var name: String { hasWords ? "all.bm25" : "stems.bm25" }

    /// Indexes the documents into one segment, as a bulk load and a merge of everything do.
    func run() throws {
        let parameters = parameters
        var index = BM25Index(parameters: parameters)
        var live = IDSet()
        var builder = BM25SegmentBuilder(parameters: parameters)
        let ids = try titleWeight.map { _ in try IDFile("\(folder)/ids") }
        var count: UInt32 = 0
        let start = processNanoseconds()
        try readByteLines(documents) { line in
            guard let first = line.firstIndex(of: UInt8(ascii: "\t")),
                let second = line[(first + 1)...].firstIndex(of: UInt8(ascii: "\t"))
            else { throw BenchmarkFailure("line \(count) has no three parts") }
            let id = PassageID(count)
            if titleWeight != nil {
                try ids?.append(line[..<first])
                builder.add(
                    id, document: id, title: String(decoding: line[(first + 1)..<second], as: UTF8.self),
                    text: String(decoding: line[(second + 1)...], as: UTF8.self))
            } else {
                // The tab between title and text separates words as a space does.
                builder.add(id, document: id, title: "", text: String(decoding: line[(first + 1)...], as: UTF8.self))
            }
            live.insert(id)
            count += 1
            if count.isMultiple(of: UInt32(Self.batch)) {
                index.append(builder.build(), live: live)
                builder = BM25SegmentBuilder(parameters: parameters)
            }
        }
        index.append(builder.build(), live: live)
        let indexed = processNanoseconds()
        guard let plan = index.flushPlan(), let segment = try plan.run(live: live) else {
            throw BenchmarkFailure("no documents in \(documents)")
        }
        var writer = try SegmentFileWriter(folder: folder, kind: SegmentKind("BM25"))
        try writer.append(segment.sections)
        _ = try writer.publish { _ in name }
        try ids?.close()
        let end = processNanoseconds()
        print(
            "indexed \(count) in \(fixed(Double(end - start) / 1e9)) s of CPU, the last merge "
                + "\(fixed(Double(end - indexed) / 1e9)) s of it, \(fixed(Double(segment.byteCount) / 1e6)) MB")
    }
}

/// Ids, a line each, in the order of the passages' numbers.
private struct IDFile {
    private let file: UnsafeMutablePointer<FILE>

    init(_ path: String) throws {
        guard let file = fopen(path, "w") else { throw BenchmarkFailure("\(path) cannot be written") }
        self.file = file
    }

    func append(_ id: Slice<UnsafeRawBufferPointer>) throws {
        let bytes = UnsafeRawBufferPointer(rebasing: id)
        fwrite(bytes.baseAddress, 1, bytes.count, file)
        putc(Int32(UInt8(ascii: "\n")), file)
    }

    func close() throws {
        guard fflush(file) == 0, fsync(fileno(file)) == 0, fclose(file) == 0 else {
            throw BenchmarkFailure("the ids cannot be written")
        }
    }
}

import Embedding
import Glibc
import HNSW
import IndexCore
import TestKit
import Testing

/// Recall on real sentences, embedded by the real model: clusters of made-up vectors are easier than language.
@Suite struct RecallTests {
    private static let baseCount = 3_000
    private static let queryCount = 150

    @Test(
        .enabled(if: RealTexts.model != nil, "the model is not here: run Scripts/fetch-model.sh"),
        .enabled(if: RealTexts.sentences.count >= 600, "there are too few texts here: data/demo is missing"))
    func theGraphFindsTheNeighborsOfRealSentences() throws {
        let model = try MiniLM(packAt: #require(RealTexts.model))
        let scratch = model.makeScratch()
        // Queries are spread over the texts, and no sentence is both.
        let sentences = RealTexts.sentences.prefix(Self.baseCount + Self.queryCount)
        let step = max(2, sentences.count / Self.queryCount)
        var vectors: [[Float]] = []
        for start in stride(from: 0, to: sentences.count, by: 32) {
            let batch = Array(sentences[start..<min(start + 32, sentences.count)])
            vectors += try model.embed(batch, scratch: scratch).map(\.vector)
        }
        var index = VectorIndex(dimension: 384, parameters: .graphOnly)
        var live = IDSet()
        var queries: [[Float]] = []
        for (number, vector) in vectors.enumerated() {
            if number % step == 0 {
                queries.append(vector)
            } else {
                let id = PassageID(UInt32(number))
                try index.append(id, document: id, vector: vector)
                live.insert(id)
            }
        }
        let merge = index.merge(live: live)
        let installed = try index.install(merge.run().segment, from: merge)
        #expect(installed)
        let snapshot = index.snapshot

        var recall = 0.0
        for query in queries {
            let found = try snapshot.search(query, k: 10, live: live)
            let exact = try snapshot.exactSearch(query, k: 10, live: live)
            recall += ExactNeighbors.recall(of: found.map(\.document), expected: exact.map(\.document))
            // As many candidates as there are vectors: a scan, and therefore exact.
            let scanned = try snapshot.search(query, k: 10, ef: snapshot.count, live: live)
            #expect(scanned == exact)
        }
        recall /= Double(queries.count)
        print("recall@10 \(recall) over \(snapshot.count) sentences, \(queries.count) queries")
        #expect(recall >= 0.95)
    }
}

/// Sentences that lie about: the demo's documents, and judged sets beside the checkout.
private enum RealTexts {
    /// The model's pack, where it is installed.
    static let model: String? =
        getenv("CARREL_MODEL").map { String(cString: $0) } ?? findUpwards("data/models/minilm-l6-v2.q8.pack")

    /// Distinct sentences of 40 to 200 bytes, in a fixed order.
    static let sentences: [String] = {
        var files: [String] = []
        if let demo = findUpwards("data/demo") {
            files += filesBelow(demo)
        }
        if let judged = findUpwards("shared/data/scifact/docs.jsonl") {
            files.append(judged)
        }
        var seen = Set<String>()
        return files.flatMap { sentences(in: read($0)) }.filter { seen.insert($0).inserted }
    }()

    private static func sentences(in text: String) -> [String] {
        text.split(whereSeparator: { $0 == "\n" || $0 == "." || $0 == "\"" })
            .map { $0.drop { $0 == " " || $0 == "#" || $0 == "-" } }
            .filter { (40...200).contains($0.utf8.count) && !$0.contains("\\") }
            .map { String($0) }
    }

    /// At most the first 2 MB of a file.
    private static func read(_ path: String) -> String {
        guard let file = fopen(path, "rb") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 2 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    private static func filesBelow(_ folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") {
                names.append(name)
            }
        }
        return names.sorted().flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            let inside = filesBelow(path)
            return inside.isEmpty ? [path] : inside
        }
    }

    private static func findUpwards(_ path: String) -> String? {
        var directory = #filePath
        while let slash = directory.lastIndex(of: "/") {
            directory = String(directory[..<slash])
            if access("\(directory)/\(path)", R_OK) == 0 {
                return "\(directory)/\(path)"
            }
        }
        return nil
    }
}

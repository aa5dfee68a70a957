import Glibc
import HNSW
import IndexCore

/// What a cold segment costs whoever asks first. usage: opening BASE.f32 QUERIES.f32 DIMENSION FOLDER
///
/// Builds a segment of the rows (little-endian Float32), writes its files into FOLDER, and opens them 21 times, each time
/// with another question: microseconds until both are mapped and their headers read, and until the first answer, with
/// all checksums of the graph's file and those of the vectors that are read. The files are in the page cache. Times are CPU
/// of the thread: on a quiet machine those of the clock.
struct OpeningBenchmark {
    private static let rounds = 21
    private static let graphKind = SegmentKind("hnsw")
    private static let vectorKind = SegmentKind("vecs")

    let base: [Float]
    let queries: [Float]
    let dimension: Int
    let folder: String

    init(_ words: [String]) throws {
        guard words.count == 4, let dimension = Int(words[2]), VectorIndex.dimensions.contains(dimension) else {
            throw BenchmarkFailure("opening BASE.f32 QUERIES.f32 DIMENSION FOLDER")
        }
        self.dimension = dimension
        base = try readFloats(words[0])
        queries = try readFloats(words[1])
        folder = words[3]
    }

    func run() throws {
        let count = base.count / dimension
        let parameters = HNSWParameters()
        var index = VectorIndex(dimension: dimension, parameters: parameters)
        var live = IDSet()
        for row in 0..<count {
            let id = PassageID(UInt32(row))
            try index.append(id, document: id, vector: Array(base[row * dimension..<(row + 1) * dimension]))
            live.insert(id)
        }
        guard let segment = try index.merge(live: live).run().segment else { throw BenchmarkFailure("no vectors") }
        let graph = try write(segment.sections, kind: Self.graphKind, name: "benchmark.hnsw")
        let vectors = try segment.blocks.enumerated().map { number, block in
            try write(block.sections, kind: Self.vectorKind, name: "benchmark-\(number).vec")
        }
        defer { for path in vectors + [graph] { unlink(path) } }
        var opened: [Double] = []
        var verified: [Double] = []
        var answered: [Double] = []
        for round in 0..<min(Self.rounds, queries.count / dimension) {
            let query = Array(queries[round * dimension..<(round + 1) * dimension])
            let start = threadNanoseconds()
            let file = try SegmentFile(graph, kind: Self.graphKind)
            let blocks = try vectors.map {
                try VectorBlock(sections: SegmentSections(try SegmentFile($0, kind: Self.vectorKind)))
            }
            var cold = VectorIndex(dimension: dimension, parameters: parameters)
            cold.attach(try VectorSegment(sections: SegmentSections(file), blocks: blocks))
            opened.append(Double(threadNanoseconds() - start) / 1_000)
            let mapped = threadNanoseconds()
            if let defect = file.verify() { throw BenchmarkFailure("\(defect)") }
            verified.append(Double(threadNanoseconds() - mapped) / 1_000)
            let hits = try cold.snapshot.search(query, k: 10, live: live)
            answered.append(Double(threadNanoseconds() - start) / 1_000)
            guard hits.count == 10 else { throw BenchmarkFailure("\(hits.count) answers") }
        }
        print(
            "\(count) x \(dimension), \(parameters.codes): opened in \(fixed(percentile(opened, 0.5))) µs, "
                + "first answer after \(fixed(percentile(answered, 0.5))) µs, \(fixed(percentile(verified, 0.5))) of it "
                + "the graph file's checksums (medians of \(opened.count); best \(fixed(opened.min() ?? 0)) and "
                + "\(fixed(answered.min() ?? 0)) µs)")
    }

    private func write(_ sections: SegmentSections, kind: SegmentKind, name: String) throws -> String {
        var writer = try SegmentFileWriter(folder: folder, kind: kind)
        try writer.append(sections)
        return try writer.publish { _ in name }.path
    }
}

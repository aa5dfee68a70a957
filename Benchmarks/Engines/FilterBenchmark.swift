import HNSW
import IndexCore

/// Filters: the planned search beside the scan and the walk it chooses from, over a grid of selectivities.
/// usage: filters BASE.f32 QUERIES.f32 DIMENSION [CODES] [QUESTIONS]
///
/// Files are rows of little-endian Float32. For each share of passages that pass, drawn at random and as those nearest to
/// some other point, the smallest `ef` with which a walk reaches recall@10 .95 is looked for; times are those of that
/// `ef`, CPU of one thread, the best of four interleaved rounds. At last, at `ef` 64, all but those nearest to the question.
struct FilterBenchmark {
    private static let shares = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9, 1]
    private static let beams = [10, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512]
    private static let farShares = [0.1, 0.5, 0.9, 0.97, 0.99, 0.995]
    private static let aim = 0.95

    let dimension: Int
    let base: [Float]
    let queries: [[Float]]
    let codes: TraversalCodes

    init(_ words: [String]) throws {
        guard (3...5).contains(words.count), let dimension = Int(words[2]), VectorIndex.dimensions.contains(dimension)
        else { throw BenchmarkFailure("filters BASE.f32 QUERIES.f32 DIMENSION [float32|int8|int4] [QUESTIONS]") }
        self.dimension = dimension
        base = try readFloats(words[0])
        codes = ["float32": .float32, "int8": .int8][words.count > 3 ? words[3] : ""] ?? .int4
        let all = try readFloats(words[1])
        let count = min(words.count > 4 ? Int(words[4]) ?? 100 : 100, all.count / dimension)
        queries = (0..<count).map { Array(all[$0 * dimension..<($0 + 1) * dimension]) }
    }

    func run() throws {
        let count = base.count / dimension
        var index = VectorIndex(
            dimension: dimension,
            parameters: HNSWParameters(codes: codes, scanLimit: 0, graphThreshold: 1))
        var live = IDSet()
        for row in 0..<count {
            let id = PassageID(UInt32(row))
            try index.append(id, document: id, vector: Array(base[row * dimension..<(row + 1) * dimension]))
            live.insert(id)
        }
        let merge = index.merge(live: live)
        index.install(try merge.run().segment, from: merge)
        let snapshot = index.snapshot
        print("\(count) x \(dimension), \(codes), \(queries.count) questions; microseconds a question")
        print("pass %  filter   ef  walk recall   scan   walk  plan  plan recall  plan/best")
        for kind in ["random", "near"] {
            var ratios: [Double] = []
            for share in Self.shares {
                let filter =
                    try kind == "random"
                    ? Self.random(share, of: count) : near(share, to: Array(base.suffix(dimension)), snapshot, live)
                let filters = Array(repeating: filter, count: queries.count)
                ratios.append(try measure(snapshot, live, filters, kind, share, beams: Self.beams))
            }
            let mean = ratios.reduce(0, +) / Double(ratios.count)
            print("\(kind): plan/best \(fixed(mean)) on average, \(fixed(ratios.max() ?? 0)) at most")
        }
        for share in Self.farShares {
            let filters = try queries.map { query in
                let nearest = try near(1 - share, to: query, snapshot, live)
                return (0..<UInt32(count)).map { PassageID($0) }.reduce(into: IDSet()) { set, id in
                    if !nearest.contains(id) { set.insert(id) }
                }
            }
            _ = try measure(snapshot, live, filters, "far", share, beams: [64])
        }
    }

    /// One line of the table.
    /// - Returns: The planned search's time over the better one's.
    private func measure(
        _ snapshot: VectorSnapshot, _ live: IDSet, _ filters: [IDSet], _ kind: String, _ share: Double, beams: [Int]
    ) throws -> Double {
        let truth = try zip(queries, filters).map { query, filter in
            Set(try snapshot.exactSearch(query, k: 10, live: live, filter: filter).map(\.document))
        }
        func recall(_ ef: Int, _ path: SearchPath) throws -> Double {
            var found = 0
            for (index, query) in queries.enumerated() {
                found += try snapshot.search(query, k: 10, ef: ef, live: live, filter: filters[index], path: path)
                    .count { truth[index].contains($0.document) }
            }
            return Double(found) / Double(truth.reduce(0) { $0 + $1.count })
        }
        var walked = 0.0
        var beam = 0
        for ef in beams where walked < Self.aim {
            beam = ef
            walked = try recall(ef, .sweep)
        }
        let planned = try recall(beam, .planned)
        var best: [SearchPath: Double] = [:]
        for round in 0..<4 {
            // The scan of all leaves nothing of the graph in the caches: whichever comes behind it is asked once more before.
            for path in round & 1 == 0 ? [SearchPath.scan, .planned, .sweep] : [.scan, .sweep, .planned] {
                var start: UInt64 = 0
                for _ in 0..<2 {
                    start = threadNanoseconds()
                    for (query, filter) in zip(queries, filters) {
                        _ = try snapshot.search(query, k: 10, ef: beam, live: live, filter: filter, path: path)
                    }
                }
                let time = Double(threadNanoseconds() - start) / 1e3 / Double(queries.count)
                best[path] = min(time, best[path] ?? .infinity)
            }
        }
        let scan = best[.scan] ?? 0
        let sweep = walked >= Self.aim ? best[.sweep] ?? 0 : .infinity
        let plan = best[.planned] ?? 0
        print(
            "\(share * 100)\t\(kind)\t\(beam)\t\(fixed(walked))\t\(fixed(scan))\t\(fixed(best[.sweep] ?? 0))\t"
                + "\(fixed(plan))\t\(fixed(planned))\t\(fixed(plan / min(scan, sweep)))")
        return plan / min(scan, sweep)
    }

    private static func random(_ share: Double, of count: Int) -> IDSet {
        var state: UInt64 = 42
        var set = IDSet()
        for id in 0..<UInt32(count) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            if Double(state >> 11) * 0x1p-53 < share { set.insert(PassageID(id)) }
        }
        return set
    }

    /// The share nearest to a point; the last row is a topic, to which most questions do not belong.
    private func near(
        _ share: Double, to point: [Float], _ snapshot: VectorSnapshot, _ live: IDSet
    ) throws -> IDSet {
        let count = base.count / dimension
        var set = IDSet()
        for hit in try snapshot.exactSearch(point, k: max(10, Int(share * Double(count))), live: live) {
            set.insert(hit.passage)
        }
        return set
    }
}

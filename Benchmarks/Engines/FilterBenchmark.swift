import HNSW
import IndexCore

/// Filters: the planned search beside the scan and the walk it chooses from, over a grid of selectivities.
/// usage: filters BASE.f32 QUERIES.f32 DIMENSION [CODES] [QUESTIONS]
///
/// Files are rows of little-endian Float32. For each share of passages that pass, drawn at random and as those nearest to
/// some other point, the smallest `ef` with which a walk reaches recall@10 .95 is looked for; times are those of that
/// `ef`, CPU of one thread, the best of three interleaved rounds.
struct FilterBenchmark {
    private static let shares = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9, 1]
    private static let beams = [10, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512]
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
                let filter = try kind == "random" ? Self.random(share, of: count) : near(share, snapshot, live)
                ratios.append(try measure(snapshot, live, filter, kind, share))
            }
            let mean = ratios.reduce(0, +) / Double(ratios.count)
            print("\(kind): plan/best \(fixed(mean)) on average, \(fixed(ratios.max() ?? 0)) at most")
        }
    }

    /// One line of the table.
    /// - Returns: The planned search's time over the better one's.
    private func measure(
        _ snapshot: VectorSnapshot, _ live: IDSet, _ filter: IDSet, _ kind: String, _ share: Double
    ) throws -> Double {
        let truth = try queries.map { query in
            Set(try snapshot.exactSearch(query, k: 10, live: live, filter: filter).map(\.document))
        }
        func recall(_ ef: Int, _ path: SearchPath) throws -> Double {
            var found = 0
            for (query, truth) in zip(queries, truth) {
                found += try snapshot.search(query, k: 10, ef: ef, live: live, filter: filter, path: path)
                    .count { truth.contains($0.document) }
            }
            return Double(found) / Double(truth.reduce(0) { $0 + $1.count })
        }
        var walked = 0.0
        var beam = 0
        for ef in Self.beams where walked < Self.aim {
            beam = ef
            walked = try recall(ef, .sweep)
        }
        let planned = try recall(beam, .planned)
        var best: [SearchPath: Double] = [:]
        for _ in 0..<3 {
            for path in SearchPath.allCases {
                let start = threadNanoseconds()
                for query in queries {
                    _ = try snapshot.search(query, k: 10, ef: beam, live: live, filter: filter, path: path)
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

    /// The share nearest to the last row: a topic, to which most questions do not belong.
    private func near(_ share: Double, _ snapshot: VectorSnapshot, _ live: IDSet) throws -> IDSet {
        let count = base.count / dimension
        var set = IDSet()
        let hits = try snapshot.exactSearch(
            Array(base.suffix(dimension)), k: max(10, Int(share * Double(count))), live: live)
        for hit in hits { set.insert(hit.passage) }
        return set
    }
}

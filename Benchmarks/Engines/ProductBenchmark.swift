import Access
import Appliance
import Glibc
import HNSW
import IndexCore
import TenantStore

/// The vector engine inside the product beside its bare loop.
/// usage: product BASE.f32 QUERIES.f32 FOLDER [float32|int8|int4|best] [QUESTIONS] [DIMENSION]
///
/// Loads the rows (little-endian Float32, 384 numbers each unless said) as documents of a few words with vectors of their own into a
/// tenant below FOLDER, which must be empty and is left as it is, compacts, and builds the same graph in memory. Then each
/// question is asked in four ways, a way a round in turn: by the bare loop, by the snapshot that the product's searches
/// see (live passages, documents, bounds), and by a whole `SearchRequest` (mode `vector`, limit 10) that tells ids alone and
/// one with snippets. All answers must be equal first. Times are CPU: of the thread for the first two, of all threads for a
/// request, which changes threads twice; the best of nine rounds.
struct ProductBenchmark {
    private static let beams = [16, 20, 24, 28, 32, 40, 48, 64, 96, 128, 192, 256, 384, 512]
    private static let aims = [0.95, 0.99]
    private static let rounds = 9
    private static let k = 10
    private static let space = "rows"
    private static let words = [
        "ledger", "harbour", "engine", "winter", "letter", "stone", "river", "lantern", "orchard", "signal", "margin",
        "copper",
    ]

    let dimension: Int
    let base: [Float]
    let queries: [[Float]]
    let folder: String
    let parameters: HNSWParameters

    init(_ words: [String]) throws {
        guard (3...6).contains(words.count), let dimension = words.count > 5 ? Int(words[5]) : 384, dimension > 0
        else {
            throw BenchmarkFailure(
                "product BASE.f32 QUERIES.f32 FOLDER [float32|int8|int4|best] [QUESTIONS] [DIMENSION]")
        }
        self.dimension = dimension
        base = try readFloats(words[0])
        let all = try readFloats(words[1])
        folder = words[2]
        switch words.count > 3 ? words[3] : "int4" {
        case "float32": parameters = HNSWParameters(codes: .float32)
        case "int8": parameters = HNSWParameters(codes: .int8)
        case "best": parameters = .best()
        default: parameters = HNSWParameters(codes: .int4)
        }
        let count = min(words.count > 4 ? Int(words[4]) ?? 500 : 500, all.count / dimension)
        queries = (0..<count).map { Array(all[$0 * dimension..<($0 + 1) * dimension]) }
    }

    func run() async throws {
        let services = EngineServices(
            embedder: nil, log: .silent, seal: TokenSeal(key: [UInt8](repeating: 7, count: 32)))
        let registry = TenantRegistry(folder: try DataFolder(folder), services: services, openLimit: 1)
        do {
            let tenant = TenantRecord(
                name: "bench", uid: "bench", tier: "local", ratePerMinute: nil, burst: nil, state: .active, createdAt: 0
            )
            let engine = try await registry.engine(for: try .local(record: tenant))
            try await load(into: engine)
            try await compare(engine, with: try bareIndex())
        } catch {
            await registry.close()
            services.close()
            throw error
        }
        await registry.close()
        services.close()
    }

    // MARK: The two indexes

    private func row(_ number: Int) -> [Float] {
        Array(base[number * dimension..<(number + 1) * dimension])
    }

    private func text(_ number: Int) -> String {
        (0..<12).map { Self.words[(number / (1 + $0) + 5 * $0) % Self.words.count] }.joined(separator: " ")
    }

    private func load(into engine: TenantEngine) async throws {
        let count = base.count / dimension
        try await engine.createCollection("passages", passages: .whole)
        try await engine.put(
            SpaceChange(
                collection: "passages", space: Self.space, dimension: dimension,
                settings: SpaceSettings(parameters: parameters)))
        for start in stride(from: 0, to: count, by: 500) {
            let documents = (start..<min(start + 500, count)).map {
                var document = DocumentInput(id: "\($0)", title: "Passage \($0)", text: text($0), embedding: row($0))
                document.space = Self.space
                return document
            }
            _ = try await engine.put(documents, collection: "passages")
        }
        try await settle(engine)
        try await engine.compact("passages")
        try await settle(engine)
    }

    private func settle(_ engine: TenantEngine) async throws {
        for _ in 0..<36_000 where !engine.isIndexQuiet { try await Task.sleep(for: .milliseconds(50)) }
        guard engine.isIndexQuiet else { throw BenchmarkFailure("the index was not ready after half an hour") }
    }

    /// The graph that a compaction makes of the same passages: their ids count from 0.
    private func bareIndex() throws -> BareIndex {
        var index = VectorIndex(dimension: dimension, parameters: parameters)
        var live = IDSet()
        for number in 0..<base.count / dimension {
            let id = PassageID(UInt32(number))
            try index.append(id, document: id, vector: row(number))
            live.insert(id)
        }
        let merge = index.merge(live: live)
        guard let segment = try merge.run(threads: EngineServices.coreCount).segment, segment.hasGraph else {
            throw BenchmarkFailure("too few vectors for a graph")
        }
        index.install(segment, from: merge)
        return BareIndex(segment: segment, snapshot: index.snapshot, live: live)
    }

    private struct BareIndex {
        let segment: VectorSegment
        let snapshot: VectorSnapshot
        let live: IDSet

        /// Row numbers, best first, by the bare loop; as in a request, which asks for one document more to know whether
        /// there is a next page.
        func nearest(_ query: [Float], ef: Int) -> [Int] {
            let k = ProductBenchmark.k + 1
            return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: k) { passages in
                query.withUnsafeBufferPointer { query in
                    guard let query = query.baseAddress, let room = passages.baseAddress else { return [] }
                    let rescored = max(2 * k, ef / 4)
                    let found = segment.nearest(query, k: k, ef: ef, rescored: rescored, into: room).found
                    return (0..<min(found, ProductBenchmark.k)).map { Int(room[$0]) }
                }
            }
        }

        func hits(_ query: [Float], ef: Int) throws -> [Int] {
            try snapshot.search(query, k: ProductBenchmark.k + 1, ef: ef, live: live).prefix(ProductBenchmark.k).map {
                Int($0.document.rawValue)
            }
        }
    }

    // MARK: Measuring

    private func request(_ query: [Float], ef: Int, detail: SearchRequest.Detail) -> SearchRequest {
        var request = SearchRequest(query: "winter harbour lantern")
        (request.mode, request.embedding, request.ef, request.limit) = (.vector, query, ef, Self.k)
        (request.collection, request.space, request.detail) = ("passages", Self.space, detail)
        return request
    }

    private func compare(_ engine: TenantEngine, with index: BareIndex) async throws {
        let truth = try queries.map { query in
            Set(
                try index.snapshot.exactSearch(query, k: Self.k, live: index.live).map { Int($0.document.rawValue) }
            )
        }
        print(
            "\(base.count / dimension) x \(dimension), \(parameters), \(queries.count) questions; µs a question"
        )
        print("  ef  recall    bare  snapshot  ratio  request, ids  ratio  with snippets  ratio")
        var aims = Self.aims[...]
        for ef in Self.beams {
            guard let aim = aims.first else { break }
            let answers = queries.map { index.nearest($0, ef: ef) }
            let found = zip(answers, truth).reduce(0) { $0 + $1.0.count(where: $1.1.contains) }
            let recall = Double(found) / Double(truth.reduce(0) { $0 + $1.count })
            guard recall >= aim else { continue }
            aims = aims.drop { $0 <= recall }
            try await check(answers, ef: ef, engine, index)
            try await measure(ef, recall, engine, index)
        }
    }

    private func check(_ answers: [[Int]], ef: Int, _ engine: TenantEngine, _ index: BareIndex) async throws {
        for (query, answer) in zip(queries, answers) {
            let hits = try index.hits(query, ef: ef)
            let request = request(query, ef: ef, detail: .ids)
            let response = try await engine.search(request, deadline: .none)
            guard !response.degraded else { throw BenchmarkFailure("degraded: \(response.warnings)") }
            let told = response.hits.map(\.documentID)
            guard hits == answer, told == answer.map(String.init) else {
                throw BenchmarkFailure(
                    "answers differ: \(answer) bare, \(hits) by the snapshot, \(told) by the product")
            }
        }
    }

    private func measure(_ ef: Int, _ recall: Double, _ engine: TenantEngine, _ index: BareIndex) async throws {
        let ids = queries.map { request($0, ef: ef, detail: .ids) }
        let snippets = queries.map { request($0, ef: ef, detail: .snippets) }
        var best = [Double](repeating: .infinity, count: 4)
        func note(_ place: Int, since start: UInt64, _ clock: () -> UInt64) {
            best[place] = min(best[place], Double(clock() - start) / 1e3 / Double(queries.count))
        }
        for _ in 0..<Self.rounds {
            var start = threadNanoseconds()
            for query in queries { sink(index.nearest(query, ef: ef)) }
            note(0, since: start, threadNanoseconds)
            start = threadNanoseconds()
            for query in queries { sink(try index.hits(query, ef: ef)) }
            note(1, since: start, threadNanoseconds)
            for (place, requests) in [(2, ids), (3, snippets)] {
                start = processNanoseconds()
                for request in requests { _ = try await engine.search(request, deadline: .none) }
                note(place, since: start, processNanoseconds)
            }
        }
        let columns = best.dropFirst().map { "\(fixed($0))\t\(fixed(best[0] / $0))" }.joined(separator: "\t")
        print("\(ef)\t\(fixed(recall))\t\(fixed(best[0]))\t\(columns)")
    }

    /// Keeps an answer from being optimised away.
    @inline(never)
    private func sink(_ answer: [Int]) {
        if answer.isEmpty { print("no answer") }
    }
}

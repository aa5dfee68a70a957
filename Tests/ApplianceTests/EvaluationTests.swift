import Appliance
import IndexCore
import JSON
import TenantStore
import TestKit
import Testing

/// Several rankings of one collection at once, and what is chosen of them.
@Suite struct EvaluationTests {
    @Test(arguments: [UInt64](1...3))
    func `rankings are those of searches asked one by one`(seed: UInt64) async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            var random = SeededRandom(seed: seed)
            let documents = (0..<60).map { number in
                DocumentInput(
                    id: "d\(number)", text: RandomText.sentence(&random), embedding: RandomText.vector(&random))
            }
            _ = try await engine.put(documents, collection: "notes")
            var words = SearchRequest(query: "?")
            (words.mode, words.collection) = (.bm25, "notes")
            var both = SearchRequest(query: "?")
            (both.collection, both.fusion) = ("notes", .minmax)
            both.embedding = RandomText.vector(&random)
            let queries = (0..<17).map { (id: "q\($0)", text: RandomText.sentence(&random)) }
            let found = try await engine.rankings(of: [words, both], for: queries, deadline: .none)
            #expect(found.rankings.count == 2 && found.warnings == [[], []])
            for (place, search) in [words, both].enumerated() {
                #expect(found.rankings[place].map(\.query) == queries.map(\.id))
                for (ranking, query) in zip(found.rankings[place], queries) {
                    var request = search
                    (request.query, request.limit) = (query.text, TenantEngine.evaluationDepth)
                    let answer = try await engine.search(request)
                    #expect(ranking.documents.map(\.id) == answer.hits.map(\.documentID))
                    #expect(ranking.documents.map(\.score) == answer.hits.map(\.score))
                }
            }
        }
    }

    @Test func `an answer without the leg that was asked for is warned of`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            _ = try await engine.put([DocumentInput(id: "a", text: "one")], collection: "notes")
            var search = SearchRequest(query: "?")
            (search.mode, search.collection) = (.vector, "notes")
            let found = try await engine.rankings(of: [search], for: [("q", "one"), ("r", "two")], deadline: .none)
            #expect(found.warnings[0].count == 1)
            search.collection = "none"
            await #expect(throws: ApplianceError.unknownCollection(name: "none", existing: ["notes"])) {
                try await engine.rankings(of: [search], for: [("q", "one")], deadline: .none)
            }
        }
    }

    // MARK: What is chosen

    /// A report in which each run finds the one relevant document of each query at the place given, from 0.
    private func report(_ runs: [(word: String, places: [Int])]) throws -> EvaluationReport {
        let count = runs[0].places.count
        let queries = (0..<count).map { (id: "q\($0)", text: "t") }
        let rankings = try runs.map { word, places in
            let run = try #require(EvaluationRun(word: word))
            let byQuery = Dictionary(
                uniqueKeysWithValues: places.enumerated().map { query, place in
                    var documents = (0..<10).map { (id: "x\($0)", score: Double(10 - $0)) }
                    documents[place].id = "right"
                    return ("q\(query)", RankedQuery(query: "q\(query)", documents: documents))
                })
            return (run: run, byQuery: byQuery)
        }
        return EvaluationReport(
            queries: queries, judgments: Dictionary(uniqueKeysWithValues: queries.map { ($0.id, ["right": 1]) }),
            cutoff: 10, rankings: rankings)
    }

    private let fifth = [Int](repeating: 4, count: 20)
    private let first = [Int](repeating: 0, count: 20)
    private let last = [Int](repeating: 9, count: 20)
    /// Better on one query alone.
    private let hardly = [3] + [Int](repeating: 4, count: 19)
    private let nearlyWorse = [5] + [Int](repeating: 4, count: 19)

    @Test func `the best of those that are significantly better is chosen`() throws {
        let third = [Int](repeating: 2, count: 20)
        let choice = try #require(
            DefaultChoice(
                report([("default", fifth), ("rrf", third), ("minmax", first), ("calibrated", hardly)])))
        #expect(choice.verdict == .better)
        #expect(choice.chosen?.run == "minmax" && choice.chosen?.settings["fusion"] == "minmax")
        #expect(choice.chosen?.settings.keys == ["fusion"])
    }

    @Test func `one that is not significantly better is told, whichever way it leans`() throws {
        for (places, name) in [(hardly, "better"), (nearlyWorse, "worse")] {
            let choice = try #require(DefaultChoice(report([("default", fifth), ("minmax", places), ("rrf", last)])))
            #expect(choice.verdict == .notWorse && choice.chosen?.run == "minmax", "a little \(name)")
        }
    }

    @Test func `worse ones, alike ones and modes are not chosen`() throws {
        for runs in [
            [("default", fifth), ("rrf", last)], [("default", fifth), ("minmax", fifth)],
            [("default", fifth), ("bm25", first), ("vector", first)],
        ] {
            let choice = try #require(DefaultChoice(report(runs.map { (word: $0.0, places: $0.1) })))
            #expect(choice.verdict == .none && choice.chosen == nil)
        }
        #expect(try DefaultChoice(report([("rrf", fifth), ("minmax", first)])) == nil, "rrf may not be the default")
    }

    @Test(
        arguments: [
            (["fusion": "minmax"], true), (["mode": "hybrid", "fusion": "rrf", "k": 20], true),
            (["bm25_weight": 0.7, "vector_weight": 0.3], true), (["mode": "bm25"], false), (["mode": "hybrid"], false),
            (["fusion": "rrf", "depth": 50], false), ([:], false),
        ] as [(JSONObject, Bool)])
    func `settings can say fusion, weights and k alone`(members: JSONObject, isSettable: Bool) throws {
        let run = try EvaluationRun(name: "own", members: members)
        #expect((run.settings != nil) == isSettable)
        #expect(run.settings?["mode"] == nil)
    }

    @Test func `what the evaluation sets is refused`() {
        for name in ["query", "expression", "collection", "limit", "detail", "cursor", "embedding"] {
            #expect(throws: ApplianceError.self) { try EvaluationRun(name: "own", members: [name: 1]) }
        }
    }

    // MARK: Judgments

    @Test func `all of a change is kept or nothing`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await engine.createCollection("notes", passages: .auto)
            let known = JudgmentChange(query: "q", text: "t", grades: [("d", 1)])
            #expect(
                try await engine.keep([known], of: "notes", by: "ann") == JudgmentCount(queries: 1, judgments: 1))
            let more = JudgmentChange(query: "r", text: "u", grades: [])
            let unknown = JudgmentChange(query: "s", text: nil, grades: [("d", 1)])
            await #expect(throws: ApplianceError.self) {
                try await engine.keep([more, unknown], of: "notes", by: "ann")
            }
            let page = try await engine.judgedQueries(of: "notes", limit: 10, cursor: nil)
            #expect(page.queries.map(\.id) == ["q"] && page.nextCursor == nil)
            await #expect(throws: ApplianceError.unknownCollection(name: "none", existing: ["notes"])) {
                try await engine.keep([known], of: "none", by: "ann")
            }
        }
    }

    @Test func `a collection keeps so many queries and no more`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            try await engine.createCollection("notes", passages: .auto)
            let most = (0..<TenantEngine.judgedQueryLimit).map {
                JudgmentChange(query: "q\($0)", text: "t", grades: [])
            }
            let count = try await engine.keep(most, of: "notes", by: "ann")
            #expect(count.queries == TenantEngine.judgedQueryLimit)
            await #expect(throws: ApplianceError.self) {
                try await engine.keep([JudgmentChange(query: "more", text: "t", grades: [])], of: "notes", by: "ann")
            }
            // What is kept already can still be judged.
            _ = try await engine.keep(
                [JudgmentChange(query: "q0", text: nil, grades: [("d", 1)])], of: "notes", by: "b")
        }
    }
}

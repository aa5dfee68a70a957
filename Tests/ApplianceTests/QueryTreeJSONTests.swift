import Appliance
import BM25
import JSON
import TestKit
import Testing

/// Query trees as programs send them.
@Suite struct QueryTreeJSONTests {
    /// A random tree, as JSON can say it.
    private static func tree(_ random: inout SeededRandom, depth: Int) -> QueryTree {
        let word = ["a", "two words", "é", "東京", "AND", "w*"].randomElement(using: &random) ?? "a"
        let field: BM25Field = Bool.random(using: &random) ? .title : .combined
        let tree: QueryTree
        switch Int.random(in: 0..<(depth > 0 ? 10 : 6), using: &random) {
        case 0: tree = .words(word, field: field)
        case 1: tree = .term(word, field: field)
        case 2: tree = .prefix(word, field: field)
        case 3: tree = .fuzzy(word, distance: [nil, 0, 1, 2].randomElement(using: &random) ?? nil, field: field)
        case 4: tree = .phrase(word, slop: Int.random(in: 0...1_000, using: &random), field: field)
        case 5: tree = .everything
        default:
            let lists = (0..<3).map { _ in
                (0..<Int.random(in: 0...3, using: &random)).map { _ in Self.tree(&random, depth: depth - 1) }
            }
            tree = .group(
                QueryGroup(
                    must: lists[0], should: lists[1], mustNot: lists[2],
                    minimumShouldMatch: Int.random(in: 0...2, using: &random)))
        }
        return Int.random(in: 0..<4, using: &random) == 0
            ? tree.boosted(Float.random(in: 0.001...1_000, using: &random)) : tree
    }

    @Test(arguments: 0..<20)
    func `a tree as JSON is the same tree`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<20 {
            let tree = Self.tree(&random, depth: 4)
            let json = try JSONValue(parsing: tree.json.encoded())
            #expect(try QueryTree(json: json, path: "expression") == tree)
        }
    }

    @Test(arguments: [
        (#"[]"#, "expression"), (#"{}"#, "expression"), (#"{"term":"a","prefix":"b"}"#, "expression"),
        (#"{"term":"a","should":[]}"#, "expression.should"), (#"{"must":[{"term":""}]}"#, "expression.must[0].term"),
        (#"{"should":[{"term":"a"},{"fuzzy":"b","distance":3}]}"#, "expression.should[1].distance"),
        (#"{"must_not":[{"must":[{"words":"a","boost":-1}]}]}"#, "expression.must_not[0].must[0].boost"),
        (#"{"everything":false}"#, "expression.everything"), (#"{"words":"a","field":"text"}"#, "expression.field"),
    ])
    func `a mistake is named by its place`(json: String, place: String) throws {
        let value = try JSONValue(parsing: json)
        #expect {
            try QueryTree(json: value, path: "expression")
        } throws: { error in
            if case .invalidArgument(place, _) = error as? ApplianceError { true } else { false }
        }
    }

    @Test func `depth and parts are bounded`() {
        func nested(_ depth: Int) -> JSONValue {
            (0..<depth).reduce(["term": "a"]) { inner, _ in ["should": [inner]] }
        }
        #expect((try? QueryTree(json: nested(QueryTree.Limits.groupDepth), path: "x")) != nil)
        #expect((try? QueryTree(json: nested(QueryTree.Limits.groupDepth + 1), path: "x")) == nil)
        func wide(_ count: Int) -> JSONValue { ["should": .array((0..<count).map { ["term": .string("w\($0)")] })] }
        #expect((try? QueryTree(json: wide(QueryTree.Limits.termCount - 1), path: "x")) != nil)
        #expect((try? QueryTree(json: wide(QueryTree.Limits.termCount), path: "x")) == nil)
    }
}

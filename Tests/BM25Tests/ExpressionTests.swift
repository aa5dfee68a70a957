import BM25
import IndexCore
import TestKit
import Testing

@Suite("Expressions")
struct ExpressionTests {
    private static func collection(
        seed: UInt64, parameters: BM25Parameters = BM25Parameters()
    ) -> (RandomCollection, SeededRandom) {
        var random = SeededRandom(seed: seed)
        var collection = RandomCollection(parameters: parameters)
        for _ in 0..<8 {
            collection.append(documentCount: Int.random(in: 1...25, using: &random), &random)
            for _ in 0..<3 {
                collection.removeDocument(&random)
            }
        }
        return (collection, random)
    }

    /// The same matches and scores by the loop for any tree, which is the oracle of those for some.
    private static func walked(_ expression: BM25Expression) -> BM25Expression {
        .boolean(must: [expression, .boost(.everything, 0)])
    }

    @Test("every node means what its definition says", arguments: [UInt64](1...6))
    func definitions(seed: UInt64) throws {
        var (collection, random) = Self.collection(seed: seed, parameters: BM25Parameters(titleWeight: Int(seed % 4)))
        let snapshot = collection.index.snapshot
        let ids = collection.reference.passages.keys.sorted()
        for _ in 0..<60 {
            let expression = collection.randomExpression(&random)
            let wanted = collection.reference.scores(expression)
            let scores = try snapshot.scores(of: ids.map { PassageID($0) }, for: expression)
            for (id, score) in zip(ids, scores) {
                #expect((score != nil) == (wanted[id] != nil), "\(expression) in \(id)")
                guard let score, let wanted = wanted[id] else { continue }
                #expect(abs(Double(score) - wanted) <= 1e-6 * max(wanted, 1e-3), "\(expression) in \(id)")
            }
        }
    }

    @Test("phrases count as Lucene counts them", arguments: [UInt64](1...4))
    func phrases(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var collection = RandomCollection(parameters: BM25Parameters(titleWeight: 1), vocabulary: 6)
        collection.append(documentCount: 60, words: 0...40, &random)
        let ids = collection.reference.passages.keys.sorted()
        for _ in 0..<80 {
            let expression = collection.randomPhrase(&random)
            let wanted = collection.reference.scores(expression)
            let scores = try collection.index.snapshot.scores(of: ids.map { PassageID($0) }, for: expression)
            for (id, score) in zip(ids, scores) {
                #expect((score != nil) == (wanted[id] != nil), "\(expression) in \(id)")
                #expect(abs(Double(score ?? 0) - (wanted[id] ?? 0)) <= 1e-6, "\(expression) in \(id)")
            }
        }
    }

    @Test("the best documents are those of a look at every passage, bit for bit", arguments: [UInt64](11...16))
    func searches(seed: UInt64) throws {
        var (collection, random) = Self.collection(seed: seed)
        for round in 0..<80 {
            if round == 40 {
                collection.index.mergeAll()
            }
            let snapshot = collection.index.snapshot
            let expression =
                round % 2 == 0
                ? collection.randomExpression(&random) : collection.randomFlatExpression(&random)
            let ids = collection.reference.passages.keys.sorted()
            var scores: [UInt32: Float] = [:]
            let walked = try snapshot.scores(of: ids.map { PassageID($0) }, for: Self.walked(expression))
            for (id, score) in zip(ids, walked) {
                scores[id] = score
            }
            #expect(try snapshot.scores(of: ids.map { PassageID($0) }, for: expression) == walked, "\(expression)")
            let filter = collection.randomFilter(&random)
            let k = [0, 1, 2, 5, 10, 1_000][Int.random(in: 0..<6, using: &random)]
            let wanted = collection.best(scores, k: k, filter: filter)
            let found = try snapshot.search(expression, k: k, live: collection.live, filter: filter)
            #expect(found.hits == wanted.hits, "\(expression)")
            #expect(found.total == wanted.hits.count)
            #expect(found.isExact == (wanted.hits.count < k))
            let counted = try snapshot.search(
                expression, k: k, live: collection.live, filter: filter, countsAll: true)
            #expect(counted.hits == wanted.hits, "\(expression)")
            #expect(counted.total == wanted.total, "\(expression)")
            #expect(counted.isExact)
        }
    }

    /// Past 4,096 rows bounds decide what is looked at; counting every match looks at all.
    @Test("skipping changes nothing", arguments: [UInt64](21...22))
    func skipping(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var collection = RandomCollection(vocabulary: 3_000)
        for _ in 0..<3 {
            collection.append(documentCount: 15_000, passages: 1...2, words: 1...24, isReferenced: false, &random)
        }
        collection.index.mergeAll()
        collection.append(documentCount: 900, words: 1...24, isReferenced: false, &random)
        for _ in 0..<2_000 {
            collection.removeDocument(&random)
        }
        let snapshot = collection.index.snapshot
        for round in 0..<90 {
            let expression =
                round % 5 == 0 ? collection.randomExpression(&random) : collection.randomFlatExpression(&random)
            let filter = round % 3 == 0 ? collection.randomFilter(&random) : nil
            let k = [1, 3, 10, 100][round % 4]
            let found = try snapshot.search(expression, k: k, live: collection.live, filter: filter)
            let wanted = try snapshot.search(
                expression, k: k, live: collection.live, filter: filter, countsAll: true)
            #expect(found.hits == wanted.hits, "\(expression)")
            #expect(found.total == wanted.hits.count)
            let walked = try snapshot.search(Self.walked(expression), k: k, live: collection.live, filter: filter)
            #expect(walked.hits == wanted.hits, "\(expression)")
            let scores = try snapshot.scores(of: wanted.hits.map(\.passage), for: expression)
            #expect(scores == wanted.hits.map(\.score))
        }
    }

    /// From one of the words to all of them, and with weights so far apart that sums are not exact.
    @Test("so many of the words are asked for, bit for bit", arguments: [UInt64](91...93))
    func minimumCounts(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var collection = RandomCollection(vocabulary: 400)
        for count in [7_000, 300, 5_000] {
            collection.append(documentCount: count, words: 1...24, isReferenced: false, &random)
        }
        for _ in 0..<600 {
            collection.removeDocument(&random)
        }
        let snapshot = collection.index.snapshot
        for count in 2...8 {
            var terms = (0..<count).map { _ in BM25Expression.term(collection.randomTerm(&random)) }
            if count % 3 == 0 { terms[1] = terms[0] }
            if count % 4 == 0 { terms[count - 1] = collection.randomSynonym(&random, 2...5) }
            if count == 7 { terms[3] = .boost(terms[3], 0x1p-24) }
            for least in 1...count {
                let expression = BM25Expression.boolean(
                    should: terms, mustNot: least % 3 == 2 ? [.term("w7")] : [], minimumShouldMatch: least)
                let filter = least.isMultiple(of: 2) ? collection.randomFilter(&random) : nil
                for k in [1, 10, 100] {
                    let found = try snapshot.search(expression, k: k, live: collection.live, filter: filter)
                    let walked = try snapshot.search(
                        Self.walked(expression), k: k, live: collection.live, filter: filter)
                    #expect(found.hits == walked.hits, "\(expression)")
                    let scores = try snapshot.scores(of: walked.hits.map(\.passage), for: expression)
                    #expect(scores == walked.hits.map(\.score))
                }
                let found = try snapshot.search(expression, k: 10, live: collection.live, countsAll: true)
                let walked = try snapshot.search(
                    Self.walked(expression), k: 10, live: collection.live, countsAll: true)
                #expect(found.hits == walked.hits && found.total == walked.total, "\(expression)")
            }
        }
    }

    @Test("equal scores stand in order of their documents, however many", arguments: [1, 7, 40, 1_000])
    func ties(k: Int) throws {
        var random = SeededRandom(seed: 31)
        var collection = RandomCollection(vocabulary: 1)
        for count in [300, 1, 40] {
            collection.append(documentCount: count, passages: 2...2, words: 3...3, &random)
        }
        let result = try collection.index.snapshot.search(
            .boolean(should: [.everything, .term("absent")]), k: k, live: collection.live)
        #expect(result.hits.map(\.document.rawValue) == collection.documents.map(\.lowerBound).prefix(k).map { $0 })
        #expect(result.hits.allSatisfy { $0.passage == $0.document && $0.score == 1 })
    }

    @Test("the tree of a score adds up to it, and completion gives the same", arguments: [UInt64](41...44))
    func explanations(seed: UInt64) throws {
        var (collection, random) = Self.collection(seed: seed)
        let snapshot = collection.index.snapshot
        for _ in 0..<40 {
            let expression = collection.randomExpression(&random)
            let hits = try snapshot.search(expression, k: 1_000, live: collection.live).hits
            for document in collection.documents.prefix(40) {
                let hit = hits.first { $0.document.rawValue == document.lowerBound }
                let explanation = try snapshot.explain(expression, document: document, live: collection.live)
                #expect(explanation?.passage == hit?.passage)
                #expect(explanation?.score == hit?.score)
                guard let explanation else { continue }
                #expect(explanation.tree.score == explanation.score)
                try check(explanation.tree)
            }
            let passages = hits.map(\.passage).shuffled(using: &random)
            let scores = try snapshot.scores(of: passages + [PassageID(.max)], for: expression)
            #expect(scores.last == .some(nil))
            for (passage, score) in zip(passages, scores) {
                #expect(hits.contains { $0.passage == passage && $0.score == score })
            }
        }
    }

    private func check(_ tree: BM25ScoreTree) throws {
        for child in tree.children {
            try check(child)
        }
        guard tree.matches else {
            #expect(tree.score == 0)
            return
        }
        switch tree.kind {
        case .boolean:
            #expect(Float(tree.children.reduce(0.0) { $0 + Double($1.score) }) == tree.score)
        case .everything:
            #expect(tree.score == tree.weight)
        case .term, .synonym, .phrase:
            #expect(tree.frequency > 0)
            #expect(tree.weight - tree.weight / (1 + tree.frequency * tree.normInverse) == tree.score)
        case .nothing:
            Issue.record("nothing matches nothing")
        }
    }

    @Test("1,024 terms are searched, one more is refused, and so is a tower of nodes")
    func limits() throws {
        var (collection, random) = Self.collection(seed: 51)
        let snapshot = collection.index.snapshot
        let live = collection.live
        let terms = (0..<1_024).map { BM25Expression.term(BM25Term("w\($0)")) }
        let ids = collection.reference.passages.keys.sorted()
        var scores: [UInt32: Float] = [:]
        for (id, score) in zip(
            ids, try snapshot.scores(of: ids.map { PassageID($0) }, for: .boolean(should: terms)))
        {
            scores[id] = score
        }
        #expect(
            try snapshot.search(.boolean(should: terms), k: 10, live: live).hits
                == collection.best(scores, k: 10, filter: nil).hits)
        #expect(throws: BM25Error.expressionTooLarge(leafCount: 1_025, depth: 2)) {
            try snapshot.search(.boolean(should: terms + terms.prefix(1)), k: 10, live: live)
        }
        var tower = collection.randomExpression(&random)
        for _ in 0..<5_000 {
            tower = .boost(tower, 1)
        }
        #expect(throws: BM25Error.self) { try snapshot.search(tower, k: 1, live: live) }
        #expect(throws: BM25Error.self) { try snapshot.scores(of: [], for: tower) }
    }

    @Test("what is empty matches nothing and harms nobody")
    func empty() throws {
        let (collection, _) = Self.collection(seed: 61)
        let snapshot = collection.index.snapshot
        let term = BM25Expression.term("w0")
        for expression: BM25Expression in [
            .nothing, .boolean(), .boolean(mustNot: [term]), .boolean(must: [.nothing, term]), .synonym([]),
            .synonym([WeightedTerm("w0", weight: 0)]), .phrase(.combined, [PhraseTerm](), slop: 3), .boost(.nothing, 2),
            .boolean(should: [term], minimumShouldMatch: 2), .term(""), .phrase(.combined, ["", "w0"]),
        ] {
            let result = try snapshot.search(expression, k: 10, live: collection.live, countsAll: true)
            #expect(result.hits.isEmpty && result.total == 0, "\(expression)")
            #expect(try snapshot.scores(of: [PassageID(1)], for: expression) == [nil])
        }
        let all = try snapshot.search(.everything, k: 3, live: collection.live, countsAll: true)
        #expect(all.total == collection.documents.count)
        let nobody = BM25Index().snapshot
        #expect(try nobody.search(.everything, k: 3, live: IDSet()).hits.isEmpty)
        #expect(try nobody.explain(term, document: 1..<2, live: IDSet()) == nil)
        let none = try snapshot.search(term, k: 10, live: collection.live, filter: IDSet(), countsAll: true)
        #expect(none.hits.isEmpty && none.total == 0)
    }

    @Test("boosts that are no numbers, endless or negative leave finite scores")
    func boosts() throws {
        let (collection, _) = Self.collection(seed: 71)
        for boost in [Float.nan, -1, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude] {
            let expression = BM25Expression.boolean(should: [
                .boost(.boost(.term("w0"), boost), boost), .boost(.everything, boost), .term("w1"),
            ])
            let result = try collection.index.snapshot.search(expression, k: 1_000, live: collection.live)
            #expect(result.hits.count == collection.documents.count)
            #expect(result.hits.allSatisfy { $0.score >= 0 && $0.score.isFinite })
        }
    }

    @Test("a reached deadline ends every kind of search")
    func deadline() throws {
        let (collection, _) = Self.collection(seed: 81)
        let deadline = SearchDeadline(instant: nil) { true }
        let snapshot = collection.index.snapshot
        for expression: BM25Expression in [
            .term("w0"), .boolean(should: [.term("w0"), .term("w1")]), .boolean(must: [.term("w0"), .term("w1")]),
            .phrase(.combined, ["w0", "w1"]), .everything,
        ] {
            #expect(throws: BM25Error.deadlineExceeded) {
                try snapshot.search(expression, k: 1, live: collection.live, deadline: deadline)
            }
            #expect(throws: BM25Error.deadlineExceeded) {
                try snapshot.scores(of: [PassageID(1)], for: expression, deadline: deadline)
            }
        }
    }
}

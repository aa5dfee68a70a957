import BM25
import IndexCore
import TestKit
import Testing

@Suite("Search")
struct SearchTests {
    /// One document per text, ids from 1.
    private func index(_ texts: [String]) -> (index: BM25Index, live: IDSet) {
        var index = BM25Index()
        var live = IDSet()
        for (id, text) in zip(UInt32(1)..., texts) {
            var builder = BM25SegmentBuilder()
            builder.add(PassageID(id), document: PassageID(id), title: "", text: text)
            live.insert(PassageID(id))
            index.append(builder.build())
        }
        return (index, live)
    }

    @Test("an empty index and an empty question answer nothing")
    func empty() throws {
        let snapshot = BM25Index().snapshot
        #expect(try snapshot.search(snapshot.analyze("anything"), k: 10, live: IDSet()).hits.isEmpty)
        let (full, live) = index(["one", "two"])
        for question in ["", " \n", "?!", "🙂"] {
            let result = try full.snapshot.search(full.snapshot.analyze(question), k: 10, live: live)
            #expect(result == BM25Result())
        }
        #expect(try full.snapshot.search(full.snapshot.analyze("one"), k: 0, live: live, countsAll: true).total == 1)
    }

    @Test("a segment without passages or words is harmless")
    func emptySegments() throws {
        var (index, live) = index(["", "!!!", "word"])
        index.append(BM25SegmentBuilder().build())
        let result = try index.snapshot.search(index.snapshot.analyze("word"), k: 10, live: live)
        #expect(result.hits.map(\.document.rawValue) == [3])
        #expect(index.statistics == BM25Statistics(passageCount: 3, tokenCount: 1, wordedPassageCount: 1))
        index.remove(1..<4)
        live.remove(1..<4)
        #expect(index.segmentCount == 0)
        #expect(index.statistics == BM25Statistics())
    }

    @Test("words that stand everywhere still rank, ties by document id")
    func commonWords() throws {
        let (index, live) = index(Array(repeating: "the of and", count: 100))
        let result = try index.snapshot.search(index.snapshot.analyze("the and of the"), k: 7, live: live)
        #expect(result.total == 7)
        #expect(!result.isExact)
        #expect(result.hits.map(\.document.rawValue) == Array(1...7))
        #expect(result.hits.allSatisfy { $0.score > 0 })
    }

    @Test("a question of 100 KB keeps its first 1,024 terms")
    func longQuestion() throws {
        let (index, live) = index(["w5 w1023 w1024", "w1024"])
        let question = (0..<17_000).map { "w\($0)" }.joined(separator: " ")
        #expect(question.utf8.count > 100_000)
        let query = index.snapshot.analyze(question)
        #expect(query.truncated)
        #expect(query.terms.count == 1_024)
        #expect(try index.snapshot.search(query, k: 10, live: live).hits.map(\.document.rawValue) == [1])
        let repeated = index.snapshot.analyze(Array(repeating: "same words", count: 10_000).joined(separator: " "))
        #expect(!repeated.truncated)
        #expect(repeated.terms == ["same", "word"])
    }

    @Test("a document of 500 matching passages is one hit")
    func manyPassages() throws {
        var builder = BM25SegmentBuilder()
        for id in UInt32(1)...500 {
            builder.add(PassageID(id), document: PassageID(1), title: "", text: id == 321 ? "fox fox" : "fox in box")
        }
        builder.add(PassageID(501), document: PassageID(501), title: "", text: "a fox")
        var index = BM25Index()
        var live = IDSet()
        live.insert(1..<502)
        index.append(builder.build(), live: live)
        let result = try index.snapshot.search(index.snapshot.analyze("fox"), k: 10, live: live)
        #expect(result.total == 2)
        #expect(result.hits.map(\.document.rawValue) == [1, 501])
        #expect(result.hits.first?.passage == PassageID(321))
    }

    @Test("a snapshot stays as it was")
    func snapshots() throws {
        var (index, live) = index((0..<40).map { "common word\($0)" })
        let before = index.snapshot
        let query = before.analyze("common")
        let expected = try before.search(query, k: 100, live: live)
        let liveBefore = live
        for id in UInt32(1)...20 {
            index.remove(id..<id + 1)
            live.remove(id..<id + 1)
        }
        index.mergeAll()
        #expect(try before.search(query, k: 100, live: liveBefore) == expected)
        #expect(try index.snapshot.search(query, k: 100, live: live).total == 20)
    }

    @Test("words of dead passages alone change nothing", arguments: [300, 6_000])
    func deadWords(count: Int) throws {
        var random = SeededRandom(seed: 51)
        var index = BM25Index()
        var survivors = BM25Index()
        var live = IDSet()
        let dead = Set((0..<UInt32(count)).filter { $0 % 20 == 0 })
        var all = BM25SegmentBuilder()
        var left = BM25SegmentBuilder()
        for id in 0..<UInt32(count) {
            var text = (0..<12).map { _ in "w\(Int.random(in: 0..<400, using: &random))" }.joined(separator: " ")
            if dead.contains(id) { text += " gone\(id % 7)" }
            all.add(PassageID(id), document: PassageID(id), title: "", text: text)
            if dead.contains(id) { continue }
            left.add(PassageID(id), document: PassageID(id), title: "", text: text)
            live.insert(id..<id + 1)
        }
        index.append(all.build())
        survivors.append(left.build())
        for id in dead { index.remove(id..<id + 1) }
        for _ in 0..<60 {
            var words = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                "w\(Int.random(in: 0..<400, using: &random))"
            }
            let place = Int.random(in: 0...words.count, using: &random)
            words.insert("gone\(Int.random(in: 0..<7, using: &random))", at: place)
            let terms = words.map { BM25Expression.term(BM25Term($0)) }
            for expression in [
                BM25Expression.boolean(should: terms), .boolean(must: terms),
                .boolean(must: Array(terms.prefix(1)), should: terms), .boolean(should: terms, mustNot: [terms[0]]),
                .phrase(.combined, words.enumerated().map { PhraseTerm($1, position: UInt32($0)) }, slop: 3),
            ] {
                for countsAll in [false, true] {
                    let found = try index.snapshot.search(expression, k: 10, live: live, countsAll: countsAll)
                    let wanted = try survivors.snapshot.search(expression, k: 10, live: live, countsAll: countsAll)
                    #expect(found == wanted, "\(expression)")
                }
            }
        }
    }

    @Test("what is not in live is not found, even if nobody told the index")
    func liveRules() throws {
        var (index, live) = index((0..<30).map { "common word\($0)" })
        live.remove(PassageID(3))
        let result = try index.snapshot.search(index.snapshot.analyze("common"), k: 100, live: live)
        #expect(result.total == 29)
        #expect(!result.hits.contains { $0.document == PassageID(3) })
        index.remove(3..<4)
        index.remove(3..<4)
        #expect(index.statistics.passageCount == 29)
    }

    @Test("segments stay few while documents come one by one")
    func tiers() {
        var index = BM25Index()
        var most = 0
        for id in UInt32(1)...3_000 {
            var builder = BM25SegmentBuilder()
            builder.add(PassageID(id), document: PassageID(id), title: "", text: "w\(id % 7)")
            index.append(builder.build())
            most = max(most, index.segmentCount)
        }
        #expect(most <= 40)
        #expect(index.statistics.passageCount == 3_000)
    }

    @Test("a reached deadline ends the search")
    func deadline() {
        let (index, live) = index(["one word"])
        let deadline = SearchDeadline(instant: nil) { true }
        #expect(throws: BM25Error.deadlineExceeded) {
            try index.snapshot.search(index.snapshot.analyze("word"), k: 1, live: live, deadline: deadline)
        }
    }
}

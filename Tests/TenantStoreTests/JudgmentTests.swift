import TenantStore
import TestKit
import Testing

/// Judgments by collection and query, against a dictionary that does the same.
@Suite struct JudgmentTests {
    private func apply(
        _ writer: TenantWriter, _ changes: [JudgmentChange], in collection: UInt32, by user: String = "ann",
        at time: Int64 = 5
    ) throws -> JudgmentChange? {
        try writer.transaction { try writer.apply(changes, in: collection, by: user, at: time) }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `any history of changes leaves what a dictionary says`(seed: UInt64) throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collections = try ["a", "b"].map { try writer.makeCollection($0).id }
        var random = SeededRandom(seed: seed)
        var texts: [[String: String]] = [[:], [:]]
        var grades: [[String: [String: Int]]] = [[:], [:]]
        for step in 0..<300 {
            let place = Int.random(in: 0..<2, using: &random)
            let query = "q\(Int.random(in: 0..<12, using: &random))"
            if Int.random(in: 0..<10, using: &random) == 0 {
                let count = try writer.transaction {
                    try writer.deleteJudgments(of: query, in: collections[place])
                }
                #expect(count == (texts[place][query] == nil ? 0 : 1))
                (texts[place][query], grades[place][query]) = (nil, nil)
                continue
            }
            let text = Bool.random(using: &random) ? "text \(step)" : nil
            let changes = (0..<Int.random(in: 0..<4, using: &random)).map { _ in
                (
                    document: "d\(Int.random(in: 0..<5, using: &random))",
                    grade: Int.random(in: 0..<4, using: &random) == 0 ? nil : Int.random(in: -2...3, using: &random)
                )
            }
            let change = JudgmentChange(query: query, text: text, grades: changes)
            let unknown = try apply(writer, [change], in: collections[place], at: Int64(step))
            guard text != nil || texts[place][query] != nil else {
                #expect(unknown == change)
                continue
            }
            #expect(unknown == nil)
            texts[place][query] = text ?? texts[place][query]
            for (document, grade) in changes { grades[place][query, default: [:]][document] = grade }
        }
        let reader = try fixture.reader()
        for (place, collection) in collections.enumerated() {
            let found = try reader.judgedQueries(in: collection, limit: 100, judgmentLimit: 1_000)
            #expect(
                found.map(\.id) == texts[place].keys.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
            )
            for query in found {
                #expect(query.text == texts[place][query.id])
                let told = Dictionary(query.judgments.map { ($0.document, $0.grade) }, uniquingKeysWith: { $1 })
                #expect(told == grades[place][query.id] ?? [:])
                #expect(query.judgments.map(\.document) == query.judgments.map(\.document).sorted())
            }
            #expect(
                try reader.judgmentCount(in: collection)
                    == JudgmentCount(
                        queries: texts[place].count, judgments: grades[place].values.reduce(0) { $0 + $1.count }))
        }
        #expect(writer.sequence == 2, "only the two collections were changes of the data")
    }

    @Test func `who judged last, and when, is kept`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection().id
        _ = try apply(writer, [JudgmentChange(query: "q", text: "t", grades: [("d", 1)])], in: collection)
        _ = try apply(
            writer, [JudgmentChange(query: "q", text: nil, grades: [("d", 0)])], in: collection, by: "ben", at: 9)
        let query = try #require(try writer.judgedQuery("q", in: collection))
        #expect(query.text == "t")
        #expect(query.judgments == [JudgmentRecord(document: "d", grade: 0, user: "ben", judgedAt: 9)])
        #expect(try fixture.reader().lastJudgmentTime(in: collection) == 9)
        #expect(throws: StoreError.notInTransaction) { try writer.deleteJudgments(of: nil, in: collection) }
    }

    @Test func `pages end behind a query and follow each other`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection().id
        let changes = (0..<9).map { number in
            JudgmentChange(
                query: "q\(number)", text: "t", grades: (0..<3).map { (document: "d\($0)", grade: 1) })
        }
        _ = try apply(writer, changes, in: collection)
        let reader = try fixture.reader()
        var seen: [String] = []
        while true {
            let page = try reader.judgedQueries(in: collection, after: seen.last, limit: 4, judgmentLimit: 5)
            if page.isEmpty { break }
            #expect(page.count <= 2, "two queries bring six judgments")
            seen += page.map(\.id)
        }
        #expect(seen == changes.map(\.query))
    }

    @Test func `a dropped collection takes its judgments along`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let (gone, left) = (try writer.makeCollection("gone").id, try writer.makeCollection("left").id)
        for collection in [gone, left] {
            _ = try apply(writer, [JudgmentChange(query: "q", text: "t", grades: [("d", 1)])], in: collection)
        }
        try writer.transaction { try writer.dropCollection(gone) }
        #expect(try writer.judgmentCount(in: gone) == JudgmentCount(queries: 0, judgments: 0))
        #expect(try writer.judgmentCount(in: left) == JudgmentCount(queries: 1, judgments: 1))
    }
}

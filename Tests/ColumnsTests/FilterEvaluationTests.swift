import Columns
import IndexCore
import Testing

@Suite struct FilterEvaluationTests {
    private let oracle = RowByRow(types: RandomDocuments.types)

    @Test(arguments: 0..<30 as Range<UInt64>)
    func `a filter passes the passages that a look at each document says`(seed: UInt64) throws {
        var history = ColumnHistory.random(seed: seed, commits: 60)
        for _ in 0..<40 {
            let filter = history.made.filter()
            let passing = history.documents.filter { oracle.passes($0, filter) }
            var expected = IDSet()
            for document in passing { expected.insert(document.passages) }
            let selection = try history.index.snapshot.documents(passing: filter)
            #expect(selection.passages.intersection(history.live) == expected, "\(filter)")
            var live = selection
            live.formIntersection(history.live)
            #expect(live.documents == passing.map(\.first))
            #expect(live.count == passing.count)
            for document in history.documents.prefix(20) {
                let alone = filter.passes(document.entries, history.index.catalog)
                #expect(alone == oracle.passes(document, filter))
            }
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `every history has the answers of a fresh index of what is left`(seed: UInt64) throws {
        var history = ColumnHistory.random(seed: 1_000 + seed, commits: 200)
        let (old, fresh) = (history.index.snapshot, history.fresh)
        #expect(history.index.segmentCount < 60)
        for _ in 0..<40 {
            let filter = history.made.filter()
            var left = try old.documents(passing: filter)
            left.formIntersection(history.live)
            let right = try fresh.documents(passing: filter)
            #expect(left.documents == right.documents)
            let request = FacetRequest(history.made.field())
            #expect(try old.counts(request, in: left) == fresh.counts(request, in: right))
        }
        #expect(old.documents(live: history.live).documents == history.documents.map(\.first))
        for field in RandomDocuments.types.keys {
            let (left, right) = (
                old.documentCounts(of: field, live: history.live), fresh.documentCounts(of: field, live: history.live)
            )
            #expect(left == right)
        }
    }

    @Test func `a snapshot stays as it is while the index goes on`() throws {
        var history = ColumnHistory.random(seed: 5, commits: 20)
        let (snapshot, live, before) = (history.index.snapshot, history.live, history.documents)
        for _ in 0..<100 { history.commit(adding: 5, removing: 5) }
        #expect(snapshot.documents(live: live).documents == before.map(\.first))
    }

    @Test func `the opposite of a condition holds for documents without the field`() throws {
        var index = ColumnIndex()
        var live = IDSet()
        live.insert(1..<4)
        index.append(
            [
                ColumnDocument(PassageID(1), passageCount: 1, entries: [FieldEntry("kind", .text("a"))]),
                ColumnDocument(PassageID(2), passageCount: 1, entries: [FieldEntry("kind", .text("b"))]),
                ColumnDocument(PassageID(3), passageCount: 1, entries: []),
            ], live: live)
        func found(_ text: String) throws -> [UInt32] {
            try index.snapshot.documents(passing: FilterExpression(parsing: text)).documents.map(\.rawValue)
        }
        #expect(try found("kind != a") == [2, 3])
        #expect(try found("kind NOT IN [a, b]") == [3])
        #expect(try found("kind != a AND kind EXISTS") == [2])
        #expect(try found("kind NOT EXISTS") == [3])
    }

    @Test func `a day in a filter is the whole day, a month the whole month`() throws {
        var index = ColumnIndex()
        var live = IDSet()
        live.insert(1..<4)
        let times = ["2024-05-01", "2024-05-01T23:59:59Z", "2024-05-02"]
        index.append(
            times.enumerated().map { place, time in
                ColumnDocument(
                    PassageID(UInt32(place + 1)), passageCount: 1, entries: [FieldEntry("at", .text(time))])
            }, live: live)
        func found(_ text: String) throws -> [UInt32] {
            try index.snapshot.documents(passing: FilterExpression(parsing: text)).documents.map(\.rawValue)
        }
        #expect(index.catalog.type(of: "at") == .date)
        #expect(try found("at = 2024-05-01") == [1, 2])
        #expect(try found("at <= 2024-05-01") == [1, 2])
        #expect(try found("at > 2024-05-01") == [3])
        #expect(try found("at < 2024-05-01") == [])
        #expect(try found("at = 2024-05") == [1, 2, 3])
        #expect(try found("at > 2024") == [])
        #expect(try found("at = '2024-05-01T23:59:59Z'") == [2])
        #expect(try found("at = 2024-05-02T02:00:00+02:00") == [3])
    }

    @Test func `a search past its deadline stops`() {
        let history = ColumnHistory.random(seed: 7, commits: 20)
        let past = SearchDeadline(instant: .now - .seconds(1))
        #expect(throws: IndexError.deadlineExceeded) {
            try history.index.snapshot.documents(passing: FilterExpression(parsing: "tag = a"), deadline: past)
        }
    }
}

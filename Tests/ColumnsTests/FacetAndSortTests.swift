import Columns
import IndexCore
import Testing

@Suite struct FacetAndSortTests {
    private let oracle = RowByRow(types: RandomDocuments.types)

    /// A selection of some documents, and the same documents as they are.
    private func selected(_ history: inout ColumnHistory) throws -> (DocumentSelection, [ColumnDocument]) {
        let filter = history.made.filter(depth: 2)
        var selection = try history.index.snapshot.documents(passing: filter)
        selection.formIntersection(history.live)
        return (selection, history.documents.filter { oracle.passes($0, filter) })
    }

    @Test(arguments: 0..<15 as Range<UInt64>)
    func `facets count what a look at each document counts`(seed: UInt64) throws {
        var history = ColumnHistory.random(seed: seed, commits: 50)
        for field in RandomDocuments.types.keys.sorted() {
            let (selection, documents) = try selected(&history)
            let counts = try history.index.snapshot.counts(FacetRequest(field), in: selection)
            var expected: [RowByRow.Value: Int] = [:]
            for document in documents {
                for value in oracle.values(field, document) { expected[value, default: 0] += 1 }
            }
            #expect(counts.documents == documents.count)
            #expect(counts.missing == documents.count { oracle.values(field, $0).isEmpty })
            #expect(counts.byValue.count == expected.count)
            for (value, count) in counts.byValue { #expect(expected[value.plain] == count) }
            let best = counts.best(3)
            #expect(best.count == min(3, expected.count))
            #expect(best.map(\.count) == expected.values.sorted(by: >).prefix(3).map { $0 })
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `ranges count a document once, and its ends as said`(seed: UInt64) throws {
        var history = ColumnHistory.random(seed: seed, commits: 50)
        for (field, ends) in [
            ("year", ["-5", "0", "0.5", "2024", "9007199254740993"]), ("day", ["2023", "2024-01-01", "2024-02"]),
        ] {
            let (selection, documents) = try selected(&history)
            let literals = ends.map { FilterLiteral.word($0) }
            let ranges =
                [FacetRange(from: nil, to: literals[0]), FacetRange(from: literals[1], to: nil)]
                + zip(literals, literals.dropFirst()).map { FacetRange(from: $0, to: $1) }
            let counts = try history.index.snapshot.counts(FacetRequest(field, ranges: ranges), in: selection)
            for (index, range) in ranges.enumerated() {
                let expected = documents.count { document in
                    oracle.values(field, document).contains { value in
                        let from = range.from.flatMap { oracle.span($0, field)?.first }
                        let to = range.to.flatMap { oracle.span($0, field)?.first }
                        return from.map { value >= $0 } ?? true && to.map { value < $0 } ?? true
                    }
                }
                #expect(counts.byRange[index] == expected, "\(field) \(range)")
            }
        }
    }

    @Test(arguments: 0..<25 as Range<UInt64>)
    func `documents are sorted as a stable sort of them is`(seed: UInt64) throws {
        var history = ColumnHistory.random(seed: seed, commits: 50)
        let fields = (0..<Int.random(in: 1...3, using: &history.made.random)).map { _ in
            SortField(history.made.field(), isDescending: Bool.random(using: &history.made.random))
        }
        let (selection, documents) = try selected(&history)
        let limit = Int.random(in: 0...60, using: &history.made.random)
        let sorted = try history.index.snapshot.first(limit, of: selection, by: fields)
        let expected = documents.sorted { left, right in
            for field in fields {
                let (one, other) = (key(left, field), key(right, field))
                if one == other { continue }
                guard let one else { return false }
                guard let other else { return true }
                return (one < other) != field.isDescending
            }
            return left.first < right.first
        }
        #expect(sorted.map(\.document) == expected.prefix(limit).map(\.first))
        for (document, place) in sorted {
            #expect(history.index.snapshot.place(of: document, by: fields) == place)
        }
    }

    private func key(_ document: ColumnDocument, _ field: SortField) -> RowByRow.Value? {
        let values = oracle.values(field.field, document)
        return field.isDescending ? values.last : values.first
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `one document of each value comes through, and all without one`(seed: UInt64) {
        let history = ColumnHistory.random(seed: seed, commits: 30)
        let snapshot = history.index.snapshot
        for field in RandomDocuments.types.keys {
            var distinct = DistinctDocuments(field: field)
            let admitted = history.documents.reversed().filter { distinct.admits($0.first, of: snapshot) }
            var seen: Set<RowByRow.Value> = []
            let expected = history.documents.reversed().filter { document in
                oracle.values(field, document).first.map { seen.insert($0).inserted } ?? true
            }
            #expect(admitted.map(\.first) == expected.map(\.first))
        }
    }

    @Test func `a sort is read from text`() {
        #expect(SortField(parsing: "year") == SortField("year"))
        #expect(SortField(parsing: "a:b:desc") == SortField("a:b", isDescending: true))
        #expect(SortField(parsing: "year:asc") == SortField("year"))
        #expect(SortField(parsing: ":desc") == nil)
        #expect(SortField(parsing: "") == nil)
    }
}

extension FieldKey {
    /// The value in the oracle's words.
    fileprivate var plain: RowByRow.Value {
        switch self {
        case .number(let number): .number(number)
        case .date(let date): .date(date.microseconds)
        case .boolean(let value): .boolean(value ? 1 : 0)
        case .keyword(let keyword): .keyword(keyword.bytes)
        }
    }
}

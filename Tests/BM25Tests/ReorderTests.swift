import BM25
import IndexCore
import TestKit
import Testing

/// Segments whose documents lie in the order that suits their terms: everything but the order is as it was.
@Suite struct ReorderTests {
    /// What a plan over all segments makes, opened from copied bytes.
    private static func reordered(_ index: inout BM25Index, _ live: IDSet, from count: Int = 1) throws -> BM25Segment {
        let due = index.flushPlan()
        let plan = try #require(due)
        let written = try plan.run(live: live, reorderingFrom: count)
        let segment = try #require(written)
        let opened = try BM25Segment(sections: SegmentSections(copying: segment.sections.copies))
        let isInstalled = index.install(opened, from: plan)
        #expect(isInstalled)
        return opened
    }

    @Test(arguments: 0..<4)
    func everyPassageAndPostingIsThere(seed: UInt64) throws {
        var random = SeededRandom(seed: 300 + seed)
        let parameters = BM25Parameters(titleWeight: Int(seed % 3))
        var index = BM25Index(parameters: parameters)
        var passages: [PlainPassage] = []
        var live = IDSet()
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let new = PlainPassage.random(
                &random, count: Int.random(in: 240...400, using: &random), from: (passages.last?.id ?? 0) + 1)
            for passage in new { live.insert(PassageID(passage.id)) }
            index.append(BM25Segment.of(new, parameters), live: live)
            passages += new
        }
        for _ in 0..<20 {
            guard let victim = passages.randomElement(using: &random) else { continue }
            for passage in passages where passage.document == victim.document {
                live.remove(passage.id..<passage.id + 1)
                index.remove(passage.id..<passage.id + 1)
            }
            passages.removeAll { $0.document == victim.document }
        }
        let segment = try Self.reordered(&index, live)
        let inspection = SegmentInspection(segment)
        let naive = NaiveSegment(passages, parameters)
        let rows = inspection.rows
        #expect(rows.map(\.id) != naive.rows.map(\.id))
        #expect(rows.sorted { $0.id < $1.id } == naive.rows)
        for (left, right) in zip(rows, rows.dropFirst()) where left.document == right.document {
            #expect(left.id < right.id)
        }
        // Each document begins once.
        var documents: [UInt32] = []
        for row in rows where row.document != documents.last { documents.append(row.document) }
        #expect(Set(documents).count == documents.count)
        for id in 0...(passages.last?.id ?? 0) + 4 {
            #expect(segment.contains(PassageID(id)) == passages.contains { $0.id == id })
        }
        // Postings by id instead of row. A word's occurrences are not counted.
        let places = Dictionary(uniqueKeysWithValues: naive.rows.enumerated().map { ($1.id, $0) })
        for field in 0..<3 {
            #expect(
                inspection.terms(field: field).map(\.text)
                    == naive.postings[field].keys.sorted {
                        $0.utf8.lexicographicallyPrecedes($1.utf8)
                    })
            for (term, list) in naive.postings[field] {
                let found = (inspection.postings(of: term, field: field) ?? []).map { posting in
                    SegmentInspection.Posting(
                        row: places[rows[posting.row].id] ?? -1, frequency: field == 2 ? 1 : posting.frequency,
                        positions: field == 2 ? [] : posting.positions)
                }
                #expect(found.sorted { $0.row < $1.row } == list, "\(term) in field \(field)")
            }
        }
    }

    @Test(arguments: 0..<4)
    func answersAreTheSame(seed: UInt64) throws {
        var random = SeededRandom(seed: 320 + seed)
        var collection = RandomCollection(parameters: BM25Parameters(titleWeight: 1), vocabulary: 40)
        func compare(_ snapshot: BM25Snapshot, _ count: Int) throws {
            let now = collection.index.snapshot
            #expect(now.statistics == snapshot.statistics)
            let ids = (1..<collection.nextID).map { PassageID($0) }
            for round in 0..<count {
                let expression =
                    round % 2 == 0
                    ? collection.randomExpression(&random) : collection.randomFlatExpression(&random)
                let filter = collection.randomFilter(&random)
                let k = [1, 5, 1_000][round % 3]
                let counts = round % 4 == 0
                #expect(
                    try now.search(expression, k: k, live: collection.live, filter: filter, countsAll: counts)
                        == snapshot.search(expression, k: k, live: collection.live, filter: filter, countsAll: counts),
                    "\(expression)")
                let alive = ids.filter { collection.live.contains($0) }.shuffled(using: &random)
                #expect(
                    try now.scores(of: alive, for: expression) == snapshot.scores(of: alive, for: expression),
                    "\(expression)")
            }
        }
        for _ in 0..<3 {
            collection.append(documentCount: 80, isReferenced: false, &random)
        }
        for _ in 0..<30 { collection.removeDocument(&random) }
        let before = collection.index.snapshot
        _ = try Self.reordered(&collection.index, collection.live)
        try compare(before, 30)
        // Deaths in it, others beside it, both merged: the order stays, its ids still lead to their rows.
        collection.append(documentCount: 60, isReferenced: false, &random)
        for _ in 0..<30 { collection.removeDocument(&random) }
        let mixed = collection.index.snapshot
        collection.index.mergeAll()
        #expect(collection.index.segmentCount == 1)
        try compare(mixed, 30)
        for _ in 0..<30 { collection.removeDocument(&random) }
        let late = collection.index.snapshot
        collection.index.mergeAll()
        try compare(late, 10)
    }

    /// Two kinds of documents that share no word, in turns, end up apart; the same plan gives the same bytes.
    @Test func documentsOfTheSameWordsBecomeNeighbours() throws {
        var random = SeededRandom(seed: 341)
        func index() -> (BM25Index, IDSet) {
            var random = SeededRandom(seed: 342)
            var index = BM25Index()
            var live = IDSet()
            var builder = BM25SegmentBuilder()
            for id in UInt32(1)...4_000 {
                let kind = id % 2 == 0 ? "even" : "odd"
                let words = (0..<12).map { _ in "\(kind)\(Int.random(in: 0..<60, using: &random))" }
                builder.add(PassageID(id), document: PassageID(id), title: "", text: words.joined(separator: " "))
                live.insert(PassageID(id))
            }
            index.append(builder.build())
            return (index, live)
        }
        var (first, live) = index()
        let ordered = try Self.reordered(&first, live)
        let kinds = SegmentInspection(ordered).rows.map { $0.id % 2 }
        #expect(zip(kinds, kinds.dropFirst()).count { $0 != $1 } < 40)
        var (second, _) = index()
        #expect(try Self.reordered(&second, live).bytes == ordered.bytes)
        var (third, _) = index()
        let plain = try Self.reordered(&third, live, from: 4_001)
        #expect(SegmentInspection(plain).rows.map(\.id) == Array(1...4_000))
        live.remove(0..<UInt32.random(in: 100...3_000, using: &random))
        var (fourth, _) = index()
        let some = try Self.reordered(&fourth, live)
        #expect(some.passageCount == live.count)
    }

    @Test(arguments: 0..<4)
    func damagedListsOfRowsAreSurvived(part: Int) throws {
        var random = SeededRandom(seed: 350)
        let passages = PlainPassage.random(&random, count: 500, words: 0...6)
        var live = IDSet()
        for passage in passages { live.insert(PassageID(passage.id)) }
        var index = BM25Index()
        index.append(BM25Segment.of(passages, index.parameters), live: live)
        let sections = try Self.reordered(&index, live).sections.copies
        #expect(sections.contains { $0.name.description == "PROW" })
        var opened = 0
        for section in sections.indices
        where ["HEAD", "PROW", "PIDS", "PDOC"].contains(sections[section].name.description) {
            for place in sections[section].bytes.indices where place % 4 == part {
                var damaged = sections
                damaged[section].bytes[place] ^=
                    [0xFF, 1 << UInt8.random(in: 0..<8, using: &random)].randomElement(using: &random) ?? 1
                guard let segment = try? BM25Segment(sections: SegmentSections(copying: damaged)) else { continue }
                opened += 1
                var other = BM25Index()
                other.attach(segment, live: live)
                for passage in passages { _ = segment.contains(PassageID(passage.id)) }
                other.remove(5..<40)
                let query = other.snapshot.analyze("bant bent")
                _ = try other.snapshot.search(query, k: 10, live: live, countsAll: true)
                _ = try other.snapshot.scores(of: passages.map { PassageID($0.id) }, for: query)
                other.mergeAll()
            }
        }
        #expect(opened > 0)
        let without = sections.filter { $0.name.description != "PROW" }
        #expect(throws: IndexError.self) { try BM25Segment(sections: SegmentSections(copying: without)) }
    }

    /// Blocks of damaged lists may end at the same row, so that many postings claim few rows.
    @Test(arguments: 0..<4)
    func damagedPostingsAreReordered(part: Int) throws {
        var random = SeededRandom(seed: 360)
        let passages = PlainPassage.random(&random, count: 500, words: 1...8)
        var live = IDSet()
        for passage in passages { live.insert(PassageID(passage.id)) }
        let sections = BM25Segment.of(passages, BM25Parameters()).sections.copies
        var written = 0
        for section in sections.indices {
            for place in sections[section].bytes.indices where place % 4 == part {
                var damaged = sections
                damaged[section].bytes[place] ^=
                    [0xFF, 1 << UInt8.random(in: 0..<8, using: &random)].randomElement(using: &random) ?? 1
                guard let segment = try? BM25Segment(sections: SegmentSections(copying: damaged)) else { continue }
                var index = BM25Index()
                index.append(segment, live: live)
                guard let plan = index.flushPlan() else { continue }
                // What it makes is sound, whatever it holds: it opens, and can be merged again.
                guard let merged = try? plan.run(live: live, reorderingFrom: 1) else { continue }
                var again = BM25Index()
                again.append(try BM25Segment(sections: SegmentSections(copying: merged.sections.copies)), live: live)
                _ = try again.flushPlan()?.run(live: live, reorderingFrom: 1)
                written += 1
            }
        }
        #expect(written > 0)
    }

    /// Where memory lies does not change what is written; without a disk for it, it is memory.
    @Test(arguments: [0, 1] as [UInt64])
    func filesInsteadOfMemoryGiveTheSameBytes(seed: UInt64) throws {
        var random = SeededRandom(seed: 900 + seed)
        let directory = try TemporaryDirectory("spill")
        var index = BM25Index()
        var live = IDSet()
        var ids: [UInt32] = []
        // Ids of up to four bytes, far apart.
        for first in [UInt32(7), 300_000, 90_000_000, 4_000_000_000] {
            let new = PlainPassage.random(&random, count: 400, from: first)
            for passage in new { live.insert(PassageID(passage.id)) }
            index.append(BM25Segment.of(new, BM25Parameters()), live: live)
            ids += new.map(\.id)
        }
        for id in ids where Int.random(in: 0..<9, using: &random) == 0 {
            live.remove(id..<id + 1)
            index.remove(id..<id + 1)
        }
        let due = index.flushPlan()
        let plan = try #require(due)
        let folders = [
            SpillFolder(path: directory.path, leastByteCount: 1),
            SpillFolder(path: directory.path, leastByteCount: 3_000),
            SpillFolder(path: directory.path + "/missing", leastByteCount: 1),
        ]
        for reorderedFrom in [1, .max] {
            let plain = try #require(try plan.run(live: live, reorderingFrom: reorderedFrom))
            for id in ids { #expect(plain.contains(PassageID(id)) == live.contains(PassageID(id))) }
            for folder in folders {
                let spilled = try #require(try plan.run(live: live, reorderingFrom: reorderedFrom, spill: folder))
                #expect(spilled.bytes == plain.bytes)
            }
        }
    }
}

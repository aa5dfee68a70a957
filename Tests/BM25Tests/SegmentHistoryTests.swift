import BM25
import IndexCore
import TestKit
import Testing

/// Histories of appends, deletes, merges, flushes and openings against the passages that are left.
@Suite struct SegmentHistoryTests {
    /// An index and what it should hold.
    private struct Twin {
        let parameters: BM25Parameters
        var index: BM25Index
        var passages: [PlainPassage] = []
        var live = IDSet()
        var next: UInt32 = 1

        init(_ parameters: BM25Parameters) {
            self.parameters = parameters
            index = BM25Index(parameters: parameters)
        }

        mutating func append(_ random: inout SeededRandom, count: Int) {
            let new = PlainPassage.random(&random, count: count, from: next, words: 0...12, vocabulary: 40)
            next = (new.last?.id ?? next) + 1
            for passage in new { live.insert(PassageID(passage.id)) }
            passages += new
            index.append(BM25Segment.of(new, parameters), live: live)
        }

        mutating func remove(_ random: inout SeededRandom) {
            guard let victim = passages.randomElement(using: &random) else { return }
            let ids = passages.filter { $0.document == victim.document }.map(\.id)
            guard let first = ids.first, let last = ids.last else { return }
            passages.removeAll { $0.document == victim.document }
            live.remove(first..<last + 1)
            index.remove(first..<last + 1)
            // Once more changes nothing.
            if Bool.random(using: &random) { index.remove(first..<last + 1) }
        }

        /// Statistics and live frequencies of every key of every field.
        func check(_ snapshot: BM25Snapshot, sample: Int = .max, _ random: inout SeededRandom) {
            let naive = NaiveSegment(passages, parameters)
            #expect(snapshot.statistics.passageCount == naive.rows.count)
            #expect(snapshot.statistics.tokenCount == naive.rows.reduce(0) { $0 + $1.length })
            #expect(snapshot.statistics.titleTokenCount == naive.rows.reduce(0) { $0 + $1.titleLength })
            #expect(snapshot.statistics.wordedPassageCount == naive.rows.count { $0.length > 0 })
            #expect(snapshot.statistics.titledPassageCount == naive.rows.count { $0.titleLength > 0 })
            for field in 0..<3 {
                for (term, list) in naive.postings[field].shuffled(using: &random).prefix(sample) {
                    #expect(snapshot.liveDocumentFrequency(of: term, field: field) == list.count)
                }
            }
        }
    }

    @Test(arguments: 0..<4)
    func everyHistoryCountsTheSurvivors(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var twin = Twin(BM25Parameters(titleWeight: Int.random(in: 0...3, using: &random)))
        var old: (twin: Twin, snapshot: BM25Snapshot)?
        for step in 0..<60 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5: twin.append(&random, count: Int.random(in: 1...30, using: &random))
            case 5..<9: twin.remove(&random)
            default: twin.index.mergeAll()
            }
            if step % 8 == 0 { twin.check(twin.index.snapshot, sample: 20, &random) }
            // An older snapshot knows nothing of what died later, whoever has asked first.
            if let old, step % 5 == 0 { old.twin.check(old.snapshot, sample: 20, &random) }
            if step % 10 == 0 { old = (twin, twin.index.snapshot) }
            #expect(twin.index.segmentCount <= 10)
        }
        twin.check(twin.index.snapshot, &random)
    }

    @Test(arguments: 0..<8)
    func aMergeHasTheBytesOfAFreshBuild(seed: UInt64) {
        var random = SeededRandom(seed: 50 + seed)
        var twin = Twin(BM25Parameters(titleWeight: Int(seed % 3), surfaceWords: seed % 4 != 3))
        for _ in 0..<Int.random(in: 2...12, using: &random) {
            twin.append(&random, count: Int.random(in: 1...(seed > 5 ? 300 : 20), using: &random))
            for _ in 0..<Int.random(in: 0...8, using: &random) { twin.remove(&random) }
        }
        twin.index.mergeAll()
        let merged = twin.index.snapshot.segments
        #expect(merged.count == (twin.passages.isEmpty ? 0 : 1))
        guard let merged = merged.first else { return }
        #expect(merged.bytes == BM25Segment.of(twin.passages, twin.parameters).bytes)
    }

    @Test(arguments: [0, 1, 2] as [UInt64])
    func `an index that is left in peace becomes one segment`(fileCount: UInt64) throws {
        var random = SeededRandom(seed: 70 + fileCount)
        var twin = Twin(BM25Parameters())
        for _ in 0..<fileCount {
            for _ in 0..<3 { twin.append(&random, count: 20) }
            let flush = twin.index.flushPlan()
            let plan = try #require(flush)
            let flushed = twin.index.install(Self.reopened(try plan.run(live: twin.live)), from: plan)
            #expect(flushed)
        }
        for _ in 0..<3 { twin.append(&random, count: 20) }
        for _ in 0..<9 { twin.remove(&random) }
        #expect(twin.index.isDivided)
        if fileCount > 1 {
            var large = twin.index
            large.restingByteLimit = large.byteCount / 2
            let joined = large.restingPlan()
            #expect(joined == nil && !large.isDivided && large.fileCount == Int(fileCount))
        }
        if let plan = twin.index.restingPlan() {
            #expect(fileCount > 1)
            let settled = twin.index.install(Self.reopened(try plan.run(live: twin.live)), from: plan)
            #expect(settled)
        }
        // What is in memory beside a single file stays there.
        #expect(!twin.index.isDivided && twin.index.segmentCount == (fileCount == 1 ? 2 : 1))
        twin.check(twin.index.snapshot, &random)
        let again = twin.index.restingPlan()
        #expect(again == nil)
    }

    /// A draft that is dropped leaves nothing behind, though its deaths were written beside those that stay.
    @Test func copiesOfAnIndexDieApart() {
        var random = SeededRandom(seed: 9)
        var twin = Twin(BM25Parameters())
        twin.append(&random, count: 60)
        for _ in 0..<3 { twin.remove(&random) }
        var drafts: [(Twin, BM25Snapshot)] = []
        for _ in 0..<6 {
            var draft = twin
            for _ in 0..<4 { draft.remove(&random) }
            draft.check(draft.index.snapshot, &random)
            drafts.append((draft, draft.index.snapshot))
            twin.check(twin.index.snapshot, &random)
            if Bool.random(using: &random) { twin.remove(&random) }
        }
        for (draft, snapshot) in drafts { draft.check(snapshot, &random) }
        twin.check(twin.index.snapshot, &random)
    }

    @Test(arguments: 2..<6)
    func plansAreInstalledAfterWhatHappenedMeanwhile(seed: UInt64) throws {
        var random = SeededRandom(seed: 200 + seed)
        var twin = Twin(BM25Parameters())
        var flush: BM25SegmentPlan?
        var merge: BM25SegmentPlan?
        var greatest = (memory: 0, files: 0)
        for step in 0..<300 {
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<6: twin.append(&random, count: Int.random(in: 1...3, using: &random))
            case 6..<9: twin.remove(&random)
            case 9:
                if let plan = flush {
                    let result = try plan.run(live: twin.live)
                    if seed == 5, Bool.random(using: &random) {
                        twin.index.abandon(plan)
                    } else {
                        let isInstalled = twin.index.install(Self.reopened(result), from: plan)
                        let isInstalledAgain = twin.index.install(result, from: plan)
                        #expect(isInstalled && !isInstalledAgain)
                    }
                    flush = nil
                } else {
                    flush = twin.index.flushPlan()
                    let second = flush == nil ? nil : twin.index.flushPlan()
                    #expect(second == nil)
                }
            default:
                if let plan = merge {
                    let result = Bool.random(using: &random) ? try plan.run(live: twin.live) : nil
                    if let result {
                        let isInstalled = twin.index.install(Self.reopened(result), from: plan)
                        #expect(isInstalled)
                    } else {
                        twin.index.abandon(plan)
                    }
                    merge = nil
                } else {
                    merge = seed == 4 && step % 3 == 0 ? twin.index.restingPlan() : twin.index.pendingMerge()
                }
            }
            greatest.memory = max(greatest.memory, twin.index.memorySegments.count)
            greatest.files = max(greatest.files, twin.index.fileSegments.count)
            #expect(twin.index.memorySegments.count <= 10)
            #expect(twin.index.fileSegments.count <= 12)
            if step % 25 == 0 { twin.check(twin.index.snapshot, sample: 10, &random) }
        }
        #expect(greatest.memory > 7 && greatest.files > (seed >= 4 ? 1 : 7))
        twin.check(twin.index.snapshot, &random)
        // Opening: the same files and deaths from `live`.
        var opened = BM25Index(parameters: twin.parameters)
        for segment in twin.index.fileSegments + twin.index.memorySegments {
            opened.attach(try #require(Self.reopened(segment)), live: twin.live)
        }
        twin.check(opened.snapshot, &random)
        let lost = try #require(opened.fileSegments.first)
        opened.detach { $0 === lost }
        #expect(opened.statistics == twin.index.snapshot.leavingOut { $0.idRange == lost.idRange }.statistics)
    }

    @Test func aFlushIsDueBySizeAlone() throws {
        var random = SeededRandom(seed: 3)
        var twin = Twin(BM25Parameters())
        twin.append(&random, count: 1_999)
        let early = twin.index.pendingFlush()
        #expect(early == nil)
        twin.append(&random, count: 1)
        let due = twin.index.pendingFlush()
        let plan = try #require(due)
        #expect(plan.passageCount == 2_000)
        let second = twin.index.pendingFlush()
        #expect(second == nil)
        let nothing = try plan.run(live: IDSet())
        #expect(nothing == nil)
        twin.index.abandon(plan)
        let again = twin.index.pendingFlush()
        #expect(again?.passageCount == 2_000)
    }

    @Test func theNumberOfSegmentsIsBounded() {
        var random = SeededRandom(seed: 4)
        var twin = Twin(BM25Parameters(surfaceWords: false))
        for _ in 0..<120 {
            twin.append(&random, count: 1)
            #expect(twin.index.segmentCount <= 8)
        }
    }

    /// As from a file: the same bytes, elsewhere.
    private static func reopened(_ segment: BM25Segment?) -> BM25Segment? {
        guard let segment else { return nil }
        return try? BM25Segment(sections: SegmentSections(copying: segment.sections.copies))
    }
}

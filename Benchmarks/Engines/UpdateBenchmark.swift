import BM25
import IndexCore

/// What it costs to replace one document in the keyword index. usage: updates DOCS.jsonl FOLDER DOCUMENTS UPDATES
///
/// Loads DOCUMENTS with titles into a file in FOLDER, then replaces UPDATES of them one by one, each by the text of another
/// document: its old passage leaves, the new one is analysed into a segment of its own, joined with what is in memory, and a
/// snapshot made, in which the new passage is then looked for. Prints the mean of the thread's CPU time, joining included: from the
/// text on, and without the analysis, which is from the analysed passage to the published snapshot; what reading the clock takes is
/// taken off. What a server adds is SQLite's commit.
struct UpdateBenchmark {
    private let records: [TextRecord]
    private let folder: String
    private let updateCount: Int

    private static let batch = 1_000

    init(_ words: [String]) throws {
        guard words.count == 4, let count = Int(words[2]), let updates = Int(words[3]), count > 0, updates > 0 else {
            throw BenchmarkFailure("updates DOCS.jsonl FOLDER DOCUMENTS UPDATES")
        }
        var records: [TextRecord] = []
        struct Enough: Error {}
        do {
            try readLines(words[0]) { line in
                guard records.count < count + updates else { throw Enough() }
                records.append(try TextRecord(line: line))
            }
        } catch is Enough {}
        guard records.count == count + updates else { throw BenchmarkFailure("\(words[0]) has too few documents") }
        self.records = records
        folder = words[1]
        updateCount = updates
    }

    func run() throws {
        var live = IDSet()
        let loaded = records.count - updateCount
        var index = BM25Index()
        index.attach(try file(of: 0..<loaded, &live), live: live)
        var spent: UInt64 = 0
        var analysed: UInt64 = 0
        var slowest: UInt64 = 0
        var found = 0
        let reading = threadClockNanoseconds()
        for place in loaded..<records.count {
            // Any but the same twice: the step has no divisor in common with a count that is no multiple of it.
            let old = UInt32((place - loaded) * 7_919 % loaded)
            let start = threadNanoseconds()
            live.remove(old..<old + 1)
            index.remove(old..<old + 1)
            let analysis = threadNanoseconds()
            var builder = BM25SegmentBuilder(parameters: index.parameters)
            add(place, to: &builder, &live)
            analysed += threadNanoseconds() - analysis - reading
            index.append(builder.build(), live: live)
            let snapshot = index.snapshot
            let time = threadNanoseconds() - start - 3 * reading
            spent += time
            slowest = max(slowest, time)
            // A server does this beside its writer.
            if let plan = index.pendingFlush() { index.install(try file(plan, live), from: plan) }
            found += snapshot.segments.contains { $0.contains(PassageID(UInt32(place))) } ? 1 : 0
        }
        guard found == updateCount else { throw BenchmarkFailure("\(updateCount - found) updates cannot be found") }
        print(
            "\(updateCount) updates among \(loaded) documents: \(fixed(mean(spent))) µs of CPU each, "
                + "\(fixed(mean(spent - analysed))) from the analysed passage on; "
                + "the slowest \(fixed(Double(slowest) / 1e6)) ms")
    }

    /// What a server has loaded and flushed.
    private func file(of places: Range<Int>, _ live: inout IDSet) throws -> BM25Segment {
        var index = BM25Index()
        for first in stride(from: places.lowerBound, to: places.upperBound, by: Self.batch) {
            var builder = BM25SegmentBuilder(parameters: index.parameters)
            for place in first..<min(first + Self.batch, places.upperBound) { add(place, to: &builder, &live) }
            index.append(builder.build(), live: live)
        }
        guard let plan = index.flushPlan(), let file = try file(plan, live) else {
            throw BenchmarkFailure("nothing to update")
        }
        return file
    }

    private func file(_ plan: BM25SegmentPlan, _ live: IDSet) throws -> BM25Segment? {
        guard let segment = try plan.run(live: live) else { return nil }
        var writer = try SegmentFileWriter(folder: folder, kind: SegmentKind("BM25"))
        try writer.append(segment.sections)
        let name = "updates-\(segment.idRange.lowerBound)-\(segment.passageCount).bm25"
        _ = try writer.publish { _ in name }
        return try BM25Segment(sections: SegmentSections(SegmentFile("\(folder)/\(name)", kind: SegmentKind("BM25"))))
    }

    private func add(_ place: Int, to builder: inout BM25SegmentBuilder, _ live: inout IDSet) {
        let id = PassageID(UInt32(place))
        builder.add(id, document: id, title: records[place].title, text: records[place].text)
        live.insert(id)
    }

    private func mean(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / Double(updateCount) / 1e3 }
}

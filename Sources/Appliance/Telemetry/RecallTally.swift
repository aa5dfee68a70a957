import HNSW
import IndexCore

/// What was found of the truth in the last sampled answers of one tenant.
struct RecallTally: Sendable {
    /// Beams that each sampled question is asked with again.
    static let ladder = [16, 32, 64, 128, 256, 512]
    /// Entries kept, a few bytes each: the last ones.
    private static let capacity = 256
    /// Fewer entries recommend nothing.
    private static let tellingCount = 30

    /// Documents found of those that are true, for one question.
    struct Entry: Sendable {
        fileprivate var truth: UInt8
        fileprivate var answered: UInt8
        /// With each beam of the ladder.
        fileprivate var byBeam: [UInt8]

        /// Answers a question exactly, and with every beam.
        /// - Returns: Nil where there is nothing to find.
        init?(_ sample: RecallMeter.Sample, deadline: SearchDeadline) throws {
            let depth = sample.depth
            let exact = try sample.vectors.exactSearch(
                sample.query, k: depth, live: sample.live, filter: sample.filter, deadline: deadline)
            let truth = Set(exact.map(\.document))
            guard !truth.isEmpty else { return nil }
            self.truth = UInt8(clamping: truth.count)
            answered = UInt8(clamping: truth.intersection(sample.answered).count)
            byBeam = []
            for ef in RecallTally.ladder {
                let found = try sample.vectors.search(
                    sample.query, k: depth, ef: ef, live: sample.live, filter: sample.filter, deadline: deadline)
                byBeam.append(UInt8(clamping: truth.intersection(found.map(\.document)).count))
            }
        }
    }

    private var entries: [Entry] = []
    private var oldest = 0
    /// Answers compared since the start of the process.
    private(set) var total = 0

    mutating func add(_ entry: Entry) {
        total += 1
        guard entries.count == Self.capacity else {
            entries.append(entry)
            return
        }
        entries[oldest] = entry
        oldest = (oldest + 1) % Self.capacity
    }

    /// Whether there are enough entries to conclude from.
    var isTelling: Bool { entries.count >= Self.tellingCount }

    /// Of the answers as they were given.
    var mean: Double { mean { $0.answered } }

    /// The smallest beam of the ladder with this recall; nil where there is none, or too little to tell by.
    func recommendedEf(_ recall: Double) -> Int? {
        guard isTelling else { return nil }
        let place = Self.ladder.indices.first { place in mean { $0.byBeam[place] } >= recall }
        return place.map { Self.ladder[$0] }
    }

    private func mean(_ found: (Entry) -> UInt8) -> Double {
        guard !entries.isEmpty else { return 0 }
        return entries.reduce(0) { $0 + Double(found($1)) / Double($1.truth) } / Double(entries.count)
    }
}

internal import Synchronization

/// A vocabulary with the numbering its current user gives to terms.
///
/// One user at a time: see ``AnalyzerLease``.
final class Analyzer {
    let options: AnalyzerOptions
    var vocabulary: Vocabulary
    /// For each term, the user it was last numbered by (upper half) and the number (lower half).
    private var numbering: [UInt64] = []
    private var user: UInt64 = 0
    /// What a segment builder counts by.
    var segmentNumbers = SegmentNumbers()

    init(_ options: AnalyzerOptions) {
        self.options = options
        vocabulary = Vocabulary(options)
    }

    /// Forgets all numbers, in O(1).
    func beginNumbering() {
        user += 1
    }

    /// The number of `term`, or `next` if it has none yet.
    @inline(__always)
    func number(of term: Int, next: Int) -> Int {
        while term >= numbering.count {
            numbering.append(contentsOf: repeatElement(0, count: max(1_024, numbering.count)))
        }
        let entry = numbering[term]
        if entry >> 32 == user {
            return Int(entry & 0xFFFF_FFFF)
        }
        numbering[term] = user << 32 | UInt64(next)
        return next
    }

    /// Memory held, in bytes.
    var byteCount: Int { vocabulary.byteCount + numbering.count * 8 + segmentNumbers.byteCount }

    /// Whether there are numbers left to tell users apart.
    var isReusable: Bool { user < 0xFFFF_FFF0 }
}

/// One analyzer, taken from the pool for as long as this value lives.
struct AnalyzerLease: ~Copyable {
    let analyzer: Analyzer

    init(_ options: AnalyzerOptions) {
        analyzer = AnalyzerPool.take(options)
        analyzer.beginNumbering()
    }

    deinit {
        AnalyzerPool.give(analyzer)
    }
}

/// Analyzers that wait for work, so that segments and queries find the common words already stemmed.
enum AnalyzerPool {
    /// All that wait hold no more: the commonest words of a language, which a bulk load would otherwise learn again with each
    /// segment.
    static let maximumByteCount = 8 << 20
    private static let maximumCount = 3

    /// Sendable although `Analyzer` is not: an analyzer is either in the pool or in exactly one lease, and only a
    /// lease's holder reaches into it; the mutex orders the two.
    private struct Waiting: @unchecked Sendable {
        let analyzer: Analyzer
        let byteCount: Int
    }

    private static let waiting = Mutex<[Waiting]>([])

    static func take(_ options: AnalyzerOptions) -> Analyzer {
        let found = waiting.withLock { (waiting: inout sending [Waiting]) -> Waiting? in
            guard let index = waiting.lastIndex(where: { $0.analyzer.options == options }) else { return nil }
            return waiting.remove(at: index)
        }
        return found?.analyzer ?? Analyzer(options)
    }

    static func give(_ analyzer: Analyzer) {
        let entry = Waiting(analyzer: analyzer, byteCount: analyzer.byteCount)
        guard analyzer.isReusable, entry.byteCount <= maximumByteCount else { return }
        waiting.withLock { (waiting: inout sending [Waiting]) in
            guard waiting.count < maximumCount else { return }
            // Who waits longest makes room.
            while waiting.reduce(entry.byteCount, { $0 + $1.byteCount }) > maximumByteCount { waiting.removeFirst() }
            waiting.append(entry)
        }
    }
}

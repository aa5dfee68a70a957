internal import IndexCore

/// One query term as one segment has it.
struct ScoredTerm {
    /// Where its postings are.
    let entry: TermEntry
    /// Its idf over all segments.
    let weight: Double
}

/// Sums scores over windows of rows, term after term, so that each sum follows the query's order.
///
/// Unsafe inside: the accumulators and cursors are raw memory, bounded by the window.
struct ScoringScratch: ~Copyable {
    /// Rows of one window: its sums (32 KB) stay in the nearest cache.
    static let windowCount = 4_096
    /// Postings between two looks at the deadline.
    private static let postingsPerCheck = 1 << 16

    private let sums = UnsafeMutablePointer<Double>.allocate(capacity: windowCount)
    /// One byte per row of the window: 1 if a term was there.
    ///
    /// Bytes, as a bit would make each posting wait for the one before it. Read eight at a time.
    private let touched = UnsafeMutablePointer<UInt64>.allocate(capacity: windowCount / 8)
    private var buffers = UnsafeMutablePointer<UInt32>.allocate(capacity: 0)
    private var bufferTermCount = 0

    init() {
        sums.initialize(repeating: 0, count: Self.windowCount)
        touched.initialize(repeating: 0, count: Self.windowCount / 8)
    }

    deinit {
        sums.deallocate()
        touched.deallocate()
        buffers.deallocate()
    }

    /// Calls `body` with every row that holds at least one of `terms`, ascending, and its score.
    @inline(__always)
    mutating func forEachMatch(
        in segment: BM25Segment, _ terms: [ScoredTerm], _ scorer: TermScorer, deadline: SearchDeadline,
        _ body: (_ row: Int, _ score: Double) -> Void
    ) throws(BM25Error) {
        reserveBuffers(terms.count)
        try scorer.reciprocals.withUnsafeBufferPointer { (reciprocals) throws(BM25Error) in
            guard let reciprocals = reciprocals.baseAddress else { return }
            var cursors: [TermPostings] = []
            cursors.reserveCapacity(terms.count)
            for (place, term) in terms.enumerated() {
                let buffer = buffers + place * PostingsCursor.scratchCount
                var cursor = segment.cursor(term.entry, .combined, scratch: buffer)
                if cursor.nextBlock() {
                    cursor.loadRows()
                    cursors.append(TermPostings(cursor: cursor, weight: term.weight))
                }
            }
            let window = ScoringWindow(
                sums: sums, touched: touched, norms: segment.rows.norms, reciprocals: reciprocals, scorer: scorer)
            try cursors.withUnsafeMutableBufferPointer { (cursors) throws(BM25Error) in
                var postingCount = 0
                while let first = Self.firstRow(cursors) {
                    let end = UInt32(clamping: Int(first) + Self.windowCount)
                    for place in cursors.indices where !cursors[place].isExhausted {
                        postingCount += window.accumulate(&cursors[place], first: first, end: end)
                        if postingCount >= Self.postingsPerCheck {
                            try deadline.checkSearch()
                            postingCount = 0
                        }
                    }
                    window.drain(first: first, body)
                }
            }
        }
        withExtendedLifetime(segment) {}
        try deadline.checkSearch()
    }

    private static func firstRow(_ cursors: UnsafeMutableBufferPointer<TermPostings>) -> UInt32? {
        var first: UInt32?
        for term in cursors where !term.isExhausted {
            first = min(first ?? .max, term.cursor.row)
        }
        return first
    }

    private mutating func reserveBuffers(_ termCount: Int) {
        guard termCount > bufferTermCount else { return }
        buffers.deallocate()
        buffers = .allocate(capacity: termCount * PostingsCursor.scratchCount)
        bufferTermCount = termCount
    }
}

/// One term's place in one segment.
struct TermPostings {
    var cursor: PostingsCursor
    let weight: Double
    var isExhausted = false
}

/// The accumulators of one window and what its rows' scores need.
struct ScoringWindow {
    let sums: UnsafeMutablePointer<Double>
    let touched: UnsafeMutablePointer<UInt64>
    let norms: UnsafePointer<UInt8>
    /// The scorer's table.
    let reciprocals: UnsafePointer<Double>
    let scorer: TermScorer

    /// Adds the term's scores for its rows below `end`; the cursor stands at the first row not below it.
    ///
    /// Returns the number of postings.
    @inline(__always)
    func accumulate(_ term: inout TermPostings, first: UInt32, end: UInt32) -> Int {
        let weight = term.weight
        let rows = term.cursor.rows
        let frequencies = term.cursor.frequencies
        let marks = UnsafeMutableRawPointer(touched)
        var postingCount = 0
        while true {
            term.cursor.loadFrequencies()
            let start = term.cursor.index
            var stop = term.cursor.count
            if rows[stop - 1] >= end {
                stop = start
                while rows[stop] < end {
                    stop += 1
                }
            }
            for place in start..<stop {
                let row = Int(rows[place])
                let offset = row &- Int(first)
                let frequency = frequencies[place]
                let norm = Int(norms[row])
                let reciprocal =
                    frequency < TermScorer.tabulatedCount
                    ? reciprocals[Int(frequency) &<< 8 | norm]
                    : TermScorer.reciprocal(frequency, scorer.normInverses[norm])
                sums[offset] += weight - weight * reciprocal
                marks.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
            }
            postingCount += stop - start
            guard stop == term.cursor.count else {
                term.cursor.move(to: stop)
                return postingCount
            }
            guard term.cursor.nextBlock() else {
                term.isExhausted = true
                return postingCount
            }
            term.cursor.loadRows()
        }
    }

    /// Hands out the touched rows and leaves the window clean.
    @inline(__always)
    func drain(first: UInt32, _ body: (_ row: Int, _ score: Double) -> Void) {
        for word in 0..<ScoringScratch.windowCount / 8 where touched[word] != 0 {
            var marks = UInt64(littleEndian: touched[word])
            touched[word] = 0
            while marks != 0 {
                let offset = word * 8 + marks.trailingZeroBitCount / 8
                marks &= marks - 1
                let score = sums[offset]
                sums[offset] = 0
                body(Int(first) + offset, score)
            }
        }
    }
}

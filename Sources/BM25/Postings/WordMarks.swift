internal import Glibc
internal import IndexCore

/// Which of its term's postings a surface word has: a bit for each of them, in their order.
///
/// "Tide" and "tides" lie in rows of one term. A word that has a good part of them says so in an eighth of a byte a
/// posting, where a list of its own takes a byte or more for each of its rows.
struct WordMarks {
    private let bits: UnsafeRawBufferPointer

    init(_ bits: UnsafeRawBufferPointer) {
        self.bits = bits
    }

    /// Whether a word in `count` rows marks them among its term's `termCount`.
    ///
    /// Shorter lists are left as they are: those can be joined without being read.
    static func areKept(_ count: Int, of termCount: Int) -> Bool {
        termCount >= PostingsFormat.blockCount && count &* 8 >= termCount
    }

    /// Bytes of the marks among so many postings.
    static func byteCount(_ termCount: Int) -> Int { (termCount &+ 7) &>> 3 }

    /// Whether the word has the term's posting at a place of a block; false beyond the end.
    @inline(__always)
    func contains(_ block: Int, _ place: Int) -> Bool {
        let bit = block &* PostingsFormat.blockCount &+ place
        guard bit &>> 3 < bits.count else { return false }
        return bits[bit &>> 3] &>> UInt8(truncatingIfNeeded: bit & 7) & 1 == 1
    }

    /// Writes marks at `target`, ``byteCount(_:)`` zeros, for `count` ascending rows among those of `term`, which stands
    /// before its first; false if not all of them are there.
    static func write(
        _ rows: UnsafePointer<UInt32>, count: Int, among term: inout PostingsCursor, to target: UnsafeMutableRawPointer
    ) -> Bool {
        var found = 0
        while found < count, term.nextBlock() {
            guard term.blockLastRow >= rows[found] else { continue }
            term.loadRows()
            for first in stride(from: 0, to: term.count, by: 8) {
                var byte: UInt8 = 0
                // No branches: whether a row is marked would be guessed wrong. Behind the last one none is equal to it.
                for place in first..<min(first &+ 8, term.count) {
                    let isMarked: UInt8 = rows[min(found, count &- 1)] == term.rows[place] ? 1 : 0
                    byte |= isMarked &<< UInt8(truncatingIfNeeded: place & 7)
                    found &+= Int(isMarked)
                }
                let offset = (term.block &* PostingsFormat.blockCount &+ first) &>> 3
                target.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
            }
        }
        return found == count
    }
}

/// The postings of a surface word that marks them among its term's, written out as a list: what a cursor goes through.
///
/// Unsafe inside: it owns the bytes.
final class MarkedPostings {
    private let bytes: UnsafeMutableRawBufferPointer
    private let count: Int
    private let rowLimit: UInt32

    init(_ word: TermEntry, of segment: BM25Segment) {
        var rows = RawArray<UInt32>()
        segment.forEachRow(of: word, .surface) { rows.append($0) }
        var encoder = PostingsEncoder(postingsCapacity: rows.count &* 2, positionsCapacity: 0, spill: nil)
        let ones = RawArray<UInt32>(repeating: 1, count: rows.count)
        // Of rows that have a word once the shortest alone is an impact: lengths have nothing to decide.
        let lengths = RawArray<Float>(repeating: 0, count: 256)
        if rows.count > 0 {
            encoder.append(
                PostingsEncoder.Term(
                    rows: UnsafePointer(rows.base), frequencies: UnsafePointer(ones.base), count: rows.count,
                    distances: nil),
                norms: PostingsEncoder.Norms(bytes: segment.norms(.surface), lengths: UnsafePointer(lengths.base)))
        }
        count = rows.count
        rowLimit = UInt32(truncatingIfNeeded: segment.rows.count)
        let (postings, positions) = encoder.take()
        bytes = postings.bytes
        free(positions.bytes.baseAddress)
    }

    deinit {
        free(bytes.baseAddress)
    }

    /// A cursor before the first of them, which this object must outlive.
    func cursor(scratch: UnsafeMutablePointer<UInt32>) -> PostingsCursor {
        PostingsCursor(
            UnsafeRawBufferPointer(bytes), documentFrequency: count,
            positions: UnsafeRawBufferPointer(start: nil, count: 0), hasPositions: false, rowLimit: rowLimit,
            scratch: scratch)
    }
}

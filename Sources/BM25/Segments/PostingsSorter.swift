internal import CKernels
internal import IndexCore

/// Puts a term's postings that were gathered in the order of old rows in that of the new ones.
///
/// A short list is sorted; of a longer one each posting marks the bit of its row and leaves its number there, and the
/// bits are read off in order. Unsafe inside: raw memory for as many rows as there are.
struct PostingsSorter: ~Copyable {
    /// Rows up to which a list is sorted by insertion.
    private static let shortCount = 24
    /// Postings ahead of which memory is asked for.
    private static let prefetchDistance = 16

    /// A bit per row, and a bit per word of those: all zero between two calls.
    private let bits: RawArray<UInt64>
    private let summary: RawArray<UInt64>
    /// By row whose bit is set: the number of its posting.
    private let numbers: RawArray<UInt32>
    private var order: RawArray<UInt32>
    /// By posting: where its distances begin, and how many they are.
    private var spans: RawArray<Span>

    private struct Span {
        var start: UInt32
        var count: UInt32
    }

    /// A sorter of rows below `rowCount`.
    init(rowCount: Int, spill: SpillFolder?) {
        order = RawArray(spill: spill)
        spans = RawArray(spill: spill)
        bits = RawArray(repeating: 0, count: (rowCount + 63) / 64)
        summary = RawArray(repeating: 0, count: (rowCount + 4_095) / 4_096)
        numbers = RawArray(repeating: 0, count: rowCount, spill: spill)
    }

    /// Puts the postings of `gathered` into `sorted` by ascending rows; of equal ones, which damaged lists may hold, one may stay.
    mutating func sort(_ gathered: borrowing SegmentWriter.Postings, into sorted: inout SegmentWriter.Postings) {
        sort(gathered.rows, into: &sorted.rows)
        spans.resize(gathered.rows.count)
        var start: UInt32 = 0
        for number in 0..<gathered.rows.count {
            spans[number] = Span(start: start, count: gathered.frequencies[number])
            start &+= gathered.frequencies[number]
        }
        let count = order.count
        sorted.frequencies.resize(count)
        sorted.distances.resize(gathered.distances.count)
        let frequencies = sorted.frequencies.base
        let source = UnsafePointer(gathered.distances.base)
        var target = sorted.distances.base
        for place in 0..<count {
            if place &+ Self.prefetchDistance < count { prefetch(place, source) }
            let span = spans[Int(order[place])]
            frequencies[place] = span.count
            // Nearly all occur once: the first without a loop.
            target[0] = source[Int(span.start)]
            var occurrence = 1
            while occurrence < Int(span.count) {
                target[occurrence] = source[Int(span.start) &+ occurrence]
                occurrence &+= 1
            }
            target += Int(span.count)
        }
        sorted.distances.resize(target - sorted.distances.base)
    }

    @inline(__always)
    private func prefetch(_ place: Int, _ source: UnsafePointer<UInt32>) {
        ck_prefetch(spans.base + Int(order[place &+ Self.prefetchDistance]))
        ck_prefetch(source + Int(spans[Int(order[place &+ Self.prefetchDistance / 2])].start))
    }

    /// Sorts `rows` into `sorted`, and sets ``order`` to their numbers in that order; of equal ones of many rows one stays.
    mutating func sort(_ rows: borrowing RawArray<UInt32>, into sorted: inout RawArray<UInt32>) {
        order.removeAll()
        sorted.removeAll()
        if rows.count <= Self.shortCount {
            for number in 0..<rows.count {
                order.append(UInt32(truncatingIfNeeded: number))
                sorted.append(rows[number])
                var hole = number
                while hole > 0, sorted[hole &- 1] > rows[number] {
                    order[hole] = order[hole &- 1]
                    sorted[hole] = sorted[hole &- 1]
                    hole &-= 1
                }
                order[hole] = UInt32(truncatingIfNeeded: number)
                sorted[hole] = rows[number]
            }
            return
        }
        for number in 0..<rows.count {
            let row = Int(rows[number])
            numbers[row] = UInt32(truncatingIfNeeded: number)
            bits[row &>> 6] |= 1 &<< UInt64(truncatingIfNeeded: row & 63)
            summary[row &>> 12] |= 1 &<< UInt64(truncatingIfNeeded: row &>> 6 & 63)
        }
        order.resize(rows.count)
        sorted.resize(rows.count)
        var found = 0
        for group in 0..<summary.count where summary[group] != 0 {
            var words = summary[group]
            summary[group] = 0
            while words != 0 {
                let word = group &<< 6 | words.trailingZeroBitCount
                words &= words &- 1
                var marks = bits[word]
                bits[word] = 0
                while marks != 0 {
                    let row = word &<< 6 | marks.trailingZeroBitCount
                    order[found] = numbers[row]
                    sorted[found] = UInt32(truncatingIfNeeded: row)
                    found &+= 1
                    marks &= marks &- 1
                }
            }
        }
        order.resize(found)
        sorted.resize(found)
    }
}

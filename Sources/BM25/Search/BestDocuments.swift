internal import IndexCore

/// Keeps the `k` best of documents that are each offered once: score descending, then document id ascending.
///
/// A heap with the worst on top, ordered by one integer: scores are never negative, so their bits sort as they do.
struct BestDocuments {
    private struct Entry {
        /// The score's bits above the document's complement: greater is better.
        let rank: UInt64
        let passage: UInt32
    }

    private let capacity: Int
    private var heap: [Entry] = []
    /// What a rank must exceed to be kept.
    private var worst: UInt64 = 0

    init(k: Int) {
        capacity = max(0, k)
        worst = k > 0 ? 0 : .max
    }

    /// Whether a document with this score would be kept.
    @inline(__always)
    func admits(document: UInt32, score: Float) -> Bool {
        Self.rank(document, score) > worst
    }

    /// Keeps a document that ``admits(document:score:)`` said yes to.
    mutating func insert(document: UInt32, passage: UInt32, score: Float) {
        let entry = Entry(rank: Self.rank(document, score), passage: passage)
        if heap.count < capacity {
            heap.append(entry)
            guard heap.count == capacity else { return }
            for place in (0..<capacity / 2).reversed() {
                siftDown(heap[place], from: place)
            }
        } else {
            siftDown(entry, from: 0)
        }
        worst = heap[0].rank
    }

    /// The kept documents, best first.
    consuming func hits() -> [DocumentHit] {
        heap.sort { $0.rank > $1.rank }
        return heap.map { entry in
            DocumentHit(
                document: PassageID(~UInt32(truncatingIfNeeded: entry.rank)), passage: PassageID(entry.passage),
                score: Float(bitPattern: UInt32(entry.rank >> 32)))
        }
    }

    @inline(__always)
    private static func rank(_ document: UInt32, _ score: Float) -> UInt64 {
        UInt64(score.bitPattern) << 32 | UInt64(~document)
    }

    /// Puts `entry` where it belongs at or below `start`, whose entry it replaces.
    private mutating func siftDown(_ entry: Entry, from start: Int) {
        heap.withUnsafeMutableBufferPointer { heap in
            var place = start
            while true {
                var child = 2 * place + 1
                guard child < heap.count else { break }
                if child + 1 < heap.count, heap[child + 1].rank < heap[child].rank {
                    child += 1
                }
                guard heap[child].rank < entry.rank else { break }
                heap[place] = heap[child]
                place = child
            }
            heap[place] = entry
        }
    }
}

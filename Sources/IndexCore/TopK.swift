/// Keeps the `k` best of scored ids: score descending, then id ascending.
///
/// A binary heap with the worst kept entry on top; insertion costs O(1) when the entry is no better, O(log k) else.
public struct TopK<ID: Comparable & Sendable>: Sendable {
    /// A scored id.
    public struct Entry: Sendable {
        /// What was scored.
        public var id: ID
        /// Its score.
        public var score: Float

        @inlinable
        init(id: ID, score: Float) {
            self.id = id
            self.score = score
        }

        @inlinable
        func precedes(_ other: Entry) -> Bool {
            score != other.score ? score > other.score : id < other.id
        }
    }

    @usableFromInline let capacity: Int
    @usableFromInline var heap: [Entry] = []

    /// Keeps at most `k` entries.
    @inlinable
    public init(k: Int) {
        capacity = max(0, k)
    }

    /// The score an entry must reach to be kept: minus infinity until `k` are there.
    @inlinable
    public var threshold: Float {
        guard capacity > 0 else { return .infinity }
        return heap.count < capacity ? -.infinity : heap[0].score
    }

    /// Offers an entry.
    ///
    /// An id may be offered once. Scores that are not numbers are never kept.
    @inlinable
    public mutating func insert(_ id: ID, score: Float) {
        guard score >= threshold, capacity > 0 else { return }
        let entry = Entry(id: id, score: score)
        if heap.count < capacity {
            heap.append(entry)
            siftUp(heap.count - 1)
        } else if entry.precedes(heap[0]) {
            heap[0] = entry
            siftDown()
        }
    }

    /// The kept entries, best first.
    @inlinable
    public consuming func finish() -> [Entry] {
        heap.sorted { $0.precedes($1) }
    }

    @usableFromInline
    mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[parent].precedes(heap[index]) else { return }
            heap.swapAt(parent, index)
            index = parent
        }
    }

    @usableFromInline
    mutating func siftDown() {
        var index = 0
        while true {
            guard 2 * index + 1 < heap.count else { return }
            var worst = index
            for child in 2 * index + 1..<min(2 * index + 3, heap.count) where heap[worst].precedes(heap[child]) {
                worst = child
            }
            guard worst != index else { return }
            heap.swapAt(worst, index)
            index = worst
        }
    }
}

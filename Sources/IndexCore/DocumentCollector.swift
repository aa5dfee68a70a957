/// Keeps the `k` best documents, each with its best passage.
///
/// Hits arrive in any order. Inside a document the higher score wins, then the lower passage id; between documents
/// the higher score, then the lower document id. A heap with the worst kept document on top, and beside it a hash
/// table from document to heap position: O(1) for a hit below ``threshold``, O(log k) expected for any other.
public struct DocumentCollector: Sendable {
    /// The score a hit must reach to change the answer: minus infinity until `k` documents are there, then the score
    /// of the worst kept one.
    ///
    /// Never falls.
    public private(set) var threshold: Float

    private struct Entry {
        var hit: DocumentHit
        /// Where ``table`` holds this entry's position.
        var slot: Int
    }

    private let capacity: Int
    private var heap: [Entry] = []
    /// Heap position + 1 by document, open addressing with linear probing; 0 is a free slot.
    ///
    /// A power of two.
    private var table = [UInt32](repeating: 0, count: 16)

    /// Keeps at most `k` documents.
    public init(k: Int) {
        capacity = max(0, k)
        threshold = k > 0 ? -.infinity : .infinity
    }

    /// The number of documents kept so far.
    public var count: Int { heap.count }

    /// Offers a hit.
    ///
    /// Scores that are not numbers are never kept.
    @inlinable
    public mutating func insert(_ hit: DocumentHit) {
        guard hit.score >= threshold else { return }
        insertCandidate(hit)
    }

    /// The kept documents, best first.
    public consuming func finish() -> [DocumentHit] {
        heap.map(\.hit).sorted { $0.precedes($1) }
    }

    @usableFromInline
    mutating func insertCandidate(_ hit: DocumentHit) {
        guard capacity > 0 else { return }
        var slot = home(of: hit.document)
        while table[slot] != 0 {
            let position = Int(table[slot]) - 1
            if heap[position].hit.document == hit.document {
                improve(position, with: hit)
                return
            }
            slot = next(slot)
        }
        if heap.count < capacity {
            append(hit, slot: slot)
        } else if hit.precedes(heap[0].hit) {
            replaceWorst(with: hit)
        }
    }

    private mutating func improve(_ position: Int, with hit: DocumentHit) {
        let kept = heap[position].hit
        guard hit.score > kept.score || (hit.score == kept.score && hit.passage < kept.passage) else { return }
        heap[position].hit = hit
        if heap.count == capacity {
            siftDown(position)
            threshold = heap[0].hit.score
        }
    }

    private mutating func append(_ hit: DocumentHit, slot: Int) {
        heap.append(Entry(hit: hit, slot: slot))
        table[slot] = UInt32(heap.count)
        if heap.count * 2 > table.count {
            rebuildTable(slotCount: table.count * 2)
        }
        // Order matters only once something can be pushed out.
        if heap.count == capacity {
            for position in (0..<heap.count / 2).reversed() {
                siftDown(position)
            }
            threshold = heap[0].hit.score
        }
    }

    private mutating func replaceWorst(with hit: DocumentHit) {
        vacate(heap[0].slot)
        var slot = home(of: hit.document)
        while table[slot] != 0 {
            slot = next(slot)
        }
        table[slot] = 1
        heap[0] = Entry(hit: hit, slot: slot)
        siftDown(0)
        threshold = heap[0].hit.score
    }

    private mutating func siftDown(_ start: Int) {
        let moving = heap[start]
        var position = start
        while true {
            var child = 2 * position + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child].hit.precedes(heap[child + 1].hit) {
                child += 1
            }
            guard moving.hit.precedes(heap[child].hit) else { break }
            place(heap[child], at: position)
            position = child
        }
        place(moving, at: position)
    }

    private mutating func place(_ entry: Entry, at position: Int) {
        heap[position] = entry
        table[entry.slot] = UInt32(position + 1)
    }
}

// MARK: Table

extension DocumentCollector {
    /// Fibonacci hashing: consecutive document ids land far apart.
    private func home(of document: PassageID) -> Int {
        Int((document.rawValue &* 0x9E37_79B1) >> UInt32(32 - table.count.trailingZeroBitCount))
    }

    private func next(_ slot: Int) -> Int {
        (slot + 1) & (table.count - 1)
    }

    /// Frees a slot and moves later members of its run back, so that no probe ends too early.
    private mutating func vacate(_ slot: Int) {
        var hole = slot
        var probe = next(slot)
        while table[probe] != 0 {
            let position = Int(table[probe]) - 1
            let wanted = home(of: heap[position].hit.document)
            let mask = table.count - 1
            // The member may move unless its home lies behind the hole.
            if (probe - wanted) & mask >= (probe - hole) & mask {
                table[hole] = table[probe]
                heap[position].slot = hole
                hole = probe
            }
            probe = next(probe)
        }
        table[hole] = 0
    }

    private mutating func rebuildTable(slotCount: Int) {
        table = [UInt32](repeating: 0, count: slotCount)
        for position in heap.indices {
            var slot = home(of: heap[position].hit.document)
            while table[slot] != 0 {
                slot = next(slot)
            }
            table[slot] = UInt32(position + 1)
            heap[position].slot = slot
        }
    }
}

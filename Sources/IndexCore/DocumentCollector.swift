/// Keeps the `k` best documents, each with its best passage.
///
/// Hits arrive in any order. Inside a document the higher score wins, then the lower passage id; between documents
/// the higher score, then the lower document id. A heap with the worst kept document on top, and beside it a hash
/// table from document to heap position: O(1) for a hit below ``threshold``, O(log k) expected for any other. Of up to
/// 16 documents there is no table: looking at all of them takes less than keeping one.
public struct DocumentCollector: Sendable {
    /// The score a hit must reach to change the answer: minus infinity until `k` documents are there, then the score
    /// of the worst kept one.
    ///
    /// Never falls.
    public private(set) var threshold: Float

    private struct Entry: KeySortable {
        /// Orders entries by one integer: the score's bits above the document's complement; greater is better.
        var rank: UInt64
        var passage: UInt32
        /// Where ``table`` holds this entry's position.
        var slot: UInt32

        var document: UInt32 { ~UInt32(truncatingIfNeeded: rank) }
        /// The best first.
        var sortKey: UInt64 { ~rank }
        var score: Float { OrderedBits.score(UInt32(truncatingIfNeeded: rank >> 32)) }
    }

    private let capacity: Int
    private var heap: [Entry] = []
    /// Heap position + 1 by document, open addressing with linear probing; 0 is a free slot.
    ///
    /// A power of two; none where the heap is looked through instead.
    private var table: [UInt32]

    /// The most documents that are looked through.
    private static let scannedCount = 16

    /// Keeps at most `k` documents.
    public init(k: Int) {
        capacity = max(0, k)
        table = capacity <= Self.scannedCount ? [] : [UInt32](repeating: 0, count: 256)
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
        KeySort.sort(&heap)
        return heap.map {
            DocumentHit(document: PassageID($0.document), passage: PassageID($0.passage), score: $0.score)
        }
    }

    @usableFromInline
    mutating func insertCandidate(_ hit: DocumentHit) {
        guard capacity > 0 else { return }
        let document = hit.document.rawValue
        let rank = UInt64(OrderedBits.bits(hit.score)) << 32 | UInt64(~document)
        // What ranks below all kept documents is neither new nor better than its own entry.
        if heap.count == capacity, rank < heap[0].rank { return }
        let (position, slot) = find(document)
        if let position {
            improve(position, rank: rank, passage: hit.passage.rawValue)
        } else if heap.count < capacity {
            append(Entry(rank: rank, passage: hit.passage.rawValue, slot: UInt32(slot)))
        } else if rank > heap[0].rank {
            replaceWorst(rank: rank, passage: hit.passage.rawValue)
        }
    }

    /// A document's heap position, or where the table has room for it.
    private func find(_ document: UInt32) -> (position: Int?, slot: Int) {
        guard !table.isEmpty else { return (heap.firstIndex { $0.document == document }, 0) }
        var slot = home(of: document)
        while table[slot] != 0 {
            let position = Int(table[slot]) - 1
            if heap[position].document == document { return (position, slot) }
            slot = next(slot)
        }
        return (nil, slot)
    }

    private mutating func improve(_ position: Int, rank: UInt64, passage: UInt32) {
        var entry = heap[position]
        guard rank > entry.rank || (rank == entry.rank && passage < entry.passage) else { return }
        entry.rank = rank
        entry.passage = passage
        heap[position] = entry
        if heap.count == capacity {
            siftDown(entry, from: position)
            threshold = heap[0].score
        }
    }

    private mutating func append(_ entry: Entry) {
        if heap.isEmpty { heap.reserveCapacity(min(capacity, 128)) }
        heap.append(entry)
        if !table.isEmpty {
            table[Int(entry.slot)] = UInt32(heap.count)
            if heap.count * 2 > table.count {
                rebuildTable(slotCount: table.count * 2)
            }
        }
        // Order matters only once something can be pushed out.
        if heap.count == capacity {
            for position in (0..<heap.count / 2).reversed() {
                siftDown(heap[position], from: position)
            }
            threshold = heap[0].score
        }
    }

    private mutating func replaceWorst(rank: UInt64, passage: UInt32) {
        var slot = 0
        if !table.isEmpty {
            vacate(Int(heap[0].slot))
            slot = find(~UInt32(truncatingIfNeeded: rank)).slot
        }
        siftDown(Entry(rank: rank, passage: passage, slot: UInt32(slot)), from: 0)
        threshold = heap[0].score
    }

    /// Puts `entry` where it belongs at or below `start`, whose entry it replaces.
    private mutating func siftDown(_ entry: Entry, from start: Int) {
        heap.withUnsafeMutableBufferPointer { heap in
            if table.isEmpty {
                Self.siftDown(entry, from: start, heap) { _, _ in }
            } else {
                table.withUnsafeMutableBufferPointer { table in
                    Self.siftDown(entry, from: start, heap) { table[Int($0)] = UInt32($1 &+ 1) }
                }
            }
        }
    }

    /// The same; `note` is told of each slot whose entry has another position now.
    @inline(__always)
    private static func siftDown(
        _ entry: Entry, from start: Int, _ heap: UnsafeMutableBufferPointer<Entry>, note: (UInt32, Int) -> Void
    ) {
        var position = start
        while true {
            var child = 2 &* position &+ 1
            guard child < heap.count else { break }
            if child &+ 1 < heap.count, heap[child &+ 1].rank < heap[child].rank {
                child &+= 1
            }
            guard heap[child].rank < entry.rank else { break }
            heap[position] = heap[child]
            note(heap[child].slot, position)
            position = child
        }
        heap[position] = entry
        note(entry.slot, position)
    }
}

// MARK: Table

extension DocumentCollector {
    /// Fibonacci hashing: consecutive document ids land far apart.
    private func home(of document: UInt32) -> Int {
        Int((document &* 0x9E37_79B1) >> UInt32(32 - table.count.trailingZeroBitCount))
    }

    private func next(_ slot: Int) -> Int {
        (slot + 1) & (table.count - 1)
    }

    /// Frees a slot and moves later members of its run back, so that no probe ends too early.
    private mutating func vacate(_ slot: Int) {
        var hole = slot
        var probe = next(slot)
        let mask = table.count - 1
        while table[probe] != 0 {
            let position = Int(table[probe]) - 1
            let wanted = home(of: heap[position].document)
            // The member may move unless its home lies behind the hole.
            if (probe - wanted) & mask >= (probe - hole) & mask {
                table[hole] = table[probe]
                heap[position].slot = UInt32(hole)
                hole = probe
            }
            probe = next(probe)
        }
        table[hole] = 0
    }

    private mutating func rebuildTable(slotCount: Int) {
        table = [UInt32](repeating: 0, count: slotCount)
        for position in heap.indices {
            var slot = home(of: heap[position].document)
            while table[slot] != 0 {
                slot = next(slot)
            }
            table[slot] = UInt32(position + 1)
            heap[position].slot = UInt32(slot)
        }
    }
}

/// Scores as integers that sort as the scores do, so that one compare orders a score with its tie-breaker.
private enum OrderedBits {
    /// Negative scores count down from the middle; minus zero is zero.
    static func bits(_ score: Float) -> UInt32 {
        let bits = (score + 0).bitPattern
        return bits ^ (bits >> 31 == 0 ? 0x8000_0000 : 0xFFFF_FFFF)
    }

    static func score(_ bits: UInt32) -> Float {
        Float(bitPattern: bits ^ (bits >> 31 == 0 ? 0xFFFF_FFFF : 0x8000_0000))
    }
}

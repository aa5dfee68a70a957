/// A segment's terms: their text, where their postings begin, and a hash table to find them.
struct TermDictionary: Sendable {
    /// The number of terms.
    var count: Int { postingsStarts.count }
    /// Ordinal + 1 by hash; 0 is free.
    let slots: [UInt32]
    /// `count + 1` offsets into `text`.
    let starts: [UInt32]
    let text: [UInt8]
    let postingsStarts: [UInt32]

    /// Stored bytes.
    var byteCount: Int { (slots.count + starts.count + postingsStarts.count) * 4 + text.count }

    /// The bytes of a term.
    func withTerm<R>(_ ordinal: Int, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        text.withUnsafeBufferPointer {
            body(UnsafeBufferPointer(rebasing: $0[Int(starts[ordinal])..<Int(starts[ordinal + 1])]))
        }
    }

    /// Where the postings of a term begin.
    func postingsStart(_ ordinal: Int) -> Int { Int(postingsStarts[ordinal]) }

    /// The ordinal of a term, if the segment has it.
    func find(_ term: UnsafeBufferPointer<UInt8>, hash: UInt32) -> Int? {
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while slots[slot] != 0 {
            let ordinal = Int(slots[slot]) - 1
            if Int(starts[ordinal + 1] - starts[ordinal]) == term.count,
                withTerm(ordinal, { ByteTable.equal($0, term) })
            {
                return ordinal
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// Collects distinct terms in any order; their ordinals are the order of arrival.
    struct Builder {
        private var hashes: [UInt32] = []
        private var starts: [UInt32] = [0]
        private var text: [UInt8] = []
        private var postingsStarts: [UInt32] = []

        init(reservingCapacity count: Int) {
            hashes.reserveCapacity(count)
            starts.reserveCapacity(count + 1)
            postingsStarts.reserveCapacity(count)
            text.reserveCapacity(count * 7)
        }

        /// Adds a term whose postings begin at `postingsStart`.
        mutating func append(_ term: UnsafeBufferPointer<UInt8>, hash: UInt32, postingsStart: Int) {
            precondition(postingsStart <= Int(UInt32.max), "more than 4 GB of postings in one segment")
            hashes.append(hash)
            text.append(contentsOf: term)
            starts.append(UInt32(text.count))
            postingsStarts.append(UInt32(postingsStart))
        }

        /// The dictionary.
        consuming func build() -> TermDictionary {
            var slotCount = 4
            while slotCount * 3 < hashes.count * 4 {
                slotCount *= 2
            }
            var slots = [UInt32](repeating: 0, count: slotCount)
            for (ordinal, hash) in hashes.enumerated() {
                var slot = Int(hash) & (slotCount - 1)
                while slots[slot] != 0 {
                    slot = (slot + 1) & (slotCount - 1)
                }
                slots[slot] = UInt32(ordinal + 1)
            }
            return TermDictionary(slots: slots, starts: starts, text: text, postingsStarts: postingsStarts)
        }
    }

    init(slots: [UInt32], starts: [UInt32], text: [UInt8], postingsStarts: [UInt32]) {
        self.slots = slots
        self.starts = starts
        self.text = text
        self.postingsStarts = postingsStarts
    }
}

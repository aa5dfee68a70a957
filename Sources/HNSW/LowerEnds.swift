import IndexCore

/// What the k-th best document of a scan scores at least, known so far.
///
/// Rows come in by the hundred and few of them count, so they are put down as they come and settled together: one best
/// row a document, then a score that k of them reach by counting digits. O(1) for a row, O(rows since the last time + k) to settle.
struct LowerEnds {
    /// Minus infinity until k documents were settled; never falls.
    private(set) var threshold: Float = -.infinity

    private let k: Int
    /// Ordered score above document: up to k that are settled, and what came since.
    private var entries: [UInt64] = []
    private var settledCount = 0
    /// Place + 1 in ``entries`` by document, open addressing with linear probing; 0 is a free slot.
    private var places: [UInt32] = []
    /// How many scores have each value of a digit.
    private var digitCounts = [UInt32](repeating: 0, count: 256)

    /// - Parameter k: At least 1.
    init(k: Int) {
        self.k = k
    }

    /// Puts down what a row of a document scores at least.
    @inline(__always)
    mutating func add(_ lowerEnd: Float, document: UInt32) {
        guard lowerEnd >= threshold else { return }
        entries.append(UInt64(lowerEnd.orderedKey) << 32 | UInt64(document))
    }

    /// Raises ``threshold`` by what was put down, once there is enough of it to be worth the work.
    mutating func settle() {
        let least = settledCount < k ? k : settledCount + max(32, k / 2)
        guard entries.count >= least else { return }
        keepBestOfEachDocument()
        if entries.count >= k { keepGreatest() }
        settledCount = entries.count
    }

    private mutating func keepBestOfEachDocument() {
        let slots = max(64, (2 * entries.count).nextPowerOfTwo)
        if places.count == slots {
            for slot in places.indices { places[slot] = 0 }
        } else {
            places = [UInt32](repeating: 0, count: slots)
        }
        let shift = UInt32(32 - slots.trailingZeroBitCount)
        var kept = 0
        entries.withUnsafeMutableBufferPointer { entries in
            places.withUnsafeMutableBufferPointer { places in
                for entry in entries {
                    let document = UInt32(truncatingIfNeeded: entry)
                    // Fibonacci hashing: consecutive document ids land far apart.
                    var slot = Int((document &* 0x9E37_79B1) >> shift)
                    while places[slot] != 0,
                        UInt32(truncatingIfNeeded: entries[Int(places[slot]) &- 1]) != document
                    {
                        slot = (slot &+ 1) & (places.count &- 1)
                    }
                    if places[slot] == 0 {
                        entries[kept] = entry
                        kept &+= 1
                        places[slot] = UInt32(truncatingIfNeeded: kept)
                    } else if entries[Int(places[slot]) &- 1] < entry {
                        entries[Int(places[slot]) &- 1] = entry
                    }
                }
            }
        }
        entries.removeSubrange(kept...)
    }

    /// Raises the threshold to a score that k entries reach, and lets go of what lies below.
    ///
    /// Sixteen bits of a score tell most of them apart. Where they leave half as many again as k, the other sixteen decide,
    /// and of equal scores any k stay.
    private mutating func keepGreatest() {
        var border = Border()
        narrow(&border, shifts: [24, 16])
        var kept = keep(from: border.score)
        if kept > k + k / 2 {
            narrow(&border, shifts: [8, 0])
            kept = keep(from: border.score)
            if kept > k { keepAnyOfEqual(border.score) }
        }
        threshold = max(threshold, Float(orderedKey: border.score))
    }

    /// The leading bits of the k-th greatest score, as far as they are known.
    private struct Border {
        var score: UInt32 = 0
        var mask: UInt32 = 0
        /// Entries wanted among those that begin with these bits; nil for k.
        var rest: UInt32?
    }

    private mutating func narrow(_ border: inout Border, shifts: [UInt32]) {
        var rest = border.rest ?? UInt32(k)
        for shift in shifts {
            for digit in digitCounts.indices { digitCounts[digit] = 0 }
            for entry in entries {
                let score = UInt32(truncatingIfNeeded: entry &>> 32)
                if score & border.mask == border.score { digitCounts[Int(score &>> shift & 0xFF)] &+= 1 }
            }
            var digit = 255
            while digit > 0, digitCounts[digit] < rest {
                rest &-= digitCounts[digit]
                digit &-= 1
            }
            border.score |= UInt32(digit) &<< shift
            border.mask |= 0xFF &<< shift
        }
        border.rest = rest
    }

    /// Lets go of scores below `border`.
    /// - Returns: How many stay.
    private mutating func keep(from border: UInt32) -> Int {
        var kept = 0
        entries.withUnsafeMutableBufferPointer { entries in
            for entry in entries {
                entries[kept] = entry
                kept &+= UInt32(truncatingIfNeeded: entry &>> 32) >= border ? 1 : 0
            }
        }
        entries.removeSubrange(kept...)
        return kept
    }

    private mutating func keepAnyOfEqual(_ border: UInt32) {
        var surplus = entries.count - k
        entries.removeAll { entry in
            guard surplus > 0, UInt32(truncatingIfNeeded: entry &>> 32) == border else { return false }
            surplus -= 1
            return true
        }
    }
}

extension Int {
    fileprivate var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}

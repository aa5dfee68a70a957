/// Gathers the impacts of one block: the pairs (frequency, norm byte) that no other pair of the block beats.
///
/// Few frequencies occur in a block, so the smallest norm of each is kept in a table and swept from the greatest
/// frequency down. More than four pairs are joined, the joined pair being at least as good as its parts: a bound stays
/// a bound. Unsafe inside: the tables are raw memory.
struct ImpactCollector: ~Copyable {
    private static let none: UInt16 = 0x100
    private static let frequencyCount = PostingsFormat.maximumImpactFrequency + 1

    /// The smallest norm by frequency.
    private let norms = UnsafeMutablePointer<UInt16>.allocate(capacity: frequencyCount)
    private var greatest = 0
    private let pairs = UnsafeMutablePointer<Pair>.allocate(capacity: frequencyCount)

    private struct Pair {
        var frequency: Int
        var norm: Int
    }

    init() {
        norms.initialize(repeating: Self.none, count: Self.frequencyCount)
    }

    deinit {
        norms.deallocate()
        pairs.deallocate()
    }

    @inline(__always)
    mutating func add(frequency: UInt32, norm: UInt8) {
        let place = Int(min(frequency, UInt32(PostingsFormat.maximumImpactFrequency)))
        norms[place] = min(norms[place], UInt16(norm))
        greatest = max(greatest, place)
    }

    /// Adds what `other` has gathered.
    mutating func add(_ other: borrowing ImpactCollector) {
        for place in 0...other.greatest {
            norms[place] = min(norms[place], other.norms[place])
        }
        greatest = max(greatest, other.greatest)
    }

    /// The impacts of what was added, four at most, 16 bits each: frequency, then norm.
    ///
    /// `lengths` says, by norm, what a score adds to the frequency in its denominator; it decides only which pairs are
    /// joined.
    mutating func take(_ lengths: UnsafePointer<Float>) -> UInt64 {
        var count = 0
        var best = Self.none
        for frequency in stride(from: greatest, through: 0, by: -1) {
            let norm = norms[frequency]
            norms[frequency] = Self.none
            if norm < best {
                best = norm
                pairs[count] = Pair(frequency: frequency, norm: Int(norm))
                count += 1
            }
        }
        greatest = 0
        while count > 4 {
            join(&count, lengths)
        }
        var impacts: UInt64 = 0
        for place in 0..<count {
            impacts |= UInt64(pairs[place].norm << 8 | pairs[place].frequency) << UInt64(16 * place)
        }
        return impacts
    }

    /// Joins the two neighbours that lose the least by it.
    private func join(_ count: inout Int, _ lengths: UnsafePointer<Float>) {
        var cheapest = 0
        var leastLoss = Float.infinity
        for place in 0..<count - 1 {
            let left = pairs[place]
            let right = pairs[place + 1]
            let joined = Self.score(left.frequency, lengths[right.norm])
            let parts = max(
                Self.score(left.frequency, lengths[left.norm]), Self.score(right.frequency, lengths[right.norm]))
            if joined - parts < leastLoss {
                leastLoss = joined - parts
                cheapest = place
            }
        }
        pairs[cheapest].norm = pairs[cheapest + 1].norm
        for place in cheapest + 1..<count - 1 {
            pairs[place] = pairs[place + 1]
        }
        count -= 1
    }

    private static func score(_ frequency: Int, _ length: Float) -> Float {
        Float(frequency) / (Float(frequency) + length)
    }
}

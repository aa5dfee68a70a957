/// What the codes that a walk compared say of scores: how far an entry of its pool can be from its place.
///
/// Codes are off by a known amount (``VectorSegment``, Doubt): whoever scores the best of a walk exactly may stop where
/// what is left lies so far below that no doubt remains.
struct CodedScores {
    /// Standard deviations of the codes' error that two scores have to differ by for their order to be believed.
    ///
    /// Of 20 rows that may be scored for the best 10, 15.7 are with half bytes of 384 numbers and 12.7 of 1,536; with 3
    /// instead of 4 a search finds .0007 less (docs/decisions/0132).
    static let deviations: Float = 4
    /// What sums of products of unit vectors in `Float` may be off by, in whatever order they were made.
    static let rounding: Float = 0x1p-19

    /// Whether keys are ordered floats, not integers.
    let isFloat: Bool
    /// The score of an entry is about `base` + `unit` x its value.
    let base: Float
    let unit: Float
    /// What a score may be off by; infinite where nothing is known.
    let doubt: Float

    /// What an entry's key stands for.
    @inline(__always)
    static func value(of entry: UInt64, isFloat: Bool) -> Float {
        let key = CandidatePool.key(entry)
        return isFloat ? Float(orderedKey: key) : Float(Int32(bitPattern: key ^ 0x8000_0000))
    }

    /// What a row scores at most.
    func upperEnd(_ entry: UInt64) -> Float {
        base + unit * Self.value(of: entry, isFloat: isFloat) + doubt
    }

    /// How many of a walk's first `limit` entries may be among the best `k`, by what codes say alone.
    func contenders(_ pool: CandidatePool, k: Int, limit: Int) -> Int {
        let limit = min(limit, pool.count)
        guard k > 0, k < limit else { return limit }
        let needed = Self.value(of: pool.entries[k &- 1], isFloat: isFloat) - doubt / unit
        var count = k
        while count < limit, Self.value(of: pool.entries[count], isFloat: isFloat) >= needed {
            count &+= 1
        }
        return count
    }
}

/// Sorts the places of a range by side and, as far as their buckets tell them apart, by bias.
///
/// Unsafe inside: raw arrays, indexed by what it counted.
struct BiasSorter: ~Copyable {
    /// Documents from which there are more buckets.
    private static let greatCount = 1 << 10
    /// Buckets a side, of a great range and of another one; together they are 128 bits of bias wide, and what lies beyond is in
    /// the outermost.
    private static let bucketBits = (great: 11, small: 8)
    private static let spanBits = 17

    private let ends = RawArray<UInt32>(repeating: 0, count: 2 << bucketBits.great)

    func sort(
        _ range: Range<Int>, _ biases: borrowing RawArray<Int32>, _ sides: borrowing RawArray<UInt8>,
        into places: UnsafeMutablePointer<UInt32>
    ) {
        let bits = range.count > Self.greatCount ? Self.bucketBits.great : Self.bucketBits.small
        let shift = Int32(Self.spanBits - bits)
        let last = Int32(1 << bits - 1)
        let half = Int32(1 << (bits - 1))
        for bucket in 0..<2 << bits { ends[bucket] = 0 }
        @inline(__always)
        func bucket(_ place: Int) -> Int {
            Int(sides[place]) &<< bits &+ Int(min(max((biases[place] &>> shift) &+ half, 0), last))
        }
        for place in range { ends[bucket(place)] &+= 1 }
        var total: UInt32 = 0
        for bucket in 0..<2 << bits {
            let count = ends[bucket]
            ends[bucket] = total
            total &+= count
        }
        for place in range {
            let bucket = bucket(place)
            places[Int(ends[bucket])] = UInt32(truncatingIfNeeded: place)
            ends[bucket] &+= 1
        }
    }
}

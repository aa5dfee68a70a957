/// Finds the value that stands in the middle of some if they are sorted.
///
/// They are parted around one of them until few are left, without a branch that depends on a value: a third of the time that
/// exchanging them takes. Unsafe inside: raw arrays of a fixed size.
struct SampleMiddle: ~Copyable {
    /// Values that are looked at, of more those at equal distances.
    static let capacity = 1 << 13
    /// Values that are sorted by insertion.
    private static let shortCount = 16

    private let values = RawArray<Int32>(repeating: 0, count: capacity)
    private let less = RawArray<Int32>(repeating: 0, count: capacity)
    private let greater = RawArray<Int32>(repeating: 0, count: capacity)

    /// The middle of `count` values, of which there is one at least.
    func middle(of source: UnsafePointer<Int32>, count: Int) -> Int32 {
        var rest = min(count, Self.capacity)
        for number in 0..<rest {
            values[number] = source[rest == count ? number : number &* count / rest]
        }
        var wanted = rest / 2
        while rest > Self.shortCount {
            let pivot = Self.median(values[rest / 4], values[rest / 2], values[rest &- 1 &- rest / 4])
            var lessCount = 0
            var greaterCount = 0
            for number in 0..<rest {
                let value = values[number]
                less[lessCount] = value
                lessCount &+= value < pivot ? 1 : 0
                greater[greaterCount] = value
                greaterCount &+= value > pivot ? 1 : 0
            }
            if wanted < lessCount {
                values.base.update(from: less.base, count: lessCount)
                rest = lessCount
            } else if wanted >= rest &- greaterCount {
                wanted &-= rest &- greaterCount
                values.base.update(from: greater.base, count: greaterCount)
                rest = greaterCount
            } else {
                return pivot
            }
        }
        for number in 1..<max(1, rest) {
            let value = values[number]
            var hole = number
            while hole > 0, values[hole &- 1] > value {
                values[hole] = values[hole &- 1]
                hole &-= 1
            }
            values[hole] = value
        }
        return values[wanted]
    }

    private static func median(_ first: Int32, _ second: Int32, _ third: Int32) -> Int32 {
        max(min(first, second), min(max(first, second), third))
    }
}

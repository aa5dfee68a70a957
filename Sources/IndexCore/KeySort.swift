/// Sorts some hundred small values by whole numbers, where the guesses of a general sort would cost more than its work.
package enum KeySort {
    /// Runs that are sorted by insertion before they are merged.
    @usableFromInline
    static let runCount = 8

    /// Sorts by ascending keys; equal keys stay in their order.
    ///
    /// Merges without a branch on what is compared: O(n log n), some nanoseconds an element and doubling, and room for n.
    @inlinable
    package static func sort<Element: BitwiseCopyable>(_ elements: inout [Element], by key: (Element) -> UInt64) {
        let count = elements.count
        guard count > 1 else { return }
        elements.withUnsafeMutableBufferPointer { elements in
            withUnsafeTemporaryAllocation(of: Element.self, capacity: count) { scratch in
                guard let home = elements.baseAddress, var target = scratch.baseAddress else { return }
                for first in stride(from: 0, to: count, by: runCount) {
                    insert(home, first..<min(first + runCount, count), by: key)
                }
                var source = home
                var width = runCount
                while width < count {
                    for first in stride(from: 0, to: count, by: 2 * width) {
                        let middle = min(first + width, count)
                        merge(source, first..<middle, middle..<min(middle + width, count), into: target, by: key)
                    }
                    swap(&source, &target)
                    width *= 2
                }
                if source != home { home.update(from: source, count: count) }
            }
        }
    }

    @inlinable
    @inline(__always)
    static func insert<Element>(
        _ elements: UnsafeMutablePointer<Element>, _ range: Range<Int>, by key: (Element) -> UInt64
    ) {
        for next in range.dropFirst() {
            let element = elements[next]
            let wanted = key(element)
            var hole = next
            while hole > range.lowerBound, key(elements[hole &- 1]) > wanted {
                elements[hole] = elements[hole &- 1]
                hole &-= 1
            }
            elements[hole] = element
        }
    }

    @inlinable
    @inline(__always)
    static func merge<Element>(
        _ source: UnsafeMutablePointer<Element>, _ left: Range<Int>, _ right: Range<Int>,
        into target: UnsafeMutablePointer<Element>, by key: (Element) -> UInt64
    ) {
        var (one, other, place) = (left.lowerBound, right.lowerBound, left.lowerBound)
        while one < left.upperBound, other < right.upperBound {
            let takesOther = key(source[other]) < key(source[one])
            target[place] = source[takesOther ? other : one]
            other &+= takesOther ? 1 : 0
            one &+= takesOther ? 0 : 1
            place &+= 1
        }
        let rest = left.upperBound - one
        (target + place).update(from: source + one, count: rest)
        (target + place + rest).update(from: source + other, count: right.upperBound - other)
    }
}

extension Double {
    /// A whole number that is greater where this is greater; both zeros are one.
    ///
    /// Not for what is no number.
    package var orderedKey: UInt64 {
        let bits = (self + 0).bitPattern
        return bits ^ (bits >> 63 == 0 ? 1 << 63 : .max)
    }
}

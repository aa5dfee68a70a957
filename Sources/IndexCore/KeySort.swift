/// What is sorted by a whole number.
public protocol KeySortable: BitwiseCopyable {
    /// Less goes first.
    var sortKey: UInt64 { get }
}

extension UInt64: KeySortable {
    /// Itself.
    @inlinable public var sortKey: UInt64 { self }
}

/// Sorts some hundred small values by whole numbers, where the guesses of a general sort would cost more than its work.
public enum KeySort {
    /// Runs that are sorted by insertion before they are merged.
    @inlinable
    static var runCount: Int { 8 }

    /// Sorts by ascending keys; equal keys stay in their order.
    ///
    /// Merges without a branch on what is compared: O(n log n), some nanoseconds an element and doubling, and room for n.
    @inlinable
    public static func sort<Element: KeySortable>(_ elements: inout [Element]) {
        let count = elements.count
        guard count > 1 else { return }
        let scratch = UnsafeMutablePointer<Element>.allocate(capacity: count)
        defer { scratch.deallocate() }
        elements.withUnsafeMutableBufferPointer { elements in
            guard let home = elements.baseAddress else { return }
            for first in stride(from: 0, to: count, by: runCount) {
                insert(home, first..<min(first + runCount, count))
            }
            var (source, target) = (home, scratch)
            var width = runCount
            while width < count {
                for first in stride(from: 0, to: count, by: 2 * width) {
                    let middle = min(first + width, count)
                    merge(source, first..<middle, middle..<min(middle + width, count), into: target)
                }
                swap(&source, &target)
                width *= 2
            }
            if source != home { home.update(from: source, count: count) }
        }
    }

    @inlinable
    static func insert<Element: KeySortable>(_ elements: UnsafeMutablePointer<Element>, _ range: Range<Int>) {
        for next in range.dropFirst() {
            let element = elements[next]
            var hole = next
            while hole > range.lowerBound, elements[hole &- 1].sortKey > element.sortKey {
                elements[hole] = elements[hole &- 1]
                hole &-= 1
            }
            elements[hole] = element
        }
    }

    @inlinable
    static func merge<Element: KeySortable>(
        _ source: UnsafeMutablePointer<Element>, _ left: Range<Int>, _ right: Range<Int>,
        into target: UnsafeMutablePointer<Element>
    ) {
        var (one, other, place) = (left.lowerBound, right.lowerBound, left.lowerBound)
        while one < left.upperBound, other < right.upperBound {
            let takesOther = source[other].sortKey < source[one].sortKey
            target[place] = source[takesOther ? other : one]
            other &+= takesOther ? 1 : 0
            one &+= takesOther ? 0 : 1
            place &+= 1
        }
        // One of the two is empty, and the other short.
        while one < left.upperBound {
            target[place] = source[one]
            one &+= 1
            place &+= 1
        }
        while other < right.upperBound {
            target[place] = source[other]
            other &+= 1
            place &+= 1
        }
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

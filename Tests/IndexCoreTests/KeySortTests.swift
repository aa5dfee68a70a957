import IndexCore
import TestKit
import Testing

struct KeySortTests {
    private struct Item: KeySortable, Equatable {
        var sortKey: UInt64
        var place: Int
    }

    @Test(arguments: [0, 1, 2, 7, 8, 9, 16, 17, 100, 255, 256, 257, 1_000], [1, 5, UInt64.max])
    func sortsAsAStableSortDoes(count: Int, greatest: UInt64) {
        var random = SeededRandom(seed: UInt64(count) ^ greatest)
        var items = (0..<count).map { Item(sortKey: UInt64.random(in: 0...greatest, using: &random), place: $0) }
        let expected = items.sorted { ($0.sortKey, $0.place) < ($1.sortKey, $1.place) }
        KeySort.sort(&items)
        #expect(items == expected)
        var keys = items.map { ~$0.sortKey }
        KeySort.sort(&keys)
        #expect(keys == items.map { ~$0.sortKey }.reversed())
    }

    @Test func doublesAreOrderedByTheirKeys() {
        let numbers = [
            -Double.infinity, -2, -1e-300, 0, Double.leastNonzeroMagnitude, 1e-300, 0.5, 1, 1e300, .infinity,
        ]
        #expect(
            numbers.map(\.orderedKey) == numbers.map(\.orderedKey).sorted()
                && Set(numbers.map(\.orderedKey)).count == 10)
        #expect((-0.0).orderedKey == 0.0.orderedKey)
    }
}

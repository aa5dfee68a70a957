import IndexCore
import TestKit
import Testing

@Suite struct IDSetCountTests {
    @Test(arguments: 0..<20 as Range<UInt64>)
    func intersectionsAreCountedAsTheyAreMade(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var sets = [IDSet(), IDSet()]
        for index in sets.indices {
            let limit = UInt32.random(in: 1...40_000, using: &random)
            for _ in 0..<Int.random(in: 0...3_000, using: &random) {
                sets[index].insert(PassageID(UInt32.random(in: 0..<limit, using: &random)))
            }
        }
        #expect(sets[0].intersectionCount(sets[1]) == sets[0].intersection(sets[1]).count)
        #expect(sets[1].intersectionCount(sets[0]) == sets[0].intersectionCount(sets[1]))
        #expect(sets[0].intersectionCount(sets[0]) == sets[0].count && sets[0].intersectionCount(IDSet()) == 0)
    }
}

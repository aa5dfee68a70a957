import IndexCore
import TestKit
import Testing

@Suite struct IDSetTests {
    private func members(_ set: IDSet) -> [UInt32] {
        var found: [UInt32] = []
        set.forEach { found.append($0.rawValue) }
        return found
    }

    private func make(_ ids: Set<UInt32>) -> IDSet {
        var set = IDSet()
        for id in ids {
            set.insert(PassageID(id))
        }
        return set
    }

    /// Ids crowded around chunk borders, where mistakes would be.
    private func randomID(_ random: inout SeededRandom) -> UInt32 {
        let near = UInt32.random(in: 0..<5, using: &random) * 4_096
        return near &+ UInt32.random(in: 0..<80, using: &random) &- (near > 0 ? 40 : 0)
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func behavesAsASetOfNumbers(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var set = IDSet()
        var model = Set<UInt32>()
        for _ in 0..<4_000 {
            let id = randomID(&random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<4:
                #expect(set.insert(PassageID(id)) == model.insert(id).inserted)
            case 4..<6:
                #expect(set.remove(PassageID(id)) == (model.remove(id) != nil))
            case 6:
                let range = id..<id + UInt32.random(in: 0..<100, using: &random)
                set.insert(range)
                model.formUnion(range)
            default:
                let range = id..<id + UInt32.random(in: 0..<100, using: &random)
                set.remove(range)
                model.subtract(range)
            }
            #expect(set.count == model.count)
            #expect(set.isEmpty == model.isEmpty)
        }
        #expect(members(set) == model.sorted())
        for _ in 0..<1_000 {
            let id = randomID(&random)
            #expect(set.contains(PassageID(id)) == model.contains(id))
        }
        #expect(!set.contains(PassageID(.max)))
    }

    @Test(arguments: [UInt64(5), 6, 7])
    func algebraAgreesWithSets(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let left = Set((0..<300).map { _ in randomID(&random) })
        let right = Set((0..<300).map { _ in randomID(&random) })
        #expect(members(make(left).intersection(make(right))) == left.intersection(right).sorted())
        #expect(members(make(left).union(make(right))) == left.union(right).sorted())
        #expect(members(make(left).subtracting(make(right))) == left.subtracting(right).sorted())
        #expect(make(left).union(make(right)).count == left.union(right).count)
    }

    @Test func copiesAreIndependent() {
        var original = make([1, 5_000, 9_000])
        var copy = original
        copy.remove(PassageID(5_000))
        copy.insert(PassageID(2))
        original.insert(PassageID(3))
        #expect(members(original) == [1, 3, 5_000, 9_000])
        #expect(members(copy) == [1, 2, 9_000])
    }

    @Test func equalityIgnoresEmptiedChunks() {
        var emptied = make([7, 20_000])
        emptied.remove(PassageID(20_000))
        #expect(emptied == make([7]))
        #expect(make([7]) == emptied)
        #expect(emptied != make([8]))
        #expect(emptied.chunkIndices == [0])
    }

    @Test(arguments: [UInt64(8), 9])
    func chunksRoundTrip(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let set = make(Set((0..<500).map { _ in randomID(&random) }))
        var restored = make([4_095, 4_096])
        restored.setChunkToZeros()
        for index in set.chunkIndices {
            let bytes = set.chunkBytes(index)
            #expect(bytes.count == IDSet.chunkBitCount / 8)
            try restored.setChunk(index, bytes: bytes)
        }
        #expect(restored == set)
        #expect(restored.count == set.count)
        #expect(members(restored) == members(set))
    }

    @Test func bytesAreLittleEndianWords() {
        #expect(make([4_096]).chunkBytes(1) == [1] + [UInt8](repeating: 0, count: 511))
        #expect(make([9]).chunkBytes(0).prefix(3) == [0, 2, 0])
        #expect(IDSet().chunkBytes(3) == [UInt8](repeating: 0, count: 512))
    }

    @Test func aBadChunkIsRefusedAndChangesNothing() {
        var set = make([1, 2])
        for count in [0, 511, 513] {
            #expect(throws: IndexError.corruptChunk(index: 0, byteCount: count)) {
                try set.setChunk(0, bytes: [UInt8](repeating: 255, count: count))
            }
        }
        #expect(throws: IndexError.corruptChunk(index: 1 << 20, byteCount: 512)) {
            try set.setChunk(1 << 20, bytes: [UInt8](repeating: 255, count: 512))
        }
        #expect(members(set) == [1, 2])
    }
}

extension IDSet {
    /// Empties the first two chunks through their stored form.
    fileprivate mutating func setChunkToZeros() {
        for index in [UInt32(0), 1] {
            try? setChunk(index, bytes: [UInt8](repeating: 0, count: 512))
        }
    }
}

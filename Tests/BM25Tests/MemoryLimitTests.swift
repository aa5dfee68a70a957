import BM25
import IndexCore
import TestKit
import Testing

@Suite("Room in memory")
struct MemoryLimitTests {
    /// A passage of words that share nothing, some 250 bytes each.
    private static func segment(_ id: UInt32, words: Int, _ random: inout SeededRandom) -> BM25Segment {
        // Words are pieces of one random text: sorted they have next to nothing in common.
        let letters = (0..<65_536).map { _ in UInt8.random(in: UInt8(ascii: "a")...UInt8(ascii: "z"), using: &random) }
        var text: [UInt8] = []
        for _ in 0..<words {
            let start = Int.random(in: 0..<letters.count - 248, using: &random)
            text += letters[start..<start + 248]
            text.append(UInt8(ascii: " "))
        }
        var builder = BM25SegmentBuilder()
        builder.add(
            PassageID(id), document: PassageID(id), title: "", text: String(decoding: text, as: UTF8.self))
        return builder.build()
    }

    @Test("memory is full from 48 MB until a flush has made room", arguments: [UInt64(1)])
    func full(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var index = BM25Index()
        var live = IDSet()
        for id in UInt32(1)...8 {
            #expect(!index.isMemoryFull && index.memoryByteCount < 48 << 20)
            live.insert(PassageID(id))
            index.append(Self.segment(id, words: 20_000, &random), live: live)
            if index.memoryByteCount >= 48 << 20 { break }
        }
        #expect(index.isMemoryFull && index.memoryByteCount >= 48 << 20)
        let due = index.pendingFlush()
        let plan = try #require(due)
        // What is on its way to a file is still in memory.
        #expect(index.isMemoryFull)
        let segment = try plan.run(live: live)
        let isInstalled = index.install(segment, from: plan)
        #expect(isInstalled)
        #expect(!index.isMemoryFull && index.memoryByteCount == 0 && index.byteCount >= 48 << 20)
    }
}

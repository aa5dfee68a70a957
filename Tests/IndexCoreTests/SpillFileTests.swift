import Glibc
import IndexCore
import TestKit
import Testing

@Suite struct SpillFileTests {
    @Test(arguments: [UInt64(1), 2])
    func bytesStayWhileItGrows(seed: UInt64) throws {
        let directory = try TemporaryDirectory("spill")
        let file = try #require(SpillFile(in: SpillFolder(path: directory.path), byteCount: 1))
        var random = SeededRandom(seed: seed)
        var bytes: [UInt8] = []
        for _ in 0..<6 {
            let more = (0..<Int.random(in: 1...300_000, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            #expect(file.grow(to: bytes.count + more.count))
            UnsafeMutableRawBufferPointer(start: file.base + bytes.count, count: more.count).copyBytes(from: more)
            bytes += more
            #expect(UnsafeRawBufferPointer(start: file.base, count: bytes.count).elementsEqual(bytes))
        }
        // What was asked for once is there, and a smaller wish changes nothing.
        let base = file.base
        #expect(file.grow(to: 1) && file.base == base)
        // It has no name: a folder with a name in it cannot be removed.
        #expect(rmdir(directory.path) == 0)
    }

    @Test func noRoomIsAnAnswer() throws {
        let directory = try TemporaryDirectory("spill")
        let folder = SpillFolder(path: directory.path)
        #expect(SpillFile(in: SpillFolder(path: directory.path + "/missing"), byteCount: 1) == nil)
        #expect(SpillFile(in: folder, byteCount: 1 << 60) == nil)
        let file = try #require(SpillFile(in: folder, byteCount: 100))
        file.base.storeBytes(of: 7, as: UInt8.self)
        let base = file.base
        #expect(!file.grow(to: 1 << 60))
        #expect(file.base == base && base.load(as: UInt8.self) == 7)
    }

    @Test func sectionsKeepTheirFile() throws {
        let directory = try TemporaryDirectory("spill")
        weak var kept: SpillFile?
        do {
            let file = try #require(SpillFile(in: SpillFolder(path: directory.path), byteCount: 5))
            UnsafeMutableRawBufferPointer(start: file.base, count: 5).copyBytes(from: [1, 2, 3, 4, 5])
            kept = file
            let sections = SegmentSections(adopting: [
                (
                    SegmentSections.Name("ABCD"),
                    OwnedBytes(bytes: UnsafeMutableRawBufferPointer(start: file.base, count: 5), file: file)
                )
            ])
            #expect(sections.copies.map(\.bytes) == [[1, 2, 3, 4, 5]])
        }
        #expect(kept == nil)
    }
}

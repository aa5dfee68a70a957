import Glibc
import IndexCore
import TestKit
import Testing

/// Files of the tests: a few sections of known bytes.
struct SegmentSample {
    static let kind = SegmentKind("test")
    let directory: TemporaryDirectory
    let file: SegmentFile

    init(_ sections: [(String, [UInt8])]) throws {
        directory = try TemporaryDirectory("segment")
        file = try Self.write(sections, in: directory)
    }

    static func write(_ sections: [(String, [UInt8])], in directory: TemporaryDirectory, name: String = "sample") throws
        -> SegmentFile
    {
        var writer = try SegmentFileWriter(folder: directory.path, kind: kind)
        for (name, bytes) in sections {
            try writer.beginSection(name)
            try writer.append(bytes)
        }
        return try writer.publish { _ in name }
    }

    /// Three sections: one empty, one of a few bytes, one that reaches into a third piece.
    static func threeSections(seed: UInt64) -> [(String, [UInt8])] {
        var random = SeededRandom(seed: seed)
        let long = (0..<140_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        return [("head", Array("a few bytes".utf8)), ("empty", []), ("postings", long)]
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY)
        #expect(descriptor >= 0)
        defer { close(descriptor) }
        var status = stat()
        fstat(descriptor, &status)
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        #expect(read(descriptor, &bytes, bytes.count) == bytes.count)
        return bytes
    }

    static func store(_ bytes: [UInt8], at path: String) {
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        #expect(descriptor >= 0 && Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
    }
}

@Suite struct SegmentFileTests {
    @Test func `sections come back as they were written`() throws {
        let sections = SegmentSample.threeSections(seed: 1)
        let sample = try SegmentSample(sections)
        #expect(sample.file.sectionNames == ["head", "empty", "postings"])
        for (name, bytes) in sections {
            let found = try #require(sample.file.section(name))
            #expect(Array(found) == bytes)
            #expect(UInt(bitPattern: found.baseAddress) % 64 == 0)
        }
        #expect(sample.file.section("tail") == nil)
        #expect(!sample.file.isVerified)
        #expect(sample.file.verify() == nil)
        #expect(sample.file.isVerified)
        let again = try SegmentFile(sample.file.path, kind: SegmentSample.kind)
        #expect(again.verify() == nil && again.byteCount == sample.file.byteCount)
    }

    /// The worked example of docs/formats.md.
    @Test func `the bytes are those of the documentation`() throws {
        let sample = try SegmentSample([("abc", Array("hello".utf8)), ("n", [1, 2, 3])])
        let bytes = try SegmentSample.bytes(sample.file.path)
        #expect(bytes.count == 4_199)
        func text(_ range: Range<Int>) -> String {
            bytes[range].map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
        #expect(text(0..<16) == "43524c494e4445580100000074657374")
        #expect(text(16..<32) == "67100000000000004310000000000000")
        #expect(text(32..<40) == "0200000000000100")
        #expect(text(64..<96) == "61626300000000000010000000000000" + "05000000000000000000000000000000")
        #expect(text(96..<128) == "6e000000000000004010000000000000" + "03000000000000000000000000000000")
        #expect(bytes[40..<64].allSatisfy { $0 == 0 } && bytes[128..<4_096].allSatisfy { $0 == 0 })
        #expect(text(4_096..<4_101) == "68656c6c6f" && bytes[4_101..<4_160].allSatisfy { $0 == 0 })
        #expect(text(4_160..<4_163) == "010203")
        #expect(text(4_163..<4_167) == "b20e7465")
        #expect(text(4_167..<4_183) == "67100000000000000a4b55dd38fee5d7")
        #expect(text(4_183..<4_199) == "000000000000000043524c58454e440a")
    }

    @Test func `any byte that changes is reported`() throws {
        let sample = try SegmentSample([("head", Array("a few bytes".utf8)), ("tail", [1, 2, 3])])
        let bytes = try SegmentSample.bytes(sample.file.path)
        let path = sample.directory.appending("flipped")
        for index in bytes.indices {
            var wrong = bytes
            wrong[index] ^= UInt8(1 << (index % 8))
            SegmentSample.store(wrong, at: path)
            do throws(SegmentFileError) {
                let file = try SegmentFile(path, kind: SegmentSample.kind)
                #expect(file.verify() != nil && file.isDamaged, "byte \(index)")
            } catch {
                guard case .damaged(path, _) = error else {
                    Issue.record("byte \(index): \(error)")
                    continue
                }
            }
        }
    }

    @Test func `a file of any other length is refused`() throws {
        let sample = try SegmentSample([("head", Array("a few bytes".utf8)), ("tail", [1, 2, 3])])
        let bytes = try SegmentSample.bytes(sample.file.path)
        let path = sample.directory.appending("cut")
        SegmentSample.store(bytes, at: path)
        for count in (0..<bytes.count).reversed() {
            #expect(truncate(path, off_t(count)) == 0)
            #expect(throws: SegmentFileError.self) { try SegmentFile(path, kind: SegmentSample.kind) }
        }
        SegmentSample.store(bytes + [0], at: path)
        #expect(throws: SegmentFileError.self) { try SegmentFile(path, kind: SegmentSample.kind) }
    }

    @Test func `a piece is named by its number`() throws {
        let sample = try SegmentSample(SegmentSample.threeSections(seed: 2))
        var bytes = try SegmentSample.bytes(sample.file.path)
        bytes[4_096 + 65_536 + 17] ^= 1
        let path = sample.directory.appending("rotten")
        SegmentSample.store(bytes, at: path)
        let file = try SegmentFile(path, kind: SegmentSample.kind)
        #expect(!file.isDamaged)
        #expect(file.verify() == .piece(1))
        #expect(file.isDamaged && !file.isVerified)
    }

    /// Pieces are checked three at a time, and what is left one by one.
    @Test func `each piece is named by its number`() throws {
        var random = SeededRandom(seed: 5)
        let long = (0..<7 * 65_536 + 100).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let sample = try SegmentSample([("postings", long)])
        let bytes = try SegmentSample.bytes(sample.file.path)
        let path = sample.directory.appending("rotten")
        for piece in 0..<8 {
            var wrong = bytes
            wrong[4_096 + 65_536 * piece + 17] ^= 1
            SegmentSample.store(wrong, at: path)
            let file = try SegmentFile(path, kind: SegmentSample.kind)
            // Pieces that were looked at before do not hide those beside them.
            let section = try #require(file.section("postings"))
            let other = (piece + 1) % 7
            #expect(file.check(UnsafeRawBufferPointer(rebasing: section[65_536 * other..<65_536 * other + 1])))
            #expect(file.verify() == .piece(piece))
        }
        #expect(try SegmentFile(sample.file.path, kind: SegmentSample.kind).verify() == nil)
    }

    @Test func `a part is checked for itself`() throws {
        let sample = try SegmentSample(SegmentSample.threeSections(seed: 3))
        var bytes = try SegmentSample.bytes(sample.file.path)
        bytes[4_096 + 65_536 + 17] ^= 1
        let path = sample.directory.appending("rotten")
        SegmentSample.store(bytes, at: path)
        let file = try SegmentFile(path, kind: SegmentSample.kind)
        let long = try #require(file.section("postings"))
        func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: long[range]) }
        #expect(file.check(part(0..<10)) && file.check(part(135_000..<140_000)))
        #expect(file.check(part(9..<9)) && !file.isVerified && !file.isDamaged)
        // Bytes that are right, in a piece that is not.
        #expect(!file.check(part(65_500..<65_501 + 200)) && file.isDamaged)
        #expect(!file.check(part(0..<10)))
        #expect(file.verify() == .piece(1))
        let sound = try SegmentFile(sample.file.path, kind: SegmentSample.kind)
        for name in sound.sectionNames { #expect(sound.check(try #require(sound.section(name)))) }
        #expect(!sound.isVerified && sound.verify() == nil && sound.isVerified)
        let other = try SegmentFile(sample.file.path, kind: SegmentSample.kind)
        #expect(!other.check(long), "bytes of another file")
        #expect(![1, 2, 3].withUnsafeBytes { other.check($0) } && !other.isDamaged)
    }

    @Test func `a checksum that rots is found by whoever needs it`() throws {
        let sample = try SegmentSample(SegmentSample.threeSections(seed: 4))
        var bytes = try SegmentSample.bytes(sample.file.path)
        bytes[bytes.count - 33] ^= 1
        let path = sample.directory.appending("rotten")
        SegmentSample.store(bytes, at: path)
        let file = try SegmentFile(path, kind: SegmentSample.kind)
        let head = try #require(file.section("head"))
        #expect(!file.check(head) && file.isDamaged)
    }

    @Test func `what is not ours is refused for its reason`() throws {
        let sample = try SegmentSample([("head", [1])])
        let path = sample.file.path
        #expect(throws: SegmentFileError.damaged(path: path, .kind("test"))) {
            try SegmentFile(path, kind: SegmentKind("bm25"))
        }
        let link = sample.directory.appending("link")
        #expect(symlink(path, link) == 0)
        #expect(throws: SegmentFileError.system(path: link, operation: "open", code: ELOOP)) {
            try SegmentFile(link, kind: SegmentSample.kind)
        }
        let nothing = sample.directory.appending("nothing")
        let missing = #expect(throws: SegmentFileError.self) { try SegmentFile(nothing, kind: SegmentSample.kind) }
        #expect(missing?.isMissing == true)
        #expect(throws: SegmentFileError.self) {
            try SegmentFile(sample.directory.path, kind: SegmentSample.kind)
        }
    }

    @Test func `a writer that is dropped leaves nothing`() throws {
        let directory = try TemporaryDirectory("segment")
        do {
            var writer = try SegmentFileWriter(folder: directory.path, kind: SegmentSample.kind)
            try writer.beginSection("head")
            #expect(throws: SegmentFileError.self) { try writer.beginSection("head") }
            #expect(throws: SegmentFileError.self) { try writer.beginSection("ninechars") }
            try writer.append([1, 2, 3])
            #expect(SegmentSampleFolder.names(directory.path).count == 1)
        }
        #expect(SegmentSampleFolder.names(directory.path).isEmpty)
    }

    @Test func `equal sections make equal bytes`() throws {
        let directory = try TemporaryDirectory("segment")
        let sections = SegmentSample.threeSections(seed: 3)
        let one = try SegmentSample.write(sections, in: directory, name: "one")
        let two = try SegmentSample.write(sections, in: directory, name: "two")
        #expect(try SegmentSample.bytes(one.path) == SegmentSample.bytes(two.path))
        // The name is made of these bytes.
        var writer = try SegmentFileWriter(folder: directory.path, kind: SegmentSample.kind)
        try writer.beginSection("n")
        let named = try writer.publish { String(Checksum.crc32c($0), radix: 16) }
        let sum = try SegmentSample.bytes(named.path).withUnsafeBytes { String(Checksum.crc32c($0), radix: 16) }
        #expect(named.name == sum)
    }

    @Test func `a file that is removed or replaced stays readable`() throws {
        let sample = try SegmentSample(SegmentSample.threeSections(seed: 4))
        let section = try #require(sample.file.section("postings"))
        unlink(sample.file.path)
        _ = try SegmentSample.write([("head", [1])], in: sample.directory)
        #expect(Array(section) == SegmentSample.threeSections(seed: 4)[2].1)
        #expect(sample.file.verify() == nil)
    }

    /// The signal is a real one: without the handler it ends the test process.
    @Test func `a file cut short under its reader reads as zeros and is marked`() throws {
        let sample = try SegmentSample(SegmentSample.threeSections(seed: 5))
        let other = try SegmentSample(SegmentSample.threeSections(seed: 6))
        let section = try #require(sample.file.section("postings"))
        let before = Array(section)
        #expect(truncate(sample.file.path, 4_096 + 65_536) == 0)
        #expect(!sample.file.isDamaged)
        let after = Array(section)
        // What is left of the file is as it was; from the page that is gone on there are zeros.
        let left = 65_536 - 64
        #expect(after[..<left] == before[..<left])
        #expect(after[left...].allSatisfy { $0 == 0 })
        #expect(sample.file.isDamaged)
        #expect(sample.file.verify() == .unreadable)
        #expect(!other.file.isDamaged && other.file.verify() == nil)
    }

    @Test func `elsewhere the signal does what it always did`() async {
        await #expect(processExitsWith: .signal(SIGBUS)) {
            let sample = try SegmentSample([("head", [1])])
            let descriptor = open(sample.file.path, O_RDONLY)
            let unregistered = mmap(nil, 8_192, PROT_READ, MAP_SHARED, descriptor, 0)
            _ = truncate(sample.file.path, 0)
            // The value is asked for, so that the load is not left out.
            exit(Int32(unregistered?.load(fromByteOffset: 4_096, as: UInt8.self) ?? 0))
        }
        await #expect(processExitsWith: .signal(SIGBUS)) {
            _ = try SegmentSample([("head", [1])])
            raise(SIGBUS)
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `many readers of files that are cut short at any moment`(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let samples = try (0..<8).map { try SegmentSample(SegmentSample.threeSections(seed: seed * 100 + $0)) }
        let cuts = samples.indices.map { _ in off_t(Int.random(in: 0..<140_000, using: &random)) }
        await withTaskGroup(of: Void.self) { group in
            for (sample, cut) in zip(samples, cuts) {
                for _ in 0..<2 {
                    group.addTask {
                        for _ in 0..<20 {
                            // Others come and go meanwhile, so that the handler's table changes under it.
                            let more = try? SegmentFile(samples[0].file.path, kind: SegmentSample.kind)
                            _ = more?.verify()
                            _ = sample.file.section("postings").map { Checksum.crc32c($0) }
                        }
                    }
                }
                group.addTask { #expect(truncate(sample.file.path, cut) == 0) }
            }
        }
        for sample in samples {
            _ = sample.file.section("postings").map { Checksum.crc32c($0) }
            #expect(sample.file.verify() == .unreadable)
        }
    }
}

/// Names in a folder.
enum SegmentSampleFolder {
    static func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

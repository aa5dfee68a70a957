import Appliance
import Glibc
import TestKit
import Testing

@Suite struct FileLineReaderTests {
    /// Lines as bytes; `nil` stands for one that is too long.
    private func read(_ bytes: [UInt8], limit: Int = 16 << 20) throws -> [[UInt8]?] {
        let directory = try TemporaryDirectory("lines")
        let path = directory.appending("file")
        try write(bytes, to: path)
        var reader = try FileLineReader(path, limit: limit)
        var lines: [[UInt8]?] = []
        while let line = try reader.next() {
            switch line {
            case .text(let text): lines.append(text)
            case .tooLong: lines.append(nil)
            }
        }
        #expect(reader.byteCount == bytes.count)
        return lines
    }

    /// The rule in its plainest form.
    private func expected(_ bytes: [UInt8], limit: Int) -> [[UInt8]?] {
        var parts = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
        if parts.last == [] { parts.removeLast() }
        return parts.map { part in
            part.count > limit ? nil : part.last == 0x0D ? Array(part.dropLast()) : part
        }
    }

    @Test(arguments: ["", "\n", "a", "a\n", "a\nb", "a\r\nb\r\n", "\r\n", "\n\n", "a\r", "\r\r\n"])
    func `short files`(text: String) throws {
        let bytes = Array(text.utf8)
        #expect(try read(bytes) == expected(bytes, limit: .max))
    }

    @Test(arguments: UInt64(1)...8)
    func `lines around blocks and limits`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let block = 256 << 10
        let lengths = [0, 1, 10, 999, 1_000, 1_001, block - 1, block, block + 1, 2 * block, 2 * block + 1, 3 * block]
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            bytes += [UInt8](repeating: UInt8.random(in: 0x61...0x7A, using: &random), count: lengths.randomElement(using: &random) ?? 0)
            bytes += [[0x0A], [0x0D, 0x0A], [0x0A, 0x0A]].randomElement(using: &random) ?? []
        }
        if Bool.random(using: &random) { bytes += [0x78] }
        for limit in [1_000, block, 2 * block, 16 << 20] {
            let lines = try read(bytes, limit: limit)
            #expect(lines == expected(bytes, limit: limit), "limit \(limit)")
        }
    }

    @Test func `what cannot be read is named`() {
        for path in ["/no/such/file", "/"] {
            let failure = #expect(throws: CommandFailure.self) {
                var reader = try FileLineReader(path)
                _ = try reader.next()
            }
            #expect(failure?.message.hasPrefix(path) == true)
        }
    }
}

/// Writes a whole file.
func write(_ bytes: [UInt8], to path: String) throws {
    let file = try #require(fopen(path, "wb"))
    defer { fclose(file) }
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
}

import Embedding
import Testing

/// What is not a pack is refused by name and reason, and never traps.
@Suite(.enabled(if: ModelFiles.source != nil && ModelFiles.pack != nil, ModelFiles.unavailable))
final class ModelPackTests {
    private let folder = ModelFiles.temporaryFolder()
    private let pack: [UInt8]

    init() throws { pack = try ModelFiles.read(try #require(ModelFiles.pack)) }

    deinit { ModelFiles.removeFolder(folder) }

    /// The defect for which loading the bytes fails.
    private func defect(of bytes: [UInt8]) throws -> PackDefect? {
        let path = folder + "/candidate.pack"
        try ModelFiles.write(bytes, to: path)
        do {
            _ = try MiniLM(packAt: path)
            return nil
        } catch EmbeddingError.corruptPack(let named, let defect) {
            #expect(named == path)
            return defect
        }
    }

    /// The pack with other bytes at an offset, and with the hash that then is right, if asked for.
    private func pack(with bytes: [UInt8], at offset: Int, rehashed: Bool) -> [UInt8] {
        var changed = pack
        changed.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        return rehashed ? ModelPack.rehashed(changed) : changed
    }

    @Test func `the same source gives the same bytes`() throws {
        let path = folder + "/again.pack"
        try ModelPack.write(modelDirectory: try #require(ModelFiles.source), to: path, precision: .q8)
        #expect(try ModelFiles.read(path) == pack)
        let info = try ModelPack.verify(path)
        #expect(info.precision == .q8)
        #expect(info.byteCount == pack.count)
    }

    @Test func `the untouched pack loads`() throws {
        #expect(try defect(of: pack) == nil)
        #expect(try defect(of: ModelPack.rehashed(pack)) == nil)
    }

    @Test func `every header field is checked`() throws {
        #expect(try defect(of: pack(with: [0], at: 0, rehashed: true)) == .magic)
        #expect(try defect(of: pack(with: [2], at: 8, rehashed: true)) == .version(2))
        #expect(try defect(of: pack(with: [9], at: 12, rehashed: true)) == .precision(9))
        let count = PackDefect.header(field: "number of entries")
        #expect(try defect(of: pack(with: [0, 0, 0, 0], at: 16, rehashed: true)) == count)
        #expect(try defect(of: pack(with: [255, 255, 255, 255], at: 16, rehashed: true)) == count)
        #expect(try defect(of: pack(with: [1], at: 20, rehashed: true)) == .header(field: "reserved field"))
        #expect(try defect(of: pack(with: [1, 2, 3], at: 24, rehashed: true)) != nil)
        let huge = [UInt8](repeating: 255, count: 8)
        #expect(try defect(of: pack(with: huge, at: 24, rehashed: true)) == .header(field: "size"))
        guard case .hash = try defect(of: pack(with: [pack[40] ^ 1], at: 40, rehashed: false)) else {
            Issue.record("a flipped hash was accepted")
            return
        }
    }

    /// An entry's fields are at these offsets: name 0, type 48, rows 52, columns 56, reserved 60, offset 64, size 72.
    @Test(
        arguments: [
            (0, [0], "name"), (1, [7], "name"), (47, [65], "name"), (48, [77], "type"), (52, [9], "shape"),
            (56, [9], "shape"), (55, [255], "shape"), (60, [1], "reserved field"), (64, [1], "offset"),
            (64, [0, 0, 0, 0, 0, 0, 0, 0], "offset"), (71, [127], "offset"), (71, [255], "offset"),
            (72, [1], "shape"), (79, [127], "shape"), (79, [255], "size"),
        ] as [(Int, [UInt8], String)])
    func `every field of a table entry is checked`(offset: Int, bytes: [UInt8], field: String) throws {
        for entry in [1, 7] {
            let changed = pack(with: bytes, at: 64 + entry * 80 + offset, rehashed: true)
            #expect(try defect(of: changed) == .table(entry: entry, field: field))
        }
    }

    @Test func `a tensor under another name is missed`() throws {
        let changed = pack(with: [UInt8(ascii: "X")], at: 64 + 80, rehashed: true)
        #expect(try defect(of: changed) == .tensor(name: "embedding.positions", problem: "is missing"))
        let vocabulary = pack(with: [UInt8(ascii: "X")], at: 64, rehashed: true)
        #expect(try defect(of: vocabulary) == .tensor(name: "vocab", problem: "is missing"))
    }

    @Test func `equal names are refused`() throws {
        let name = Array(pack[64..<64 + 48])
        let changed = pack(with: name, at: 64 + 80, rehashed: true)
        #expect(try defect(of: changed) == .table(entry: 1, field: "name"))
    }

    @Test func `a vocabulary of other words is refused`() throws {
        let offset = pack[128..<136].reversed().reduce(0) { $0 << 8 | Int($1) }
        let changed = pack(with: [UInt8](repeating: 10, count: 5_000), at: offset, rehashed: true)
        #expect(try defect(of: changed) == .tensor(name: "vocab", problem: "is not the model's vocabulary"))
    }

    @Test func `a flipped bit anywhere is found by the hash`() throws {
        for offset in [64, 70, 4_000, 100_000, pack.count / 2, pack.count - 1] {
            let changed = pack(with: [pack[offset] ^ 0x40], at: offset, rehashed: false)
            guard case .hash = try defect(of: changed) else {
                Issue.record("a flipped bit at \(offset) was accepted")
                continue
            }
        }
    }

    @Test func `short, long and foreign files are refused`() throws {
        for length in [0, 1, 8, 63, 64, 100, 5_000, pack.count - 1] {
            guard case .size = try defect(of: Array(pack.prefix(length))) else {
                Issue.record("\(length) bytes were accepted")
                continue
            }
        }
        #expect(try defect(of: pack + [0]) == .size(expected: pack.count, found: pack.count + 1))
        #expect(try defect(of: [UInt8](repeating: 0, count: 10_000)) == .magic)
        #expect(try defect(of: Array(String(repeating: "not a model ", count: 999).utf8)) == .magic)
    }

    @Test func `a verified pack is believed only while it is the same file`() throws {
        let path = folder + "/kept.pack"
        try ModelFiles.write(pack, to: path)
        _ = try MiniLM(packAt: path)
        let record = try ModelFiles.read(path + ".verified")
        #expect(String(decoding: record, as: UTF8.self).hasPrefix("verified 1 \(pack.count) "))
        _ = try MiniLM(packAt: path)
        try ModelFiles.write(pack(with: [pack[9_000] ^ 1], at: 9_000, rehashed: false), to: path)
        #expect(throws: EmbeddingError.self) { _ = try MiniLM(packAt: path) }
        #expect(throws: EmbeddingError.self) { _ = try ModelPack.verify(path) }
    }

    @Test func `missing files and folders are named`() {
        let path = folder + "/nothing.pack"
        #expect(throws: EmbeddingError.missingFile(path: path)) { _ = try MiniLM(packAt: path) }
        #expect(throws: EmbeddingError.self) { _ = try MiniLM(packAt: folder) }
        #expect(throws: EmbeddingError.missingFile(path: folder + "/vocab.txt")) {
            try ModelPack.write(modelDirectory: folder, to: path, precision: .q8)
        }
    }

    @Test func `other weights than the pinned ones are refused`() throws {
        try ModelFiles.write(Array("a\nb\n".utf8), to: folder + "/vocab.txt")
        let error = #expect(throws: EmbeddingError.self) {
            try ModelPack.write(modelDirectory: folder, to: folder + "/x.pack", precision: .q8)
        }
        guard case .foreignSource = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}

import FuzzTargets
import Glibc
import TestKit
import Testing

/// The short run: every target over its corpus, and over inputs mutated from it.
///
/// `Scripts/fuzz.sh` is the long one.
@Suite struct CorpusTests {
    private static let rounds = 4_000

    @Test(arguments: FuzzTarget.all.map(\.name))
    func `a corpus and its mutations break nothing`(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let corpus = try Corpus.inputs(of: name)
        #expect(corpus.count >= 3)
        for input in corpus { target.check(input) }
        var random = SeededRandom(seed: 20_261_121)
        for _ in 0..<Self.rounds {
            target.check(Corpus.mutation(of: corpus, &random))
        }
    }

    @Test func `every corpus has its target`() throws {
        #expect(try Corpus.folders() == FuzzTarget.all.map(\.name).sorted())
    }
}

/// The inputs kept in `Tests/Fuzz/Corpora`.
enum Corpus {
    private static var root: String {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(2).joined(separator: "/") + "/Fuzz/Corpora"
    }

    static func folders() throws -> [String] { try entries(root) }

    /// In order of their names.
    static func inputs(of target: String) throws -> [[UInt8]] {
        try entries("\(root)/\(target)").map { name in
            let file = try #require(fopen("\(root)/\(target)/\(name)", "r"), "\(name)")
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            return Array(bytes.prefix(fread(&bytes, 1, bytes.count, file)))
        }
    }

    private static func entries(_ path: String) throws -> [String] {
        let folder = try #require(opendir(path), "\(path)")
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// A few changes to one input, or a crossing of two.
    static func mutation(of corpus: [[UInt8]], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = corpus.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let place = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1 where !bytes.isEmpty: bytes.remove(at: place)
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            case 3 where !bytes.isEmpty:
                bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...30, using: &random)))
            case 4:
                bytes.insert(contentsOf: bytes[place...].prefix(Int.random(in: 0...40, using: &random)), at: place)
            default:
                let other = corpus.randomElement(using: &random) ?? []
                let start = Int.random(in: 0...other.count, using: &random)
                bytes.replaceSubrange(place..., with: other[start...])
            }
        }
        return bytes
    }
}

import Appliance
import Extraction
import Glibc
import JSON
import TestKit
import Testing

@Suite struct FolderWalkTests {
    private struct Found {
        var items: [(origin: String, json: JSONValue)] = []
        var leftOut: [(origin: String, reason: String)] = []
        var guesses: [(path: String, encoding: String)] = []
        subscript(id: String) -> JSONValue? { items.first { $0.json["id"]?.stringValue == id }?.json }
    }

    /// What an import would send, read in this process.
    private func read(_ paths: [String], known: [String: String] = [:]) async throws -> (FolderWalk, Found) {
        var walk = FolderWalk()
        for path in paths { try walk.add(path) }
        var found = Found()
        guard !walk.files.isEmpty else { return (walk, found) }
        let pool = IngestPool(walk.files, known: known, threads: 2) { { try Extractor.extract($0, $1, emit: $2) } }
        for await event in pool.events {
            switch event {
            case .line(let json, let origin):
                pool.release(json.count)
                found.items.append((origin, (try? JSONValue(parsing: json)) ?? .null))
            case .leftOut(let origin, let reason): found.leftOut.append((origin, reason))
            case .guessed(let path, let encoding): found.guesses.append((path, encoding))
            case .unchanged, .note, .finished: break
            }
        }
        pool.stop()
        return (walk, found)
    }

    @Test func `a folder of every kind of file`() async throws {
        let directory = try TemporaryDirectory("import")
        let root = directory.appending("docs")
        mkdir(root, 0o700)
        mkdir(root + "/sub", 0o700)
        try write(Array("intro\n\n# The Title\nbody\n".utf8), to: root + "/b.md")
        try write(Array("# Windows\r\nbody\r\n".utf8), to: root + "/sub/w.markdown")
        try write([0xEF, 0xBB, 0xBF] + Array("# Marked\nbody".utf8), to: root + "/marked.md")
        try write(Array("plain text".utf8), to: root + "/a.txt")
        try write(
            Array("\u{FEFF}{\"id\":\"x\",\"text\":\"one\"}\n\n  \n{\"id\":\"y\",\"text\":\"two\"}".utf8),
            to: root + "/c.jsonl")
        try write(Array(" \n".utf8), to: root + "/empty.txt")
        try write([0x66, 0xFF], to: root + "/latin.txt")
        try write([1, 2], to: root + "/image.png")
        try write(Array("secret".utf8), to: root + "/.hidden.txt")
        symlink("/etc/passwd", root + "/link.txt")

        let (walk, found) = try await read([root])
        #expect(found["docs/b.md"]?["title"] == "The Title")
        #expect(found["docs/sub/w.markdown"]?["title"] == "Windows", "CR LF is no part of a heading")
        #expect(found["docs/marked.md"]?["title"] == "Marked" && found["docs/marked.md"]?["text"] == "# Marked\nbody")
        #expect(found["docs/a.txt"]?["title"] == "a.txt" && found["docs/a.txt"]?["text"] == "plain text")
        #expect(found["docs/a.txt"]?["metadata"]?["bytes"] == 10 && found["docs/a.txt"]?["metadata"]?["type"] == "text")
        #expect(found["x"]?["text"] == "one" && found["y"]?["text"] == "two")
        #expect(found.items.count == 7)
        #expect(found.items.first { $0.json["id"] == "y" }?.origin == root + "/c.jsonl:4")
        #expect(found["docs/latin.txt"]?["text"] == "f\u{FF}")
        #expect(found.guesses.map(\.path) == [root + "/latin.txt"] && found.guesses.map(\.encoding) == ["windows-1252"])
        #expect(found.leftOut.map(\.origin) == [root + "/empty.txt"])
        #expect(walk.unreadKinds == [".png": 1])
        #expect(walk.passedOver.map(\.path) == [root + "/link.txt"] && walk.passedOver.allSatisfy { !$0.isFault })
        let (_, again) = try await read([root + "/"])
        #expect(
            Set(again.items.map(\.json)) == Set(found.items.map(\.json)), "a slash at the end changes nothing")
    }

    @Test func `a file whose hash is known is not read again`() async throws {
        let directory = try TemporaryDirectory("import")
        try write(Array("one".utf8), to: directory.appending("a.txt"))
        try write(Array("two".utf8), to: directory.appending("b.txt"))
        let paths = [directory.appending("a.txt"), directory.appending("b.txt")]
        let (_, found) = try await read(paths)
        let hash = try #require(found["a.txt"]?["metadata"]?["sha256"]?.stringValue)
        let (_, again) = try await read(paths, known: ["a.txt": hash, "b.txt": hash])
        #expect(again.items.map(\.origin) == [directory.appending("b.txt")])
    }

    @Test func `a file given by itself is taken whatever its name, a missing one is named`() async throws {
        let directory = try TemporaryDirectory("import")
        try write(Array("text".utf8), to: directory.appending("NOTES"))
        let (_, found) = try await read([directory.appending("NOTES")])
        #expect(found["NOTES"]?["text"] == "text")
        let failure = await #expect(throws: CommandFailure.self) { try await read(["/no/such"]) }
        #expect(failure?.message.hasPrefix("/no/such") == true)
    }

    @Test func `no link is followed that takes a folder's place after the walk`() async throws {
        let directory = try TemporaryDirectory("import")
        for name in ["docs", "docs/sub", "outside"] { mkdir(directory.appending(name), 0o700) }
        try write(Array("inside".utf8), to: directory.appending("docs/sub/a.txt"))
        try write(Array("outside".utf8), to: directory.appending("outside/a.txt"))
        var walk = FolderWalk()
        try walk.add(directory.appending("docs"))
        #expect(rename(directory.appending("docs/sub"), directory.appending("kept")) == 0)
        symlink(directory.appending("outside"), directory.appending("docs/sub"))
        let pool = IngestPool(walk.files, known: [:]) { { try Extractor.extract($0, $1, emit: $2) } }
        var lines = 0
        for await event in pool.events {
            if case .line = event { lines += 1 }
        }
        pool.stop()
        #expect(walk.files.count == 1 && lines == 0)
    }
}

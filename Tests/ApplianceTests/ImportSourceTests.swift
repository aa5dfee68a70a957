import Appliance
import Glibc
import JSON
import TestKit
import Testing

@Suite struct ImportSourceTests {
    private struct Found {
        var items: [(origin: String, json: JSONValue)] = []
        var skipped: [(origin: String, reason: String)] = []
        subscript(id: String) -> JSONValue? { items.first { $0.json["id"]?.stringValue == id }?.json }
    }

    private func read(_ paths: [String]) async throws -> Found {
        var found = Found()
        try await ImportSource.read(
            paths, item: { found.items.append(($0.origin, (try? JSONValue(parsing: $0.json)) ?? .null)) },
            skipped: { found.skipped.append(($0.origin, $0.reason)) })
        return found
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
        try write(Array("\u{FEFF}{\"id\":\"x\",\"text\":\"one\"}\n\n  \n{\"id\":\"y\",\"text\":\"two\"}".utf8), to: root + "/c.jsonl")
        try write(Array(" \n".utf8), to: root + "/empty.txt")
        try write([0x66, 0xFF], to: root + "/latin.txt")
        try write([1, 2], to: root + "/image.png")
        try write(Array("secret".utf8), to: root + "/.hidden.txt")
        symlink("/etc/passwd", root + "/link.txt")

        let found = try await read([root])
        #expect(found["docs/b.md"]?["title"] == "The Title")
        #expect(found["docs/sub/w.markdown"]?["title"] == "Windows", "CR LF is no part of a heading")
        #expect(found["docs/marked.md"]?["title"] == "Marked" && found["docs/marked.md"]?["text"] == "# Marked\nbody")
        #expect(found["docs/a.txt"]?["title"] == "a.txt" && found["docs/a.txt"]?["text"] == "plain text")
        #expect(found["x"]?["text"] == "one" && found["y"]?["text"] == "two")
        #expect(found.items.count == 6)
        #expect(found.items.first { $0.json["id"] == "y" }?.origin == root + "/c.jsonl:4")
        #expect(found.skipped.map(\.origin).sorted() == ["empty.txt", "image.png", "latin.txt"].map { root + "/" + $0 })
        let again = try await read([root + "/"])
        #expect(again.items.map(\.json) == found.items.map(\.json), "a slash at the end changes nothing")
        #expect(try #require(ImportSource.byteCount([root])) > 0 && ImportSource.byteCount(["-"]) == nil)
    }

    @Test func `a file given by itself is taken whatever its name, a missing one is named`() async throws {
        let directory = try TemporaryDirectory("import")
        try write(Array("text".utf8), to: directory.appending("NOTES"))
        #expect(try await read([directory.appending("NOTES")])["NOTES"]?["text"] == "text")
        let failure = await #expect(throws: CommandFailure.self) { try await read(["/no/such"]) }
        #expect(failure?.message.hasPrefix("/no/such") == true)
    }
}

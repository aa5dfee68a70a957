import Appliance
import Extraction
import Glibc
import TestKit
import Testing

@Suite struct FolderMirrorTests {
    private let second: Int64 = 1_000_000_000

    /// A folder with these files, and a look at it.
    private struct Folder {
        let directory: TemporaryDirectory
        var root: String { directory.appending("docs") }

        init(_ names: String...) throws {
            directory = try TemporaryDirectory("mirror")
            mkdir(root, 0o700)
            mkdir(root + "/sub", 0o700)
            for name in names { try write(Array(name.utf8), to: root + "/" + name) }
        }

        func look() throws -> FolderWalk {
            var walk = FolderWalk()
            try walk.add(root)
            return walk
        }

        func known(_ names: String..., mark: String? = "m") -> [KnownDocument] {
            names.map { KnownDocument(id: "docs/\($0)", path: "docs/\($0)", sha256: nil, source: mark) }
        }
    }

    private var now: Int64 { Int64(time(nil)) * second }
    private var later: Int64 { now + 60 * second }

    @Test func `a file is taken when it is old or looked the same twice`() throws {
        let folder = try Folder("a.txt")
        var mirror = FolderMirror(mark: "m", allowsEmpty: false)
        let fresh = mirror.plan(try folder.look(), known: [], now: now)
        #expect(fresh.due.isEmpty && fresh.unsettled == 1)
        try write(Array("more".utf8), to: folder.root + "/a.txt")
        #expect(mirror.plan(try folder.look(), known: [], now: now).due.isEmpty, "it changed between the looks")
        let due = mirror.plan(try folder.look(), known: [], now: now).due
        #expect(due.map(\.id) == ["docs/a.txt"])
        mirror.finish(due[0])
        #expect(mirror.plan(try folder.look(), known: [], now: later).due.isEmpty, "once is enough")
        try write(Array("changed".utf8), to: folder.root + "/a.txt")
        #expect(mirror.plan(try folder.look(), known: [], now: later).due.count == 1, "old enough at first sight")
    }

    @Test func `a document goes at the second look without its file, and only this folder's`() throws {
        let folder = try Folder("a.txt")
        var mirror = FolderMirror(mark: "m", allowsEmpty: false)
        let known =
            folder.known("a.txt", "gone.txt") + folder.known("theirs.txt", mark: nil)
            + folder.known("other.txt", mark: "n")
        let first = mirror.plan(try folder.look(), known: known, now: later)
        #expect(first.deletions.isEmpty && first.missing == 1)
        #expect(mirror.plan(try folder.look(), known: known, now: later).deletions == ["docs/gone.txt"])
    }

    @Test func `a file that comes back in time keeps its document`() throws {
        let folder = try Folder("a.txt", "b.txt")
        var mirror = FolderMirror(mark: "m", allowsEmpty: false)
        let known = folder.known("a.txt", "b.txt")
        unlink(folder.root + "/b.txt")
        #expect(mirror.plan(try folder.look(), known: known, now: later).missing == 1)
        try write(Array("b".utf8), to: folder.root + "/b.txt")
        #expect(mirror.plan(try folder.look(), known: known, now: later).deletions.isEmpty)
        unlink(folder.root + "/b.txt")
        #expect(mirror.plan(try folder.look(), known: known, now: later).deletions.isEmpty, "it counts from anew")
    }

    @Test func `no look, or an empty one, deletes nothing`() throws {
        let folder = try Folder()
        let known = folder.known("a.txt")
        var mirror = FolderMirror(mark: "m", allowsEmpty: false)
        for _ in 0..<3 {
            #expect(mirror.plan(nil, known: known, now: later).distrust != nil)
            let plan = mirror.plan(try folder.look(), known: known, now: later)
            #expect(plan.deletions.isEmpty && plan.distrust != nil)
        }
        var trusting = FolderMirror(mark: "m", allowsEmpty: true)
        _ = trusting.plan(try folder.look(), known: known, now: later)
        #expect(trusting.plan(try folder.look(), known: known, now: later).deletions == ["docs/a.txt"])
    }

    @Test func `what another folder's documents stand in the way of is told, not taken`() throws {
        let folder = try Folder("a.txt")
        var mirror = FolderMirror(mark: "m", allowsEmpty: false)
        let plan = mirror.plan(try folder.look(), known: folder.known("a.txt", mark: "n"), now: later)
        #expect(plan.due.isEmpty && plan.conflicts.map(\.id) == ["docs/a.txt"])
    }
}

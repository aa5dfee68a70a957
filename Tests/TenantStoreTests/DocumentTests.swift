import IndexCore
import TenantStore
import TestKit
import Testing

@Suite struct DocumentTests {
    @Test func `a document comes back byte for byte`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        let texts = ["Grüße\u{0} e\u{301} 👩‍👩‍👧 ", "", "third\r\n"]
        try writer.transaction { try writer.put(makeDocument("a", texts), in: collection.id) }
        let reader = try fixture.reader()
        let document = try #require(try reader.document("a", in: collection.id))
        #expect(Array(try reader.documentText(document).utf8) == Array(texts.joined().utf8))
        #expect(document.passageCount == 3)
        #expect(document.metadata == Array("{}".utf8))
        let passages = try reader.passages([PassageID(1), PassageID(9), PassageID(0)], in: collection.id)
        #expect(passages.map(\.id) == [PassageID(1), PassageID(0)])
        #expect(passages.allSatisfy { $0.document == document.firstPassage })
        #expect(try reader.documents(byFirstPassage: [PassageID(0), PassageID(1)], in: collection.id) == [document])
    }

    @Test func `passages come with the rows of their documents`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        try writer.transaction {
            for name in ["a", "b", "c"] {
                try writer.put(makeDocument(name, ["\(name)0", "\(name)1"]), in: collection.id)
            }
        }
        try writer.transaction {
            try writer.delete(#require(try writer.document("b", in: collection.id)))
        }
        let reader = try fixture.reader()
        let ids = [5, 1, 2, 0, 9].map { PassageID($0) }
        let rows = try reader.passagesWithDocuments(ids, in: collection.id)
        #expect(rows.map(\.passage) == (try reader.passages(ids, in: collection.id)))
        #expect(rows.map(\.passage.text) == ["c1", "a1", "a0"])
        #expect(rows.map(\.document.id) == ["c", "a", "a"])
        for (passage, document) in rows {
            #expect(try reader.documents(byFirstPassage: [passage.document], in: collection.id) == [document])
        }
        let names = try reader.passageNames(ids, in: collection.id)
        #expect(names.map(\.id) == rows.map(\.passage.id))
        #expect(names.map { $0.start..<$0.end } == rows.map { $0.passage.start..<$0.passage.end })
        #expect(names.map(\.page) == rows.map(\.passage.page))
        #expect(names.map(\.heading) == rows.map(\.passage.heading))
        #expect(names.map(\.documentID) == rows.map(\.document.id))
        #expect(names.map(\.title) == rows.map(\.document.title))
    }

    @Test func `a question may be asked again while its rows are read`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        try writer.transaction { try writer.put(makeDocument("a", ["0", "1", "2"]), in: collection.id) }
        let reader = try fixture.reader()
        var inner: [PassageID] = []
        for _ in 0..<2 {
            try reader.forEachPassage(in: collection.id) { _, _ in
                try reader.forEachPassage(in: collection.id) { passage, _ in
                    inner.append(passage.id)
                    return true
                }
                return true
            }
        }
        #expect(inner == [[PassageID]](repeating: [0, 1, 2].map { PassageID($0) }, count: 6).flatMap { $0 })
    }

    @Test func `the page cache of a reader grows with the file`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        let reader = try fixture.reader()
        func cachedPages() throws -> Int64? { try reader.connection.first("PRAGMA cache_size") { $0.integer(0) } }
        _ = try reader.read { try reader.sequence() }
        #expect(try cachedPages() == 64)
        let text = String(repeating: "tide ", count: 1 << 18)
        try writer.transaction {
            try writer.put(makeDocument("a", [String](repeating: text, count: 16)), in: collection.id)
        }
        // It is looked at now and then.
        for _ in 0..<1_024 { _ = try reader.read { try reader.sequence() } }
        let pageCount = try #require(try reader.connection.first("PRAGMA page_count") { $0.integer(0) })
        #expect(pageCount > 5_000)
        #expect(try cachedPages() == pageCount / 64)
    }

    @Test func `ids compare by bytes, not by canonical equivalence`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        try writer.transaction {
            try writer.put(makeDocument("\u{e9}", ["one"]), in: collection.id)
            try writer.put(makeDocument("e\u{301}", ["two"]), in: collection.id)
        }
        #expect(try writer.collections().first?.documentCount == 2)
    }

    @Test func `a throw in the middle leaves nothing behind`() throws {
        struct Injected: Error {}
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        let before = writer.sequence
        for failAfter in 0..<4 {
            #expect(throws: Injected.self) {
                try writer.transaction {
                    if failAfter == 0 { throw Injected() }
                    try writer.put(makeDocument("a", ["text"]), in: collection.id)
                    if failAfter == 1 { throw Injected() }
                    try writer.insertVectors([(PassageID(0), [1, 2, 3, 4])], collection: collection.id, space: space)
                    if failAfter == 2 { throw Injected() }
                    try writer.saveLiveChunks(
                        [LiveChunk(index: 0, bytes: [UInt8](repeating: 1, count: 512))], in: collection.id)
                    throw Injected()
                }
            }
            let reader = try fixture.reader()
            #expect(writer.sequence == before)
            #expect(try reader.sequence() == before)
            #expect(try reader.document("a", in: collection.id) == nil)
            #expect(try reader.liveChunks(in: collection.id).isEmpty)
            #expect(try reader.collections() == [collection])
            #expect(try reader.integrityProblems() == [])
        }
        try writer.transaction { try writer.put(makeDocument("a", ["text"]), in: collection.id) }
        #expect(writer.sequence == before + 1)
    }

    @Test func `changes outside a transaction are refused`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        #expect(throws: StoreError.notInTransaction) { try writer.put(makeDocument("a", ["x"]), in: collection.id) }
        #expect(throws: StoreError.alreadyInTransaction) { try writer.transaction { try writer.transaction {} } }
        #expect(throws: StoreError.alreadyExists(.collection(name: "default"))) { try writer.makeCollection() }
    }

    @Test func `replacing a version that is gone is refused`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        try writer.transaction { try writer.put(makeDocument("a", ["x"]), in: collection.id) }
        let old = try #require(try writer.document("a", in: collection.id))
        try writer.transaction { try writer.put(makeDocument("a", ["y"]), in: collection.id) }
        #expect(throws: StoreError.notFound(.document(old.key))) { try writer.transaction { try writer.delete(old) } }
        #expect(throws: StoreError.notFound(.document(old.key))) { try fixture.reader().documentText(old) }
    }

    @Test func `passage ids never go back and never run over`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        try writer.transaction { try writer.setNextPassage(.max, in: collection.id) }
        #expect(throws: StoreError.misuse("setNextPassage: passage ids never go back")) {
            try writer.transaction { try writer.setNextPassage(7, in: collection.id) }
        }
        #expect(throws: StoreError.passageIDsExhausted(collection: collection.id)) {
            try writer.transaction { try writer.put(makeDocument("a", ["x"]), in: collection.id) }
        }
    }

    @Test func `listing pages over collections in byte order`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        var expected: [String] = []
        for name in ["b", "a", "c"] {
            let collection = try writer.makeCollection(name)
            try writer.transaction {
                for id in ["z", "Ä", "10", "9", "a"] { try writer.put(makeDocument(id, ["text"]), in: collection.id) }
            }
        }
        for name in ["a", "b", "c"] { expected += ["10", "9", "a", "z", "Ä"].map { name + "/" + $0 } }
        let reader = try fixture.reader()
        let collections = try reader.collections()
        #expect(collections.map(\.name) == ["a", "b", "c"])
        for limit in [1, 2, 4, 5, 7, 100] {
            var listed: [String] = []
            var position: ListPosition?
            for _ in 0..<20 {
                let page = try reader.listDocuments(after: position, limit: limit)
                guard let last = page.last else { break }
                let names = page.map { document in
                    (collections.first { $0.id == document.collection }?.name ?? "?") + "/" + document.id
                }
                listed += names
                position = ListPosition(collection: String(names[names.count - 1].prefix(1)), id: last.id)
            }
            #expect(listed == expected, "limit \(limit)")
        }
        let b = try #require(collections.first { $0.name == "b" })
        #expect(
            try reader.listDocuments(in: b.id, after: ListPosition(collection: "b", id: "9"), limit: 2).map(\.id) == [
                "a", "z",
            ])
    }

    @Test func `live chunks go round, empty ones leave no row`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        var live = IDSet()
        for id: UInt32 in [0, 1, 4_095, 4_096, 70_000, .max - 1] { live.insert(PassageID(id)) }
        func save(_ set: IDSet, chunks: [UInt32]) throws {
            try writer.transaction {
                try writer.saveLiveChunks(
                    chunks.map { LiveChunk(index: $0, bytes: set.chunkBytes($0)) }, in: collection.id)
            }
        }
        try save(live, chunks: live.chunkIndices)
        let chunk = UInt32(70_000 / 4_096)
        live.remove(PassageID(70_000))
        try save(live, chunks: [chunk])
        let chunks = try fixture.reader().liveChunks(in: collection.id)
        var loaded = IDSet()
        for chunk in chunks { try loaded.setChunk(chunk.index, bytes: chunk.bytes) }
        #expect(loaded == live)
        #expect(!chunks.contains { $0.index == chunk })
        #expect(throws: StoreError.self) {
            try writer.transaction { try writer.saveLiveChunks([LiveChunk(index: 0, bytes: [1])], in: collection.id) }
        }
    }

    @Test func `a dropped collection takes its rows and its number with it`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let first = try writer.makeCollection("one")
        let second = try writer.makeCollection("two")
        for collection in [first, second] {
            try writer.transaction {
                try writer.put(makeDocument("a", ["x", "y"]), in: collection.id)
                try writer.insertVectors([(PassageID(0), [1, 0, 0, 0])], collection: collection.id, space: space)
                try writer.saveLiveChunks(
                    [LiveChunk(index: 0, bytes: [UInt8](repeating: 3, count: 512))], in: collection.id)
            }
        }
        try writer.transaction { try writer.dropCollection(second.id) }
        for table in ["document", "passage", "vector", "live_chunk", "embedding_progress", "collection"] {
            let rows = try writer.connection.first("SELECT count(*) FROM \(table)") { $0.integer(0) }
            #expect(rows == (table == "passage" ? 2 : 1), "\(table)")
        }
        let third = try writer.makeCollection("two")
        #expect(third.id == second.id + 1)
        #expect(throws: StoreError.notFound(.collectionID(99))) {
            try writer.transaction { try writer.dropCollection(99) }
        }
    }

    @Test func `two readers see one committed state each while the writer goes on`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        let (one, two) = (try fixture.reader(), try fixture.reader())
        try writer.transaction { try writer.put(makeDocument("a", ["first"]), in: collection.id) }
        try one.read {
            let seen = try #require(try one.document("a", in: collection.id))
            try writer.transaction {
                try writer.put(makeDocument("a", ["second"]), in: collection.id)
                // Uncommitted: nobody sees it.
                let other = try #require(try two.document("a", in: collection.id))
                #expect(try two.documentText(other) == "first")
            }
            #expect(try one.documentText(seen) == "first")
            let other = try #require(try two.document("a", in: collection.id))
            #expect(try two.documentText(other) == "second")
            try writer.checkpoint(.passive)
        }
        let seen = try #require(try one.document("a", in: collection.id))
        #expect(try one.documentText(seen) == "second")
        #expect(throws: StoreError.self) { try one.connection.run("DELETE FROM document") }
    }
}

import IndexCore
import TenantStore
import Testing

@Suite struct ManifestTests {
    private let files = [
        ManifestFile(name: "b", byteCount: 9_000, passageCount: 2, passages: 1...7),
        ManifestFile(name: "a", byteCount: 8_000, passageCount: 1, passages: 9...9),
    ]

    @Test func `a manifest is kept until the next one`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection().id
        #expect(try writer.manifest(of: collection, engine: .bm25) == nil)
        let first = Manifest(sequence: 5, nextPassage: 10, settings: .max, files: files)
        try writer.transaction { try writer.saveManifest(first, of: collection, engine: .bm25) }
        #expect(try fixture.reader().manifest(of: collection, engine: .bm25) == first)
        let second = Manifest(sequence: 8, nextPassage: 12, settings: 3, files: [files[1]])
        try writer.transaction { try writer.saveManifest(second, of: collection, engine: .bm25) }
        #expect(try writer.manifest(of: collection, engine: .bm25) == second)
    }

    @Test func `a manifest belongs to a transaction and is no change of data`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection().id
        let manifest = Manifest(sequence: 1, nextPassage: 10, settings: 0, files: files)
        #expect(throws: StoreError.notInTransaction) {
            try writer.saveManifest(manifest, of: collection, engine: .bm25)
        }
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try writer.transaction {
                try writer.saveManifest(manifest, of: collection, engine: .bm25)
                throw Stop()
            }
        }
        #expect(try writer.manifest(of: collection, engine: .bm25) == nil)
        let before = writer.sequence
        try writer.transaction { try writer.saveManifest(manifest, of: collection, engine: .bm25) }
        #expect(writer.sequence == before)
    }

    @Test func `a manifest goes with its collection`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection().id
        try writer.transaction {
            try writer.saveManifest(
                Manifest(sequence: 1, nextPassage: 10, settings: 0, files: files), of: collection, engine: .bm25)
        }
        try writer.transaction { try writer.dropCollection(collection) }
        #expect(try writer.manifest(of: collection, engine: .bm25) == nil)
        #expect(try writer.connection.first("SELECT count(*) FROM manifest_file") { $0.integer(0) } == 0)
    }

    @Test func `each space has a manifest of its own`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection().id
        let manifest = Manifest(sequence: 5, nextPassage: 10, settings: 7, files: files)
        #expect(throws: StoreError.self) {
            try writer.transaction { try writer.saveManifest(manifest, of: collection, engine: .hnsw, space: "one") }
        }
        try writer.transaction {
            try writer.put(makeDocument("a", ["x"]), in: collection)
            for space in ["one", "two"] {
                try writer.insertVectors([(PassageID(0), [1])], collection: collection, space: space)
            }
        }
        var other = manifest
        (other.sequence, other.files) = (6, [files[0]])
        try writer.transaction {
            try writer.saveManifest(manifest, of: collection, engine: .hnsw, space: "one")
            try writer.saveManifest(other, of: collection, engine: .hnsw, space: "two")
        }
        let reader = try fixture.reader()
        #expect(try reader.manifest(of: collection, engine: .hnsw, space: "one") == manifest)
        #expect(try reader.manifest(of: collection, engine: .hnsw, space: "two") == other)
        #expect(try reader.manifest(of: collection, engine: .hnsw, space: "three") == nil)
        #expect(try reader.manifest(of: collection, engine: .bm25) == nil)
        #expect(try Set(reader.indexFileNames(of: collection)) == ["a", "b"])
        try writer.transaction { try writer.removeManifest(of: collection, engine: .hnsw, space: "one") }
        #expect(try reader.manifest(of: collection, engine: .hnsw, space: "one") == nil)
        #expect(try reader.manifest(of: collection, engine: .hnsw, space: "two") == other)
    }
}

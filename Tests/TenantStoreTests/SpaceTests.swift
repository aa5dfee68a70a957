import IndexCore
import TenantStore
import Testing

@Suite struct SpaceTests {
    private func bytes(_ vector: [Float]) -> [UInt8] {
        vector.flatMap { number in withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) } }
    }

    private func vectors(_ reader: TenantReader, of collection: UInt32, in name: String) throws -> [UInt32] {
        var found: [UInt32] = []
        try reader.forEachVector(in: collection, space: name) { id, _, _ in
            found.append(id.rawValue)
            return true
        }
        return found
    }

    @Test func `a space is known before its first vector, and by one dimension in all collections`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let (first, second) = (try writer.makeCollection("first"), try writer.makeCollection("second"))
        let plane = SpaceRecord(name: "plane", dimension: 2)
        try writer.transaction { try writer.registerSpace(plane, of: first.id) }
        try writer.transaction { try writer.registerSpace(plane, of: first.id) }
        let reader = try fixture.reader()
        #expect(try reader.spaces(of: first.id) == [plane])
        #expect(try reader.spaces(of: second.id).isEmpty)
        #expect(throws: StoreError.dimensionMismatch(space: "plane", expected: 2, found: 3)) {
            try writer.transaction {
                try writer.registerSpace(SpaceRecord(name: "plane", dimension: 3), of: second.id)
            }
        }
    }

    @Test func `a dropped space takes its vectors along and nothing else`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let (first, second) = (try writer.makeCollection("first"), try writer.makeCollection("second"))
        for collection in [first, second] {
            try writer.transaction { try writer.put(makeDocument("a", ["x", "y"]), in: collection.id) }
            try writer.transaction {
                try writer.insertVectors(
                    [(PassageID(0), [1, 2]), (PassageID(1), [3, 4])], collection: collection.id, space: "plane")
                try writer.insertVectors([(PassageID(1), [5])], collection: collection.id, space: "line")
                _ = try writer.recordEmbeddingFailure(
                    PassageID(0), collection: collection.id, space: "line", dimension: 1, reason: "no")
                try writer.saveManifest(
                    Manifest(sequence: 1, nextPassage: 2, settings: 3, files: []), of: collection.id, engine: .hnsw,
                    space: "plane")
            }
        }
        let before = writer.sequence
        #expect(try writer.transaction { try writer.dropSpace(named: "plane", of: first.id) } == 2)
        #expect(writer.sequence == before + 1)
        let reader = try fixture.reader()
        #expect(try vectors(reader, of: first.id, in: "plane").isEmpty)
        #expect(try vectors(reader, of: first.id, in: "line") == [1])
        #expect(try vectors(reader, of: second.id, in: "plane") == [0, 1])
        #expect(try reader.spaces(of: first.id).map(\.name) == ["line"])
        #expect(try reader.manifest(of: first.id, engine: .hnsw, space: "plane") == nil)
        #expect(try reader.manifest(of: second.id, engine: .hnsw, space: "plane")?.nextPassage == 2)
        #expect(try writer.transaction { try writer.dropSpace(named: "never", of: first.id) } == 0)
        // The last collection that has a space takes its name along, and another dimension may have it.
        try writer.transaction { try writer.dropCollection(second.id) }
        try writer.transaction { try writer.registerSpace(SpaceRecord(name: "plane", dimension: 9), of: first.id) }
        #expect(try reader.spaces(of: first.id).contains(SpaceRecord(name: "plane", dimension: 9)))
        #expect(try vectors(reader, of: first.id, in: "plane").isEmpty)
    }

    @Test func `a supplied vector goes before an inherited one, space by space`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        var document = makeDocument("a", ["x", "y"])
        document.suppliedVectors = ["plane": [[1, 2], nil], "line": [[3], [4]]]
        let record = try #require(try writer.collections().first)
        let arrived = try writer.transaction {
            try writer.replace(document, old: nil, in: record, firstPassage: PassageID(0))
        }
        #expect(arrived["plane"]?.map(\.vector) == [bytes([1, 2])])
        #expect(arrived["line"]?.map(\.vector) == [[3], [4]].map(bytes))
        let old = try writer.document("a", in: collection.id)
        document.suppliedVectors = ["line": [[7], nil]]
        let again = try writer.transaction {
            try writer.replace(document, old: old, in: record, firstPassage: PassageID(2))
        }
        #expect(again["line"]?.map(\.vector) == [[7], [4]].map(bytes), "the first is new, the second follows its text")
        #expect(again["plane"]?.map(\.vector) == [bytes([1, 2])])
        #expect(again["line"]?.map(\.id) == [PassageID(2), PassageID(3)])
    }
}

import IndexCore
import TenantStore
import TestKit
import Testing

@Suite struct VectorTests {
    @Test func `vectors follow unchanged texts, the n-th of equal ones gets the n-th`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        try writer.transaction { try writer.put(makeDocument("a", ["x", "y", "x", "z"]), in: collection.id) }
        try writer.transaction {
            let stored = try writer.insertVectors(
                [(PassageID(0), [1, 0, 0, 0]), (PassageID(1), [2, 0, 0, 0]), (PassageID(2), [3, 0, 0, 0])],
                collection: collection.id, space: space)
            #expect(stored.map(\.document) == [PassageID(0), PassageID(0), PassageID(0)])
            // A second space is carried along too.
            try writer.insertVectors([(PassageID(1), [9, 9])], collection: collection.id, space: "other")
        }
        let before = writer.sequence
        let result = try writer.transaction {
            try writer.put(makeDocument("a", ["new", "x", "x", "x", "y", "z"]), in: collection.id)
        }
        #expect(writer.sequence == before + 1)
        #expect(result.first == PassageID(4))
        #expect(result.vectors.map(\.id) == [PassageID(5), PassageID(6), PassageID(8)])
        #expect(result.vectors.map(\.vector) == [[1, 0, 0, 0], [3, 0, 0, 0], [2, 0, 0, 0]].map(bytes))

        let reader = try fixture.reader()
        var seen: [CopiedVector] = []
        try reader.forEachVector(in: collection.id, space: space) { id, document, vector in
            seen.append(CopiedVector(id, document, Array(vector)))
            return true
        }
        #expect(seen.map(\.id) == result.vectors.map(\.id))
        #expect(seen.allSatisfy { $0.document == PassageID(4) })
        #expect(seen.map(\.vector) == result.vectors.map(\.vector))
        #expect(try reader.pendingCount(space: space) == EmbeddingBacklog(waiting: 3, parked: 0))
        #expect(try reader.pendingCount(space: "other") == EmbeddingBacklog(waiting: 5, parked: 0))
        #expect(try reader.pendingCount(space: "never") == EmbeddingBacklog(waiting: 6, parked: 0))
    }

    @Test func `a changed title changes the hash, so nothing is copied`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        try writer.transaction {
            try writer.put(makeDocument("a", title: "Old", ["x"]), in: collection.id)
            try writer.insertVectors([(PassageID(0), [1, 0, 0, 0])], collection: collection.id, space: space)
        }
        let result = try writer.transaction {
            try writer.put(makeDocument("a", title: "New", ["x"]), in: collection.id)
        }
        #expect(result.vectors.isEmpty)
    }

    @Test func `supplied vectors arrive with the document`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        let vectors: [[Float]] = [[1, 2, 3, 4], [5, 6, 7, 8]]
        let result = try writer.transaction {
            try writer.put(makeDocument("a", ["x", "y"], vectors: vectors), in: collection.id)
        }
        #expect(result.vectors.map(\.vector) == vectors.map(bytes))
        #expect(throws: StoreError.dimensionMismatch(space: space, expected: 4, found: 2)) {
            try writer.transaction { try writer.put(makeDocument("b", ["x"], vectors: [[1, 2]]), in: collection.id) }
        }
        #expect(throws: StoreError.misuse("replace: supplied vectors are one per passage")) {
            try writer.transaction { try writer.put(makeDocument("b", ["x"], vectors: vectors), in: collection.id) }
        }
        #expect(throws: StoreError.dimensionMismatch(space: space, expected: 4, found: 3)) {
            try writer.transaction {
                try writer.insertVectors([(PassageID(0), [1, 2, 3])], collection: collection.id, space: space)
            }
        }
    }

    @Test func `vectors of passages that are gone are dropped`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        try writer.transaction { try writer.put(makeDocument("a", ["x"]), in: collection.id) }
        try writer.transaction { try writer.put(makeDocument("a", ["y"]), in: collection.id) }
        let before = writer.sequence
        let stored = try writer.transaction {
            try writer.insertVectors(
                [(PassageID(0), [1, 0, 0, 0]), (PassageID(1), [2, 0, 0, 0]), (PassageID(1), [3, 0, 0, 0])],
                collection: collection.id, space: space)
        }
        #expect(stored == [EmbeddedPassage(PassageID(1), PassageID(1))])
        #expect(writer.sequence == before + 1)
    }

    @Test func `a text refused three times is parked and can be released`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let collection = try writer.makeCollection()
        try writer.transaction { try writer.put(makeDocument("a", ["x", "bad", "y"]), in: collection.id) }
        func refuse(_ id: UInt32) throws -> Int {
            try writer.transaction {
                try writer.recordEmbeddingFailure(
                    PassageID(id), collection: collection.id, space: space, dimension: 4, reason: "refused")
            }
        }
        let reader = try fixture.reader()
        func waiting() throws -> [UInt32] { try reader.pendingPassages(space: space, limit: 9).map { $0.id.rawValue } }
        #expect(try refuse(1) == 1)
        #expect(try refuse(1) == 2)
        #expect(try waiting() == [0, 1, 2])
        #expect(try refuse(1) == 3)
        #expect(try refuse(77) == 0)
        #expect(try waiting() == [0, 2])
        #expect(try reader.pendingCount(space: space) == EmbeddingBacklog(waiting: 2, parked: 1))
        try writer.transaction {
            _ = try writer.insertVectors(
                [(PassageID(0), [1, 0, 0, 0]), (PassageID(2), [1, 0, 0, 0])], collection: collection.id, space: space)
        }
        #expect(try waiting() == [])
    }

    @Test func `pending batches end at their limits and go on after a position`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let one = try writer.makeCollection("one")
        let two = try writer.makeCollection("two")
        try writer.transaction {
            for collection in [two, one] {
                try writer.put(makeDocument("a", ["12345", "12345", "12345"]), in: collection.id)
            }
        }
        let reader = try fixture.reader()
        var keys: [String] = []
        var position: PassageKey?
        for _ in 0..<9 {
            let batch = try reader.pendingPassages(space: space, after: position, limit: 9, byteLimit: 6)
            guard let last = batch.last else { break }
            #expect(batch.count <= 2)
            keys += batch.map(\.key.description)
            position = last.key
        }
        #expect(keys == ["1/0", "1/1", "1/2", "2/0", "2/1", "2/2"])
        #expect(
            try reader.pendingPassages(in: two.id, space: space, limit: 2).map(\.key.description) == ["2/0", "2/1"])
    }

    private func bytes(_ vector: [Float]) -> [UInt8] {
        vector.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    }

    @Test func `vectors are found by when they arrived, in their own collection and space`() throws {
        let fixture = try Fixture()
        let writer = try fixture.writer()
        let (one, other) = (try writer.makeCollection("one").id, try writer.makeCollection("other").id)
        try writer.transaction {
            for collection in [one, other] {
                for number in 0..<6 { try writer.put(makeDocument("d\(number)", ["x\(number)"]), in: collection) }
            }
        }
        var marks: [Int64] = []
        // Not in the order of ids.
        for id in [4, 1, 5, 0] as [UInt32] {
            marks.append(writer.sequence)
            try writer.transaction {
                for collection in [one, other] {
                    let vector = [Float(id), Float(collection), 0, 0]
                    try writer.insertVectors([(PassageID(id), vector)], collection: collection, space: space)
                }
                try writer.insertVectors([(PassageID(id), [9])], collection: one, space: "second")
            }
        }
        let reader = try fixture.reader()
        for (mark, expected) in zip(marks, [[4, 1, 5, 0], [1, 5, 0], [5, 0], [0]] as [[UInt32]]) {
            var found: [UInt32] = []
            try reader.forEachVector(in: one, space: space, newerThan: mark) { id, document, bytes in
                #expect(document == id)
                let words = [Float(id.rawValue), Float(one), 0, 0].map(\.bitPattern)
                #expect(
                    words.indices.allSatisfy {
                        bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self) == words[$0]
                    })
                found.append(id.rawValue)
                return true
            }
            #expect(found == expected)
            #expect(try reader.vectorCount(in: one, space: space, newerThan: mark, limit: 3) == min(3, expected.count))
        }
        #expect(try reader.vectorCount(in: one, space: space) == 4)
        #expect(try reader.vectorCount(in: one, space: "never") == 0)
        #expect(try reader.vectorCount(in: one, space: space, newerThan: writer.sequence, limit: 9) == 0)
        var ids: [UInt32] = []
        try reader.forEachVectorID(in: other, space: space) { ids.append($0.rawValue) }
        #expect(ids == [4, 1, 5, 0])
        // The index is what answers, whatever the planner thinks.
        let plan = try reader.connection.all(
            """
            EXPLAIN QUERY PLAN SELECT key FROM vector INDEXED BY vector_arrival WHERE key >> 32 = 1 AND sequence > 2
            """
        ) { $0.text(3) }
        #expect(plan.contains { $0.contains("COVERING INDEX vector_arrival") }, "\(plan)")
    }
}

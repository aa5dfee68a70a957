import IndexCore
import TenantStore
import TestKit
import Testing

/// Random work on a store beside a plain dictionary that says what must be there.
@Suite struct ModelTests {
    private struct Version: Equatable {
        var texts: [String]
        var first: UInt32
    }

    private struct Injected: Error {}

    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6])
    func `rows, counts and the queue agree with a plain model`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let fixture = try Fixture()
        var writer = try fixture.writer()
        let collections = [try writer.makeCollection("one"), try writer.makeCollection("two")]
        var documents: [UInt32: [String: Version]] = [:]
        // Vector component by key: text determines it, so copying is checked as well.
        var embedded: [PassageKey: Float] = [:]
        var attempts: [PassageKey: Int] = [:]

        for step in 0..<120 {
            let reader = try fixture.reader()
            var (newDocuments, newEmbedded, newAttempts) = (documents, embedded, attempts)
            let isRolledBack = random.next() % 5 == 0
            do {
                try writer.transaction {
                    for _ in 0..<Int.random(in: 1...6, using: &random) {
                        let collection = collections[Int.random(in: 0...1, using: &random)].id
                        let id = "d\(Int.random(in: 0..<12, using: &random))"
                        switch Int.random(in: 0..<10, using: &random) {
                        case 0..<5:
                            let texts = (0..<Int.random(in: 1...5, using: &random))
                                .map { _ in "t\(Int.random(in: 0..<8, using: &random))" }
                            let old = newDocuments[collection, default: [:]][id]
                            let (first, vectors) = try writer.put(makeDocument(id, texts), in: collection)
                            let inherited = forget(old, collection, &newEmbedded, &newAttempts)
                            newDocuments[collection, default: [:]][id] = Version(texts: texts, first: first.rawValue)
                            var spare = inherited
                            var copied: [PassageID] = []
                            for (offset, text) in texts.enumerated() where (spare[text]?.isEmpty == false) {
                                let key = PassageKey(
                                    collection: collection, id: PassageID(first.rawValue + UInt32(offset)))
                                newEmbedded[key] = spare[text]?.removeFirst()
                                copied.append(key.id)
                            }
                            #expect(vectors.map(\.id) == copied)
                        case 5:
                            guard let document = try writer.document(id, in: collection) else { continue }
                            try writer.delete(document)
                            _ = forget(
                                newDocuments[collection]?.removeValue(forKey: id), collection, &newEmbedded,
                                &newAttempts)
                        case 6:
                            guard let document = try writer.document(id, in: collection) else { continue }
                            let key = document.key
                            guard newEmbedded[key] == nil else { continue }
                            let count = try writer.recordEmbeddingFailure(
                                key.id, collection: collection, space: space, dimension: 4, reason: "no")
                            newAttempts[key, default: 0] += 1
                            #expect(count == newAttempts[key])
                        default:
                            // As the embedder does: what it read before this transaction, some of it gone by now.
                            let batch = try reader.pendingPassages(
                                in: collection, space: space, limit: Int.random(in: 1...12, using: &random))
                            let stored = try writer.insertVectors(
                                batch.map { ($0.id, vector(of: $0.text)) }, collection: collection, space: space)
                            let live = liveKeys(newDocuments)
                            let expected = batch.filter { live[$0.key] != nil && newEmbedded[$0.key] == nil }
                            #expect(stored.map(\.id) == expected.map(\.id))
                            for passage in expected {
                                newEmbedded[passage.key] = vector(of: passage.text)[0]
                                newAttempts[passage.key] = nil
                            }
                        }
                    }
                    if isRolledBack { throw Injected() }
                }
                (documents, embedded, attempts) = (newDocuments, newEmbedded, newAttempts)
            } catch is Injected {}
            if step % 10 == 9 {
                try writer.close()
                writer = try fixture.writer()
            }
            if step % 4 == 3 { try compare(fixture, collections, documents, embedded, attempts) }
        }
        #expect(try fixture.reader().integrityProblems() == [])
    }

    private func vector(of text: String) -> [Float] {
        let number = Float(text.utf8.reduce(0) { $0 * 31 + Int($1) })
        return [number, 1, 0, 0]
    }

    private func liveKeys(_ documents: [UInt32: [String: Version]]) -> [PassageKey: String] {
        var keys: [PassageKey: String] = [:]
        for (collection, versions) in documents {
            for version in versions.values {
                for (offset, text) in version.texts.enumerated() {
                    keys[PassageKey(collection: collection, id: PassageID(version.first + UInt32(offset)))] = text
                }
            }
        }
        return keys
    }

    /// Takes a version out of the model; the vectors it had by text.
    private func forget(
        _ version: Version?, _ collection: UInt32, _ embedded: inout [PassageKey: Float],
        _ attempts: inout [PassageKey: Int]
    ) -> [String: [Float]] {
        var vectors: [String: [Float]] = [:]
        guard let version else { return vectors }
        for (offset, text) in version.texts.enumerated() {
            let key = PassageKey(collection: collection, id: PassageID(version.first + UInt32(offset)))
            if let vector = embedded.removeValue(forKey: key) { vectors[text, default: []].append(vector) }
            attempts[key] = nil
        }
        return vectors
    }

    private func compare(
        _ fixture: Fixture, _ collections: [CollectionRecord], _ documents: [UInt32: [String: Version]],
        _ embedded: [PassageKey: Float], _ attempts: [PassageKey: Int]
    ) throws {
        let reader = try fixture.reader()
        let live = liveKeys(documents)
        let parked = attempts.filter { $0.value >= 3 }.keys
        for record in try reader.collections() {
            let versions = documents[record.id] ?? [:]
            #expect(record.documentCount == versions.count)
            #expect(record.passageCount == versions.values.reduce(0) { $0 + $1.texts.count })
            for (id, version) in versions {
                let stored = try #require(try reader.document(id, in: record.id))
                #expect(stored.firstPassage.rawValue == version.first)
                #expect(try reader.documentText(stored) == version.texts.joined())
            }
            var passages: [PassageKey: String] = [:]
            try reader.forEachPassage(in: record.id) { passage, title in
                passages[PassageKey(collection: record.id, id: passage.id)] = passage.text
                return title == "Title"
            }
            #expect(passages == live.filter { $0.key.collection == record.id })
            var vectors: [PassageKey: Float] = [:]
            try reader.forEachVector(in: record.id, space: space) { id, _, bytes in
                vectors[PassageKey(collection: record.id, id: id)] = Float(
                    bitPattern: UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
                return true
            }
            #expect(vectors == embedded.filter { $0.key.collection == record.id })
        }
        let waiting = live.keys.filter { embedded[$0] == nil && !parked.contains($0) }.sorted()
        #expect(try reader.pendingPassages(space: space, limit: 10_000).map(\.key) == waiting)
        #expect(
            try reader.pendingCount(space: space) == EmbeddingBacklog(waiting: waiting.count, parked: parked.count))
    }
}

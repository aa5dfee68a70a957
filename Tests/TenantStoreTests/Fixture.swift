import Testing
import IndexCore
import TenantStore
import TestKit

/// A tenant's file in a fresh directory.
struct Fixture {
    let directory: TemporaryDirectory
    var path: String { directory.appending("tenant.sqlite") }

    init() throws {
        directory = try TemporaryDirectory("store")
    }

    func writer() throws -> TenantWriter { try TenantWriter.open(path, auditHash: weakHash) }
    func reader() throws -> TenantReader { try TenantReader.open(path) }
}

/// Four FNV-1a hashes with different bases: enough to notice a change in a test.
let weakHash: AuditHash = { previous, record in
    var result: [UInt8] = []
    for lane in UInt64(0)..<4 {
        var hash = 0xcbf2_9ce4_8422_2325 &+ lane
        for byte in previous + record { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        withUnsafeBytes(of: hash.bigEndian) { result.append(contentsOf: $0) }
    }
    return result
}

let space = "test/4"

func textHash(_ text: String) -> [UInt8] { Array(weakHash([], Array(text.utf8)).prefix(16)) }

/// A document whose passages have these texts.
func makeDocument(_ id: String, title: String = "Title", _ texts: [String], vectors: [[Float]]? = nil) -> NewDocument {
    var passages: [NewPassage] = []
    var start = 0
    for text in texts {
        let end = start + text.unicodeScalars.count
        passages.append(NewPassage(text: text, textHash: textHash(title + "\n" + text), start: start, end: end))
        start = end
    }
    return NewDocument(
        id: id, title: title, metadata: Array("{}".utf8),
        contentHash: weakHash([], Array((title + texts.joined()).utf8)),
        updatedAt: 1_000, passages: passages, suppliedVectors: vectors.map { [space: $0] } ?? [:])
}

extension TenantWriter {
    /// What the caller of a store does for one document: ids, live bits left out.
    @discardableResult
    func put(_ document: NewDocument, in collection: UInt32) throws -> (first: PassageID, vectors: [CopiedVector]) {
        let record = try #require(try collections().first { $0.id == collection })
        let first = PassageID(record.nextPassage)
        let old = try self.document(document.id, in: collection)
        let vectors = try replace(document, old: old, in: record, firstPassage: first)[space] ?? []
        try setNextPassage(record.nextPassage + UInt32(document.passages.count), in: collection)
        return (first, vectors)
    }

    func makeCollection(_ name: String = "default") throws -> CollectionRecord {
        try transaction { try createCollection(name: name, passageMode: .auto, titleWeight: 2) }
    }
}

func isFull(_ error: any Error) -> Bool { if case StoreError.full = error { true } else { false } }
func isReadOnly(_ error: any Error) -> Bool { if case StoreError.readOnly = error { true } else { false } }
func isCorrupt(_ error: any Error) -> Bool { if case StoreError.corrupt = error { true } else { false } }
func isBusy(_ error: any Error) -> Bool { if case StoreError.busy = error { true } else { false } }
func isCannotOpen(_ error: any Error) -> Bool { if case StoreError.cannotOpen = error { true } else { false } }

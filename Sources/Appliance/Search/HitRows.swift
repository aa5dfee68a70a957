import IndexCore
import TenantStore

/// The rows of documents and passages that an answer tells of: each is looked up once, all of a collection together.
///
/// Filled inside one transaction, so that a document and its text are of one version.
struct HitRows {
    struct Key: Hashable {
        var collection: UInt32
        var id: PassageID

        init(_ id: PassageID, in collection: UInt32) {
            (self.id, self.collection) = (id, collection)
        }
    }

    private var documents: [Key: StoredDocument] = [:]
    private var passages: [Key: StoredPassage] = [:]

    /// Reads the documents that these first passages name.
    mutating func addDocuments(_ keys: [Key], _ reader: TenantReader) throws(StoreError) {
        for (collection, ids) in Self.grouped(keys) {
            for document in try reader.documents(byFirstPassage: ids, in: collection) {
                documents[Key(document.firstPassage, in: collection)] = document
            }
        }
    }

    mutating func addPassages(_ keys: [Key], _ reader: TenantReader) throws(StoreError) {
        for (collection, ids) in Self.grouped(keys) {
            for passage in try reader.passages(ids, in: collection) {
                passages[Key(passage.id, in: collection)] = passage
            }
        }
    }

    /// - Throws: ``Searcher/StaleSnapshot`` where it was not there.
    func document(_ key: Key) throws(Searcher.StaleSnapshot) -> StoredDocument {
        guard let document = documents[key] else { throw Searcher.StaleSnapshot() }
        return document
    }

    /// - Throws: ``Searcher/StaleSnapshot`` where it was not there.
    func passage(_ key: Key) throws(Searcher.StaleSnapshot) -> StoredPassage {
        guard let passage = passages[key] else { throw Searcher.StaleSnapshot() }
        return passage
    }

    private static func grouped(_ keys: [Key]) -> [(collection: UInt32, ids: [PassageID])] {
        Dictionary(grouping: Set(keys), by: \.collection).map { ($0.key, $0.value.map(\.id).sorted()) }
    }
}

extension Searcher.Ranking {
    /// The collection of a candidate.
    func collection(of candidate: Searcher.Candidate) -> UInt32 { sources[candidate.source].collection.record.id }

    /// The rows of these candidates' documents and best passages.
    func rows(of candidates: some Sequence<Searcher.Candidate>, _ reader: TenantReader) throws -> HitRows {
        var rows = HitRows()
        try rows.addDocuments(candidates.map { HitRows.Key($0.hit.document, in: collection(of: $0)) }, reader)
        try rows.addPassages(candidates.map { HitRows.Key($0.hit.passage, in: collection(of: $0)) }, reader)
        return rows
    }
}
